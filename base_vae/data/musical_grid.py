"""Bars counted from beats, not from seconds: tempo changes and odd headers cost nobody their file."""

import itertools

import numpy as np
from note_seq.protobuf import music_pb2

# Headers whose bars group into bars of 4/4: sequencers write 1/4 and 2/4 over plain 4/4 music.
FOUR_FOUR_LIKE = {(1, 4), (2, 4), (4, 4), (2, 2), (1, 2), (1, 1)}


def to_musical_grid(sequence: music_pb2.NoteSequence) -> music_pb2.NoteSequence:
    """The same notes at one tempo, the first, with bars of 4/4 wherever the header allows them.

    A time signature that groups into 4/4 becomes 4/4, counted from where it stands; where that goes on
    with the bars before it, it says nothing new and is left out. Others stay, for the converter to reject.

    Args:
      sequence: with notes in seconds; it is not changed.

    Returns:
      A new sequence in which every beat lasts as long as the first tempo says (120 where none is given).
    """
    out = music_pb2.NoteSequence()
    out.CopyFrom(sequence)
    tempos = sorted(sequence.tempos, key=lambda tempo: tempo.time)
    qpm = tempos[0].qpm if tempos else 120.0
    if len({tempo.qpm for tempo in tempos}) > 1:
        _retime(out, np.array([t.time for t in tempos]), np.array([t.qpm for t in tempos]), qpm)
    del out.tempos[:]
    out.tempos.add(qpm=qpm)
    _merge_time_signatures(out, seconds_per_bar=4 * 60.0 / qpm)
    return out


def _retime(sequence: music_pb2.NoteSequence, changes: np.ndarray, qpms: np.ndarray, qpm: float) -> None:
    """Moves every event to where it falls at `qpm`; `changes` are the times in seconds of new tempos."""
    changes = changes.copy()
    changes[0] = 0.0
    beats = np.concatenate([[0.0], np.cumsum(np.diff(changes) * qpms[:-1] / 60.0)])

    def moved(seconds: float) -> float:
        segment = int(np.searchsorted(changes, seconds, side="right")) - 1
        return float(beats[segment] + (seconds - changes[segment]) * qpms[segment] / 60.0) * 60.0 / qpm

    for note in sequence.notes:
        note.start_time, note.end_time = moved(note.start_time), moved(note.end_time)
    for event in itertools.chain(
        sequence.time_signatures,
        sequence.key_signatures,
        sequence.control_changes,
        sequence.pitch_bends,
        sequence.text_annotations,
    ):
        event.time = moved(event.time)
    sequence.total_time = moved(sequence.total_time)


def _merge_time_signatures(sequence: music_pb2.NoteSequence, seconds_per_bar: float) -> None:
    signatures = sorted(sequence.time_signatures, key=lambda signature: signature.time)
    kept: list[tuple[float, int, int]] = []
    for signature in signatures:
        entry = (signature.numerator, signature.denominator)
        if entry in FOUR_FOUR_LIKE:
            entry = (4, 4)
        if kept and kept[-1][1:] == (4, 4) == entry:
            bars = (signature.time - kept[-1][0]) / seconds_per_bar
            if abs(bars - round(bars)) < 1e-3:
                continue
        kept.append((signature.time, *entry))
    del sequence.time_signatures[:]
    for time, numerator, denominator in kept or [(0.0, 4, 4)]:
        sequence.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
