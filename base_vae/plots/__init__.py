"""Pictures of music, of latent spaces and of training: each one function that returns a matplotlib Figure.

They draw what they are given; what takes reckoning is in libraries that return arrays (`differences`,
`interpolations`, `posteriors`, `projection`, `run_curves`, `attributes`). No display is needed, and
`save_figure` writes PNG or SVG, the same bytes for the same figure.
"""

from base_vae.plots.attribute_response import attribute_curves_figure, attribute_table_figure
from base_vae.plots.curves import curves_figure
from base_vae.plots.interpolation import distances_figure, interpolation_figure
from base_vae.plots.knobs import knob_grid_figure, knob_sweep_figure
from base_vae.plots.latent_map import latent_map_figure
from base_vae.plots.personal_map import personal_map_figure
from base_vae.plots.piano_rolls import piano_roll_figure, piano_rolls
from base_vae.plots.posterior import posterior_figure
from base_vae.plots.reconstruction import reconstruction_figure
from base_vae.plots.styles import save_figure

__all__ = [
    "attribute_curves_figure",
    "attribute_table_figure",
    "curves_figure",
    "distances_figure",
    "interpolation_figure",
    "knob_grid_figure",
    "knob_sweep_figure",
    "latent_map_figure",
    "personal_map_figure",
    "piano_roll_figure",
    "piano_rolls",
    "posterior_figure",
    "reconstruction_figure",
    "save_figure",
]
