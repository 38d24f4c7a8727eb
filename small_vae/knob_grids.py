"""Places in a small latent space that are worth a look: across two knobs, and along each by itself."""

from typing import TYPE_CHECKING

import numpy as np

from base_vae.errors import UserError

if TYPE_CHECKING:
    from small_vae.personal_model import PersonalModel


def across(size: int, knobs: tuple[int, int], values: np.ndarray) -> np.ndarray:
    """Two knobs turned together, the others at 0.

    Args:
      size: number of knobs.
      knobs: the two, counted from 0.
      values: places of each, [values].

    Returns:
      Small latents float32 [values of the second, values of the first, size].

    Raises:
      UserError: unless the two are different and exist.
    """
    if len(set(knobs)) != 2 or not all(0 <= knob < size for knob in knobs):
        shown = ",".join(str(knob + 1) for knob in knobs)
        raise UserError(f"two different knobs from 1 to {size} are needed (received {shown})")
    places = np.zeros((len(values), len(values), size), np.float32)
    places[:, :, knobs[0]] = values
    places[:, :, knobs[1]] = np.asarray(values)[:, np.newaxis]
    return places


def decoded(personal: "PersonalModel", places: np.ndarray, seed: int = 0, batch: int = 512) -> np.ndarray:
    """What a personal model plays at places of its small latent space, greedily and under the same controls.

    A base that is told chords or hits is told those of one of the user's pieces, which the seed chooses, so
    that whatever differs between two places, the knobs do.

    Args:
      personal: the model.
      places: float [places, size].
      seed: of the piece.
      batch: places that are decoded at once.

    Returns:
      Examples of the base [places, *converter.shape].
    """
    z = personal.decode_latents(places)
    like = None if personal.told is None else personal.told.draw(1, 1, seed)
    starts = range(0, len(z), batch)
    return np.concatenate(
        [personal.base.decode_arrays(z[i : i + batch], seed=seed, controls=like) for i in starts]
    )


def along(size: int, values: np.ndarray) -> np.ndarray:
    """Each knob turned by itself, the others at 0: small latents float32 [size, values, size]."""
    return np.eye(size, dtype=np.float32)[:, np.newaxis] * np.asarray(values, np.float32)[:, np.newaxis]
