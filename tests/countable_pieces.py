"""Pieces whose figures can be counted by hand."""

import numpy as np

from base_vae.music.piece import Piece

_NONE = np.zeros((0, 2))


def piece(*notes, instrument=0, is_drum=False, quarters=8.0):
    """Notes (start in quarters, length in quarters, pitch) at 120 quarters a minute: half a second each."""
    rows = np.array(notes, np.float64).reshape(-1, 3)
    zeros = np.zeros(len(rows), np.int64)
    return Piece(
        pitch=rows[:, 2].astype(np.int64),
        velocity=zeros + 80,
        start=rows[:, 0] / 2,
        end=(rows[:, 0] + rows[:, 1]) / 2,
        instrument=zeros + instrument,
        program=zeros,
        is_drum=np.full(len(rows), is_drum),
        total_time=quarters / 2,
        tempos=_NONE,
        metres=np.zeros((0, 3)),
        keys=_NONE,
    )


def together(*pieces):
    """The notes of several pieces at once."""
    names = ("pitch", "velocity", "start", "end", "instrument", "program", "is_drum")
    columns = {name: np.concatenate([getattr(each, name) for each in pieces]) for name in names}
    return Piece(**columns, total_time=pieces[0].total_time, tempos=_NONE, metres=_NONE, keys=_NONE)
