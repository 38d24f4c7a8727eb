"""Music that means nothing, for measuring speed: every representation, without any file."""

import numpy as np

from base_vae.configs.config import Config
from base_vae.spaces import Categorical, Real

_DENSITY = 0.15  # of hits and notes


def made_up_examples(config: Config, n: int, seed: int = 0) -> np.ndarray:
    """`n` examples [n, *shape] of a configuration's representation, as sparse as music is."""
    rng, converter = np.random.default_rng(seed), config.converter
    space, time = converter.spaces.outputs, converter.steps
    if isinstance(space, Real):
        values = rng.random((n, time, space.width)).astype(np.float32)
        bits = space.width // 3 if config.hparams.head == "groove" else space.width
        values[..., :bits] = values[..., :bits] < _DENSITY
    else:
        events = [rng.integers(1, depth, (n, time)) for depth in space.depths]
        events = np.where(rng.random((n, time, 1)) < 2 * _DENSITY, np.stack(events, -1), 0)
        values = (events[..., 0] if isinstance(space, Categorical) else events).astype(np.int32)
    controls = None
    if converter.spaces.controls is not None:
        silence = np.zeros((n, *converter.shape), converter.dtype)
        controls = np.asarray(converter.tensors(silence).controls)
    arrays = converter.assemble(values, controls)
    return converter.all_canonical(arrays)
