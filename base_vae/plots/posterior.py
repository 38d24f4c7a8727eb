"""The use of a model's latent dimensions: posterior against prior."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from base_vae.model.posteriors import PosteriorSummary
from base_vae.plots.styles import INK, PALE, PALETTE, SMALL, new_figure, plain_axes

_FEW = 32  # dimensions that have room for a mark and a number each
_TICKS = 6  # of the others, about


def posterior_figure(summary: PosteriorSummary, title: str) -> Figure:
    """Means, standard deviations and KL of each dimension, those with the most KL first.

    Args:
      summary: of the posteriors over some music.
      title: of the picture; counts of active units and of examples are added to it.
    """
    order = np.argsort(-summary.kl_bits, kind="stable")
    active, size = int(summary.active.sum()), len(order)
    an_example = f"{summary.kl_bits.sum():.1f} bits an example (mean of {summary.examples})"
    figure = new_figure(9.0, 7.6, f"{title}: {active} of {size} units active, {an_example}")
    means, sigmas, bits = figure.subplots(3, 1, sharex=True)
    x = np.arange(1, size + 1)
    small = {"markersize": 6 if size <= _FEW else 2.5, "linestyle": ""}

    plain_axes(means, y="posterior mean")
    means.axhspan(-1, 1, color="#ececec", zorder=-1, label="prior: 0 ± 1")
    means.axhline(0, color=PALE, linewidth=0.8)
    centre, spread = summary.mean[order], summary.spread[order]
    means.vlines(x, centre - spread, centre + spread, color=PALETTE[5], linewidth=6 if size <= _FEW else 1.6)
    means.plot([], [], color=PALETTE[5], linewidth=3, label="± 1 standard deviation over the music")
    means.plot(x, centre, marker="o", color=INK, label="mean over the music", **small)

    plain_axes(sigmas, y="standard deviation")
    sigmas.axhline(1, color=PALE, linewidth=1.2, linestyle="--", label="prior: 1")
    sigmas.plot(
        x, summary.sigma[order], marker="o", color=PALETTE[0], label="of the posterior, mean", **small
    )
    sigmas.plot(
        x, spread, marker="^", color=PALETTE[1], label="of the posterior means over the music", **small
    )
    sigmas.set_ylim(0, max(1.1, 1.05 * float(max(spread.max(), summary.sigma.max()))))

    plain_axes(bits, "latent dimensions, from the most to the least used (by KL)", "KL from the prior (bits)")
    kl, on = summary.kl_bits[order], summary.active[order]
    for mask, shade, pattern, name in (
        (on, PALETTE[0], None, f"active ({active})"),
        (~on, "#c9c9c9", "////", f"not active ({size - active})"),
    ):
        if not mask.any():
            continue
        bits.bar(
            x[mask], kl[mask], width=0.5 if size <= _FEW else 1.0, color=shade, hatch=pattern, label=name
        )
    bits.set_xlim(0.3, size + 0.7)
    if size <= _FEW:
        bits.set_xticks(x, [str(number + 1) for number in order])
        bits.set_xlabel("number of the latent dimension, from the most to the least used (by KL)")
    else:
        ticks = np.asarray(MaxNLocator(_TICKS, integer=True).tick_values(1, size))
        bits.set_xticks(np.maximum(ticks[ticks <= size], 1))
    for axis in (means, sigmas, bits):
        axis.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 0.98),
            ncols=3,
            fontsize=SMALL,
            frameon=False,
            borderaxespad=0.2,
        )
    return figure
