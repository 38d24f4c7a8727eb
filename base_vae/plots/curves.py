"""Training curves."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from base_vae.plots.styles import PALETTE, new_figure, plain_axes
from base_vae.training.curves import Curve

_COLUMNS = 3
_PANEL = (3.7, 2.4)  # inches
_FEW = 40  # points that are marked each
_UNITS = {
    "loss": "nats an example",
    "reconstruction": "nats an example",
    "kl": "nats an example",
    "kl_bits": "bits an example",
    "beta": "weight of the KL",
    "learning_rate": "step size",
}


def curves_figure(curves: Mapping[str, Curve], title: str) -> Figure:
    """Every figure of a run over its steps, each in axes of its own.

    Args:
      curves: by name, as `run_curves.read_curves` gives them.
      title: of the picture.
    """
    columns = min(_COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    figure = new_figure(_PANEL[0] * columns, _PANEL[1] * rows + 0.4, title)
    axes = figure.subplots(rows, columns, squeeze=False)
    for i, axis in enumerate(axes.flat):
        if i >= len(curves):
            axis.set_axis_off()
    for axis, (name, curve) in zip(axes.flat, curves.items(), strict=False):
        plain_axes(axis, "step", _unit(name), name.replace("_", " "))
        axis.plot(
            curve.steps,
            curve.values,
            color=PALETTE[0],
            linewidth=1.4,
            marker="o" if len(curve.steps) <= _FEW else None,
            markersize=3,
        )
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    return figure


def _unit(name: str) -> str:
    name = name.rpartition(": ")[2]  # of an evaluation
    if name in _UNITS:
        return _UNITS[name]
    if name.endswith("_loss"):
        return _UNITS["loss"]
    return "share" if any(word in name for word in ("accuracy", "precision", "recall")) else ""
