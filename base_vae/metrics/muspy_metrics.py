"""The standard metrics of symbolic music, as muspy computes them (Dong et al. 2020, arXiv:2008.01951).

Its metrics of drum patterns are left out: on a grid of sixteenths they are 1 for everything. A piece ends
with its last note, as muspy has it.
"""

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import NoteTable, note_table
from base_vae.music.piece import Piece

_QUARTERS = 4  # in a bar

# Each metric of muspy, and whether it counts the beat or bar after a note that ends on its line as sounding.
METRICS: Mapping[str, bool] = {
    "pitch_range": False,
    "n_pitches_used": False,
    "n_pitch_classes_used": False,
    "polyphony": False,
    "polyphony_rate": False,
    "scale_consistency": False,
    "pitch_entropy": False,
    "pitch_class_entropy": False,
    "empty_beat_rate": True,
    "empty_measure_rate": True,
    "groove_consistency": True,
}


_ONE_NOTE = Piece.from_sequence(
    NoteSequence(notes=[{"pitch": 60, "velocity": 80, "end_time": 1.0}], total_time=1.0)
)


def load_muspy() -> ModuleType:
    """The module. Raises UserError, with what to install, where there is none, or it cannot be used."""
    try:
        return importlib.import_module("muspy")
    except Exception as error:  # a broken installation raises whatever it likes
        raise UserError(
            f"muspy, which computes the standard metrics, cannot be imported ({_said(error)}): "
            "pip install muspy"
        ) from error


def require_muspy() -> None:
    """Raises UserError, with what to do, unless muspy can compute its metrics."""
    try:
        standard_metrics([_ONE_NOTE])
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"muspy, which computes the standard metrics, is installed but does not work ({_said(error)}): "
            "pip install --force-reinstall muspy"
        ) from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def standard_metrics(pieces: Sequence[Piece], steps_per_quarter: int = 4) -> dict[str, np.ndarray]:
    """Every metric of each piece, float64 [pieces]; NaN where muspy has no value (pitches of drums alone).

    Args:
      pieces: of one tempo, bars of 4/4 from time 0.
      steps_per_quarter: resolution of the grid that notes are rounded to, which is muspy's time.

    Raises:
      UserError: if muspy is not installed.
    """
    muspy = load_muspy()
    measure = {"measure_resolution": _QUARTERS * steps_per_quarter}
    # muspy's documentation has multiple pitches, but it counts those above the threshold.
    options = {
        "polyphony_rate": {"threshold": 1},
        "empty_measure_rate": measure,
        "groove_consistency": measure,
    }
    tables = [note_table(piece, steps_per_quarter) for piece in pieces]
    music = {
        closed: [_music(muspy, table, steps_per_quarter, closed) for table in tables]
        for closed in (False, True)
    }
    values = {}
    for name, closed in METRICS.items():
        metric = functools.partial(getattr(muspy, name), **options.get(name, {}))
        values[name] = np.array([_value(metric, each) for each in music[closed]], np.float64)
    return values


def _value(metric: Callable[..., float], music: Any) -> float:
    if not music.tracks:
        return np.nan  # silence has no metrics, and some of them divide by it
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(metric(music))


def _music(muspy: ModuleType, table: NoteTable, resolution: int, closed: bool) -> Any:
    """The notes as muspy's Music, a track for each voice; `closed` ends are the last step that sounds."""
    voices = zip(
        *(column.tolist() for column in (table.instrument, table.program, table.is_drum)), strict=True
    )
    columns = (table.start, table.pitch, table.end - table.start - closed, table.velocity)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    tracks: dict[tuple[int, int, bool], list[Any]] = {}
    for voice, row in zip(voices, rows, strict=True):
        tracks.setdefault(voice, []).append(muspy.Note(*row))
    return muspy.Music(
        resolution=resolution,
        tracks=[
            muspy.Track(program=program, is_drum=is_drum, notes=notes)
            for (_, program, is_drum), notes in sorted(tracks.items())
        ],
    )
