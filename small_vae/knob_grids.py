"""Places in a small latent space that are worth a look: across two knobs, and along each by itself."""

from typing import TYPE_CHECKING

import numpy as np

from base_vae.errors import UserError

if TYPE_CHECKING:
    from small_vae.personal_model import PersonalModel


def across(size: int, knobs: tuple[int, int], values: np.ndarray) -> np.ndarray:
    """Two knobs varied together, the others at 0.

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


def decode_places(
    personal: "PersonalModel",
    places: np.ndarray,
    *,
    seed: int = 0,
    batch: int = 512,
    residual: bool = True,
) -> np.ndarray:
    """Decodes places of the small latent space, greedily and under the same controls.

    A base with controls gets those of one of the user's pieces, which the seed chooses, so that only the
    knobs make one place differ from another.

    Args:
      personal: the model.
      places: float [places, size].
      seed: of the choice of the piece.
      batch: places that are decoded at once.
      residual: add what the small VAE leaves out of the user's typical tune, without which music is bland.

    Returns:
      Examples of the base [places, *converter.shape].
    """
    z = personal.decode_latents(places) if residual else personal.decode_knobs(places)
    controls = None if personal.controls is None else personal.controls.draw(1, 1, seed)
    starts = range(0, len(z), batch)
    decode = personal.base.decode_arrays
    return np.concatenate([decode(z[i : i + batch], seed=seed, controls=controls) for i in starts])


def along(size: int, values: np.ndarray) -> np.ndarray:
    """Each knob varied by itself, the others at 0: small latents float32 [size, values, size]."""
    return np.eye(size, dtype=np.float32)[:, np.newaxis] * np.asarray(values, np.float32)[:, np.newaxis]
