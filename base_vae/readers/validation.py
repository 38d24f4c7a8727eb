"""NoteSequences that come from outside: what no music has is refused before it reaches a converter."""

import math

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.readers.limits import Limits

_HIGHEST = 127  # pitch, velocity and program of MIDI
_MOST_INSTRUMENTS = 100_000
_FASTEST = 6e7  # quarters a minute: a microsecond each, the most that MIDI can say
_LARGEST_SIGNATURE = 1_000
_TICKS_A_QUARTER = 220  # where a sequence does not say it


def checked(sequence: NoteSequence, limits: Limits) -> NoteSequence:
    """The sequence, its drum hits without a length lengthened to a tick, and signatures of nothing left out.

    Raises:
      UserError: if it is larger than the limits allow, or has a note, a tempo or a time that no music has.
    """
    limits.check("max_piece_notes", len(sequence.notes), "the piece", "notes")
    changes = len(sequence.tempos) + len(sequence.time_signatures)
    limits.check("max_piece_changes", changes, "the piece", "changes")
    for note in sequence.notes:
        _check_note(note)
    for tempo in sequence.tempos:
        if not 0 <= tempo.qpm <= _FASTEST:
            raise UserError(
                f"a tempo of {tempo.qpm:g} quarters a minute (up to {_FASTEST:,.0f} are possible)"
            )
    timed = (sequence.tempos, sequence.time_signatures, sequence.key_signatures, sequence.text_annotations)
    times = [event.time for events in timed for event in events] + [sequence.total_time]
    if not all(0 <= time < math.inf for time in times):
        raise UserError("something in it happens at an impossible time")
    last = max((note.end_time for note in sequence.notes), default=0.0)
    limits.check("max_piece_hours", max(last, sequence.total_time) / 3600.0, "the piece", "hours")
    sane = [s for s in sequence.time_signatures if _is_sane(s)]
    short = [note for note in sequence.notes if note.is_drum and note.end_time == note.start_time]
    if short or len(sane) < len(sequence.time_signatures):
        sequence = _mended(sequence)
    quarters = _quarters(sequence, max(last, sequence.total_time))
    limits.check("max_piece_quarters", quarters, "the piece", "quarter notes")
    return sequence


def _check_note(note: NoteSequence.Note) -> None:
    for name in ("pitch", "velocity", "program"):
        if not 0 <= getattr(note, name) <= _HIGHEST:
            raise UserError(f"a note of {name} {getattr(note, name)} (0 to {_HIGHEST} are possible)")
    if not 0 <= note.instrument < _MOST_INSTRUMENTS:
        raise UserError(
            f"a note of instrument {note.instrument} (0 to {_MOST_INSTRUMENTS - 1:,} are possible)"
        )
    if not 0 <= note.start_time <= note.end_time < math.inf:
        raise UserError(f"a note from {note.start_time:g} to {note.end_time:g} seconds")


def _is_sane(signature: NoteSequence.TimeSignature) -> bool:
    return all(0 < part <= _LARGEST_SIGNATURE for part in (signature.numerator, signature.denominator))


def _mended(sequence: NoteSequence) -> NoteSequence:
    out = NoteSequence()
    out.CopyFrom(sequence)
    del out.time_signatures[:]
    out.time_signatures.extend(s for s in sequence.time_signatures if _is_sane(s))
    qpm = max((tempo.qpm for tempo in sequence.tempos), default=DEFAULT_QPM) or DEFAULT_QPM
    tick = 60.0 / qpm / (sequence.ticks_per_quarter if sequence.ticks_per_quarter > 0 else _TICKS_A_QUARTER)
    for note in out.notes:
        if note.is_drum and note.end_time == note.start_time:
            note.end_time += tick
            out.total_time = max(out.total_time, note.end_time)
    return out


def _quarters(sequence: NoteSequence, end: float) -> float:
    """Quarter notes until `end`, in seconds."""
    tempos = sorted((tempo.time, tempo.qpm) for tempo in sequence.tempos) or [(0.0, DEFAULT_QPM)]
    tempos[0] = (0.0, tempos[0][1])
    ends = [time for time, _ in tempos[1:]] + [math.inf]
    spans = (
        (min(stop, end) - min(time, end)) * qpm / 60.0 for (time, qpm), stop in zip(tempos, ends, strict=True)
    )
    return sum(spans)
