"""Bars counted from beats, not from seconds: tempo changes and odd headers cost nobody their file.

`to_musical_grid` makes the beats even and the bars whole; `split_at_metre_changes` then cuts a sequence into
stretches that each begin with a bar, which is how `data.collect` hands music to a converter.
"""

import bisect
import itertools
from typing import NamedTuple

from note_seq import sequences_lib
from note_seq.protobuf import music_pb2

DEFAULT_QPM = 120.0

# Headers whose bars group into bars of 4/4: sequencers write 1/4 and 2/4 over plain 4/4 music.
FOUR_FOUR_LIKE = {(1, 4), (2, 4), (4, 4), (2, 2), (1, 2), (1, 1)}

_TOLERANCE = 1e-3  # in bars: far above rounding errors, far below a sixteenth


class _Metre(NamedTuple):
    """A time signature from `time` (seconds) on."""

    time: float
    numerator: int
    denominator: int

    @property
    def quarters(self) -> float:
        return 4.0 * self.numerator / self.denominator

    def same_as(self, other: "_Metre") -> bool:
        return self[1:] == other[1:]


def to_musical_grid(sequence: music_pb2.NoteSequence) -> music_pb2.NoteSequence:
    """The same notes at one tempo, the first, with bars of 4/4 wherever the header allows them.

    A time signature that groups into 4/4 becomes 4/4, counted from where it stands; one that goes on with
    the bars before it says nothing new and is left out. Other metres stay, for the converter to reject.
    A first stretch of at most one bar, shorter than the bars after it, is a pickup: everything moves
    later, so that the pickup ends the bar before the first full one.

    Args:
      sequence: with notes in seconds; it is not changed.

    Returns:
      A new sequence in which every beat lasts as long as the first tempo says (120 where none is given), with
      one tempo and at least one time signature, the first of them at 0.
    """
    out = music_pb2.NoteSequence()
    out.CopyFrom(sequence)
    tempos = sorted((tempo for tempo in sequence.tempos if tempo.qpm > 0), key=lambda tempo: tempo.time)
    qpm = tempos[0].qpm if tempos else DEFAULT_QPM
    if len({tempo.qpm for tempo in tempos}) > 1:
        _retime(out, [tempo.time for tempo in tempos], [tempo.qpm for tempo in tempos], qpm)
    out.ClearField("quantization_info")  # steps that may have been counted at another tempo
    del out.tempos[:]
    out.tempos.add(qpm=qpm)
    metres, pickup_shift = _bars(out, seconds_per_quarter=60.0 / qpm)
    del out.time_signatures[:]
    if pickup_shift:
        _shift(out, pickup_shift)
    for time, numerator, denominator in metres:
        out.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    return out


def split_at_metre_changes(sequence: music_pb2.NoteSequence) -> list[music_pb2.NoteSequence]:
    """The stretches of one metre that `to_musical_grid` left, each moved to begin at 0 with a bar.

    A half bar in the middle of a song makes a new stretch too, although 4/4 goes on after it. A note that
    sounds across the seam ends there.
    """
    inside = (signature.time for signature in sequence.time_signatures)
    starts = sorted({0.0, *(time for time in inside if 0.0 < time < sequence.total_time)})
    if len(starts) == 1:
        return [sequence]
    ends = [*starts[1:], sequence.total_time]
    return [
        sequences_lib.extract_subsequence(sequence, start, end)
        for start, end in zip(starts, ends, strict=True)
    ]


def shifted(sequence: music_pb2.NoteSequence, seconds: float) -> music_pb2.NoteSequence:
    """A copy whose notes and events come later by `seconds`; its metre still begins at 0."""
    out = music_pb2.NoteSequence()
    out.CopyFrom(sequence)
    del out.time_signatures[:]
    _shift(out, seconds)
    out.time_signatures.extend(sequence.time_signatures)
    return out


def _on_grid(metre: _Metre) -> _Metre:
    return _Metre(metre.time, 4, 4) if metre[1:] in FOUR_FOUR_LIKE else metre


def _bars(sequence: music_pb2.NoteSequence, seconds_per_quarter: float) -> tuple[list[_Metre], float]:
    """The metres to write into the sequence, the first at 0, and how far (seconds) to move the music."""
    # A zero in a damaged header says nothing. Without a header, or before the first one, music is in 4/4.
    given = [
        _on_grid(_Metre(signature.time, signature.numerator, signature.denominator))
        for signature in sorted(sequence.time_signatures, key=lambda signature: signature.time)
        if signature.numerator > 0 and signature.denominator > 0
    ]
    metres = [_Metre(0.0, 4, 4)]
    for metre in given:
        bars = (metre.time - metres[-1].time) / (metres[-1].quarters * seconds_per_quarter)
        if bars < _TOLERANCE:  # the last one at a place counts
            metres[-1] = metre._replace(time=metres[-1].time)
        elif not (metre.same_as(metres[-1]) and abs(bars - round(bars)) < _TOLERANCE):
            metres.append(metre)
    if len(metres) == 1:
        return metres, 0.0
    first_full = metres[1]
    bar = first_full.quarters * seconds_per_quarter
    missing = bar - first_full.time
    own_bar = metres[0].quarters * seconds_per_quarter
    if missing < _TOLERANCE * bar or first_full.time > own_bar * (1.0 + _TOLERANCE):
        return metres, 0.0
    shifted = [metre._replace(time=metre.time + missing) for metre in metres[2:]]
    return [first_full._replace(time=0.0), *shifted], missing


def _events(sequence: music_pb2.NoteSequence) -> itertools.chain:
    """Everything in the sequence that happens at one time, tempos left out."""
    return itertools.chain(
        sequence.time_signatures,
        sequence.key_signatures,
        sequence.control_changes,
        sequence.pitch_bends,
        sequence.text_annotations,
        sequence.section_annotations,
    )


def _retime(sequence: music_pb2.NoteSequence, changes: list[float], qpms: list[float], qpm: float) -> None:
    """Moves every event to where it falls at `qpm`; `changes` are the times in seconds of the tempos."""
    changes = [0.0, *changes[1:]]
    lengths = ((b - a) * q / 60.0 for a, b, q in zip(changes, changes[1:], qpms, strict=False))
    beats = list(itertools.accumulate(lengths, initial=0.0))

    def moved(seconds: float) -> float:
        segment = max(bisect.bisect_right(changes, seconds) - 1, 0)
        return (beats[segment] + (seconds - changes[segment]) * qpms[segment] / 60.0) * 60.0 / qpm

    for note in sequence.notes:
        note.start_time, note.end_time = moved(note.start_time), moved(note.end_time)
    for event in _events(sequence):
        event.time = moved(event.time)
    sequence.total_time = moved(sequence.total_time)


def _shift(sequence: music_pb2.NoteSequence, seconds: float) -> None:
    """Moves everything later by `seconds`."""
    for note in sequence.notes:
        note.start_time += seconds
        note.end_time += seconds
    for event in _events(sequence):
        event.time += seconds
    sequence.total_time += seconds
