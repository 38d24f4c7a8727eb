"""How well constraints are met, as a table."""

import time
from collections.abc import Sequence

import numpy as np

from latent_constraints.config import Method
from latent_constraints.latent_constraints import LatentConstraints


def table(
    steered: LatentConstraints,
    methods: Sequence[Method],
    n: int,
    *,
    temperature: float = 0.5,
    seed: int = 0,
) -> str:
    """A Markdown table of how well constraints are met, by samples of the base's prior and of each method.

    Args:
      steered: with its constraints.
      methods: to try.
      n: samples of each.
      temperature: of the base's decoder.
      seed: the same seed gives the same figures (but for the seconds).
    """
    z = np.random.default_rng(seed).standard_normal((n, steered.base.z_size), np.float32)
    rows = {"prior": steered.judge(z, temperature=temperature, seed=seed)}
    for method in methods:
        begin = time.perf_counter()
        steering = steered.constrain(n=n, seed=seed, method=method)
        seconds = time.perf_counter() - begin
        figures = {
            **steered.judge(steering.z, temperature=temperature, seed=seed),
            "moved": float(np.mean(steering.moved)),
        }
        if steering.acceptance is not None:
            figures["accepted"] = float(np.mean(steering.acceptance))
        rows[method] = {**figures, "seconds": seconds}
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    lines = [f"| {n} samples | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name, figures in rows.items():
        cells = [f"{figures[column]:.2f}" if column in figures else "" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
