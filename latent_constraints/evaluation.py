"""How well constraints are met, as a table."""

import time
from collections.abc import Sequence

import numpy as np

from base_vae.faders import generate_arrays
from latent_constraints.config import Method
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.search import is_searchable, requests


def table(
    steered: LatentConstraints,
    methods: Sequence[Method],
    n: int,
    *,
    temperature: float = 0.5,
    seed: int = 0,
) -> str:
    """A Markdown table of how well constraints are met, by samples of the base's prior and of each method.

    Where all of them are attributes the search, which needs no critics, has a row too.

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
    if all(map(is_searchable, steered.constraints)):
        begin = time.perf_counter()
        asked = requests(steered.base, steered.constraints)
        arrays = generate_arrays(steered.base, n, asked, seed=seed)[:, 0]
        seconds = time.perf_counter() - begin
        judged = steered.judge_arrays(arrays, steered.base.encode_arrays(arrays).mu)
        rows["search"] = {**judged, "seconds": seconds}
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    lines = [f"| {n} samples | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name, figures in rows.items():
        cells = [f"{figures[column]:.2f}" if column in figures else "" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
