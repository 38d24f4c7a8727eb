"""How the models of whole tunes were made: `python -m recipes.tunes NAME --data=../shared/data`."""
