"""Samples beside held-out music: what they are made of, as histograms."""

import numpy as np

from base_vae.converters import Converter, DrumsConverter, GrooveConverter, MelodyConverter
from base_vae.converters.groove.converter import HIT, OFFSET, VELOCITY
from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.converters.pieces import pieces_of
from base_vae.metrics import distinct_rate, histograms, overlap_area
from base_vae.metrics.features import features_of
from recipes.other_chords import chord_tones

_SHARES = ("pitch_class", "interval", "note_length", "onset_position")  # of Yang and Lerch
_VELOCITY_BINS, _OFFSET_BINS, _MOST_HITS = 16, 21, 97
_MOST_NOTES = 64


def compared(arrays: np.ndarray, reference: np.ndarray, converter: Converter) -> dict[str, float]:
    """Notes (or hits) in an example, the share of different bars, and overlaps of histograms.

    Args:
      arrays, reference: examples [examples, *converter.shape].
      converter: of both.
    """
    ours, theirs = made_of(arrays, converter), made_of(reference, converter)
    bars = arrays.reshape(-1, *(arrays.shape[1] // converter.bars, *arrays.shape[2:]))
    return {
        "notes in an example": float(ours["density"] @ np.arange(len(ours["density"]))),
        "share of different bars": distinct_rate(bars.reshape(len(bars), -1)),
        **_harmony(arrays, converter),
        **{
            f"overlap of {name.replace('_', ' ')}": overlap_area(histogram, theirs[name])
            for name, histogram in ours.items()
        },
    }


def _harmony(arrays: np.ndarray, converter: Converter) -> dict[str, float]:
    """Share of the notes on strong beats, the first and third of a bar, that belong to their chords."""
    if not (isinstance(converter, MelodyConverter) and converter.chord_encoding):
        return {}
    strong = arrays[:, :: converter.bar // 2]
    melody, chord = strong[..., 0].astype(int), strong[..., 1].astype(int)
    sounds = (melody >= FIRST_NOTE) & (chord > 0)
    is_tone = chord_tones()[chord, (melody - FIRST_NOTE + converter.min_pitch) % 12]
    return {"chord tones on strong beats": float(is_tone[sounds].mean())}


def made_of(arrays: np.ndarray, converter: Converter) -> dict[str, np.ndarray]:
    """Histograms of examples, each summing to 1; `density` is of the number of notes in an example."""
    if isinstance(converter, MelodyConverter):
        return histograms(arrays.reshape(*arrays.shape[:2], -1)[..., 0], converter.bar)
    if isinstance(converter, (DrumsConverter, GrooveConverter)):
        return _of_drums(arrays, converter)
    features = features_of(list(pieces_of(arrays, converter)), converter.steps_per_quarter)
    shares = {name: np.nan_to_num(np.nanmean(features[name], 0)) for name in _SHARES}
    counts = np.minimum(features["note_count"][:, 0].astype(int) // 8, _MOST_NOTES)
    return {**shares, "density": _share(np.bincount(counts, minlength=_MOST_NOTES + 1))}


def _of_drums(arrays: np.ndarray, converter: Converter) -> dict[str, np.ndarray]:
    is_groove = isinstance(converter, GrooveConverter)
    hits = (arrays[..., HIT] if is_groove else arrays) > 0
    bar = converter.bar
    counts = np.minimum(hits.sum((1, 2)), _MOST_HITS - 1)
    result = {
        "drum": _share(hits.sum((0, 1))),
        "onset_position": _share(hits.sum((0, 2)).reshape(-1, bar).sum(0)),
        "hits_together": _share(np.bincount(hits.sum(2).ravel(), minlength=hits.shape[2] + 1)),
        "density": _share(np.bincount(counts, minlength=_MOST_HITS)),
    }
    if is_groove:
        for name, place, edges in (
            ("velocity", VELOCITY, np.linspace(0, 1, _VELOCITY_BINS + 1)),
            ("offset", OFFSET, np.linspace(-1, 1, _OFFSET_BINS + 1)),
        ):
            result[name] = _share(np.histogram(arrays[..., place][hits], edges)[0])
    return result


def _share(counts: np.ndarray) -> np.ndarray:
    return counts / max(counts.sum(), 1)
