"""Measures of whole tunes: what comes again, keys, endings, copies."""

import itertools
from collections.abc import Sequence, Set

import numpy as np

from base_vae.converters import Converter, MelodyConverter
from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.tunes.key import key_of, scale_share, sounding

LAGS = (1, 2, 4, 8, 16)  # segments
_OCTAVE_FROM = 36  # id of G 3
_FRAME, _HOP = 2, 1  # segments: windows of four bars every two, as in the paper


def likeness(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Dice's coefficient of melodies [..., steps]: twice the onsets they share over those they have.

    See `metrics.similarity`; two silent ones are the same.
    """
    notes = (a >= FIRST_NOTE).sum(-1) + (b >= FIRST_NOTE).sum(-1)
    shared = ((a == b) & (a >= FIRST_NOTE)).sum(-1)
    return np.where(notes > 0, 2.0 * shared / np.maximum(notes, 1), 1.0)


def lag_profile(tunes: Sequence[np.ndarray], lags: Sequence[int] = LAGS) -> list[float]:
    """Mean similarity of segments so far apart in tunes [segments, steps]; NaN where none is so long."""
    found = [[likeness(tune[:-lag], tune[lag:]) for tune in tunes if len(tune) > lag] for lag in lags]
    return [float(np.concatenate(each).mean()) if each else float("nan") for each in found]


def recurring(tunes: Sequence[np.ndarray]) -> float:
    """Share of the segments of tunes that were there before, note for note."""
    again = [len(tune) - len(np.unique(tune, axis=0)) for tune in tunes]
    return float(sum(again) / sum(map(len, tunes)))


def ends_on_tonic(tune: np.ndarray, min_pitch: int) -> bool:
    """Whether the last note of a tune [segments, steps] is its tonic."""
    pitch, _ = sounding(tune.ravel(), min_pitch)
    return bool(len(pitch)) and pitch[-1] % 12 == key_of(tune.ravel(), min_pitch).tonic


def last_length(tune: np.ndarray, min_pitch: int) -> int:
    """Steps that the last note of a tune lasts, 0 without one."""
    _, length = sounding(tune.ravel(), min_pitch)
    return int(length[-1]) if len(length) else 0


def copied(tune: np.ndarray, known: Set[bytes]) -> np.ndarray:
    """A mask of a tune's segments among known ones of `windows_of`, bool [segments]; not of silence."""
    moved = in_one_octave(tune)
    sounds = (tune >= FIRST_NOTE).any(1)
    return np.array([segment.tobytes() in known for segment in moved], bool) & sounds


def in_one_octave(segments: np.ndarray) -> np.ndarray:
    """Segments [n, steps] moved by octaves until their first notes lie in the octave from id 36 on."""
    notes = segments >= FIRST_NOTE
    first = np.take_along_axis(segments.astype(np.int64), notes.argmax(1)[:, np.newaxis], 1)
    return np.where(notes, segments - (first - _OCTAVE_FROM) // 12 * 12, segments)


def longest_run(mask: np.ndarray) -> int:
    """The most values in a row that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def windows_of(tunes: Sequence[np.ndarray], converter: Converter) -> set[bytes]:
    """Every segment-long window of tunes, one each bar, in any octave: what is not to be copied."""
    found = set()
    for tune in tunes:
        windows = np.lib.stride_tricks.sliding_window_view(tune.ravel(), tune.shape[1])[:: converter.bar]
        found |= {window.tobytes() for window in in_one_octave(converter.all_canonical(windows))}
    return found


def overlap_of_frames(tunes: Sequence[np.ndarray], min_pitch: int) -> dict[str, tuple[float, float]]:
    """Mean and variance of the overlap of adjacent four-bar windows, of "pitch" and of "duration".

    Mittal et al. 2021 (arXiv:2103.16091), section 5.1: the area that two Gaussians share, fitted to what is
    in each window.
    """
    areas: dict[str, list[float]] = {"pitch": [], "duration": []}
    for tune in tunes:
        frames = [
            sounding(tune[i : i + _FRAME].ravel(), min_pitch) for i in range(0, len(tune) - _FRAME + 1, _HOP)
        ]
        for one, two in itertools.pairwise(frames):
            if len(one[0]) > 1 and len(two[0]) > 1:
                for name, x, y in zip(areas, one, two, strict=True):
                    areas[name].append(_overlap(x, y))
    return {name: (float(np.mean(each)), float(np.var(each))) for name, each in areas.items()}


def _overlap(x: np.ndarray, y: np.ndarray) -> float:
    (m, s), (n, t) = ((float(v.mean()), max(float(v.std()), 0.1)) for v in (x, y))
    grid = np.linspace(min(m - 4 * s, n - 4 * t), max(m + 4 * s, n + 4 * t), 200)
    densities = [
        np.exp(-0.5 * ((grid - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))
        for mean, std in ((m, s), (n, t))
    ]
    return float(np.minimum(*densities).sum() * (grid[1] - grid[0]))


def measure(tunes: Sequence[np.ndarray], converter: MelodyConverter) -> dict[str, float]:
    """The figures of tunes [segments, steps] that stand for themselves, by name."""
    low = converter.min_pitch
    figures = {f"lag {lag}": value for lag, value in zip(LAGS, lag_profile(tunes), strict=True)}
    return {
        **figures,
        "recurring": recurring(tunes),
        "notes": float(np.mean([(tune >= FIRST_NOTE).sum(1).mean() for tune in tunes])),
        "key share": float(np.nanmean([scale_share(tune.ravel(), low) for tune in tunes])),
        "ends on tonic": float(np.mean([ends_on_tonic(tune, low) for tune in tunes])),
        "last note": float(np.median([last_length(tune, low) for tune in tunes])),
        "different": len({tune.tobytes() for tune in tunes}) / len(tunes),
    }
