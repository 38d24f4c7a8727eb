"""Tunes to choose from: latents decoded by their forms, given an ending, and judged."""

from collections.abc import Sequence, Set

import numpy as np

from base_vae.converters import Converter
from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.model.interpolation import slerp
from base_vae.music.key import Key
from base_vae.trained_model import TrainedModel
from base_vae.tunes.denoising import FULL, Denoising
from base_vae.tunes.endings import ended
from base_vae.tunes.form import Form, form_of
from base_vae.tunes.key import key_of, scale_share
from base_vae.tunes.known_parts import form_around, seam_leaps
from base_vae.tunes.measures import copied
from base_vae.tunes.song import is_melody

_EACH, _MORE = 3, 3  # candidates for each tune, and however many tunes
_AWAY = (0.3, 0.4, 0.5)  # how far towards another a copied segment is moved, try by try
_OCTAVE, _LEAP_COUNTS = 12, 20.0  # such a leap in twenty counts as much as an ending
_KEY_COUNTS, _SEAM_COUNTS = 2.0, 1 / 12  # beside an ending, which counts 1 at most


def candidates_for(n: int) -> int:
    """Number of tunes that `n` are chosen from."""
    return _EACH * n + _MORE


def decoded(
    base: TrainedModel, z: np.ndarray, forms: Sequence[Form], *, temperature: float, seed: int
) -> np.ndarray:
    """Segments [batch, segments, *shape] of latents; what comes again exactly is decoded once.

    Args:
      base: decodes.
      z: latents of tunes of one length, [batch, segments, z_size].
      forms: of the tunes.
      temperature, seed: of the decoder.
    """
    sources = [form.sources for form in forms]
    distinct = sorted({(number, place) for number, row in enumerate(sources) for place in row})
    rows = np.stack([z[number, place] for number, place in distinct])
    arrays = base.decode_arrays(rows, temperature=temperature, seed=seed)
    found = dict(zip(distinct, arrays, strict=True))
    return np.stack([[found[number, place] for place in row] for number, row in enumerate(sources)])


def decoded_anew(
    base: TrainedModel,
    z: np.ndarray,
    forms: Sequence[Form],
    known: Set[bytes],
    others: np.ndarray,
    rng: np.random.Generator,
    *,
    temperature: float,
    seed: int,
) -> np.ndarray:
    """As `decoded`, of melodies; segments that turn out to be known ones are moved until they are others.

    Args:
      base, z, forms, temperature, seed: see `decoded`.
      known: windows of `measures.windows_of`, on the tonic that the latents are on.
      others: latents of such segments, [n, z_size]: each time one of them is where a segment is moved to.
      rng: chooses among them.
    """
    z = z.copy()
    for way in _AWAY:
        arrays = decoded(base, z, forms, temperature=temperature, seed=seed)
        places = [
            (number, place)
            for number, (tune, form) in enumerate(zip(arrays, forms, strict=True))
            for place in sorted({form.sources[i] for i in np.flatnonzero(copied(tune, known))})
        ]
        if not places:
            return arrays
        for place in places:
            z[place] = slerp(z[place], others[rng.integers(len(others))], way)
    return decoded(base, z, forms, temperature=temperature, seed=seed)


def end(tune: np.ndarray, converter: Converter, key: Key | None = None) -> float:
    """Makes the last note of a melody [segments, steps] long, in place; returns how good an ending that is.

    Args:
      tune: segments; other music than melodies stays, and counts 0.
      converter: of the base.
      key: of the tune; None: its own.
    """
    if not is_melody(converter):
        return 0.0
    key = key or key_of(tune.ravel(), converter.min_pitch)
    tune[-1], worth = ended(tune[-1], key, converter.bar, converter.min_pitch)
    return worth


def in_key(tune: np.ndarray, converter: Converter) -> float:
    """How much it counts that the notes of a melody are in its scale: 2 if all are; 0 for other music."""
    if not is_melody(converter):
        return 0.0
    return _KEY_COUNTS * float(np.nan_to_num(scale_share(tune.ravel(), converter.min_pitch)))


def singable(tune: np.ndarray, converter: Converter) -> float:
    """What leaps wider than an octave cost a melody [segments, steps], 0 or less; 0 for other music."""
    if not is_melody(converter):
        return 0.0
    notes = tune[tune >= FIRST_NOTE].astype(int)
    return -_LEAP_COUNTS * float(np.mean(np.abs(np.diff(notes)) > _OCTAVE)) if len(notes) > 1 else 0.0


def remade(
    base: TrainedModel,
    denoising: Denoising,
    songs: Sequence[Form],
    given: np.ndarray,
    is_known: np.ndarray,
    *,
    temperature: float,
    seed: int,
    goes_on: bool,
) -> np.ndarray:
    """Segments [segments, *shape] of which those not known are made anew: the best of some.

    Args:
      base: encodes and decodes.
      denoising: completes the latents.
      songs: the forms that tunes have.
      given: segments; those not known count for nothing.
      is_known: bool [segments].
      temperature, seed: of the decoder.
      goes_on: whether the end is new, and should sound like one.
    """
    rng, count, converter = np.random.default_rng(seed), candidates_for(1), base.config.converter
    latents = np.zeros((len(given), base.z_size), np.float32)
    own, key = Form((), ()), None
    if is_known.any():
        latents[is_known] = base.encode_arrays(given[is_known]).mu
        own = form_of(given[is_known], converter)
        if is_melody(converter):
            key = key_of(given[is_known].ravel(), converter.min_pitch)
    forms = [form_around(own, is_known, songs, rng) for _ in range(count)]
    x = np.repeat(denoising.space.inward(latents)[np.newaxis], count, 0)
    done = denoising.complete(x, np.repeat(is_known[np.newaxis], count, 0), forms, FULL, rng)
    tunes = decoded(base, denoising.space.outward(done), forms, temperature=temperature, seed=seed)
    scores = []
    for tune, form in zip(tunes, forms, strict=True):
        tune[is_known] = given[is_known]
        for place, source in enumerate(form.sources):
            tune[place] = tune[source]
        ending = end(tune, converter, key) if goes_on else 0.0
        seams = seam_leaps(tune, is_known) if is_melody(converter) else 0.0
        scores.append(ending + in_key(tune, converter) - _SEAM_COUNTS * seams)
    return tunes[int(np.argmax(scores))]
