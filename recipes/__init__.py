"""How each bundled model was made: `python -m recipes.train NAME`, then `python -m recipes.judge NAME`."""
