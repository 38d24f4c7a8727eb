"""Parts as played to a NoteSequence: notes in seconds, bar lines where the score has them."""

import bisect
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.readers.score.score import MAX_NOTES, VELOCITY, Measure, Note, Part

MAX_HOURS = 3
SLOWEST, FASTEST = 10.0, 1000.0  # quarters a minute that are believed
HIT = Fraction(1, 220)  # quarters that a drum hit without a length lasts: a tick

_CHORD_SYMBOL = NoteSequence.TextAnnotation.CHORD_SYMBOL
_KEYS = NoteSequence.KeySignature


def performed(parts: Sequence[Part], passed_over: Sequence[str]) -> NoteSequence:
    """Plays parts that begin together.

    Args:
      parts: with their measures in playing order. Metre and key are those of the first part; the first tempo
        holds from the beginning, and 120 quarters a minute where there is none.
      passed_over: what of them could not be read, in words; an error names it too.

    Returns:
      A NoteSequence with the score's tempos and signatures, each part an instrument. Where a bar line is not
      where the metre would put it, after a pickup or a half bar, a time signature is put there.

    Raises:
      UserError: if there is no note in it, or more than 100,000, or more than three hours of music.
    """
    try:
        return _performed(parts)
    except UserError as error:
        raise UserError("; ".join([str(error), *passed_over[:2]])) from error


def _performed(parts: Sequence[Part]) -> NoteSequence:
    _check_size(parts)
    out = NoteSequence(ticks_per_quarter=220)
    out.source_info.source_type = NoteSequence.SourceInfo.SCORE_BASED
    clock = _Clock(_tempos(parts))
    for time, qpm in zip(clock.times, clock.qpms, strict=True):
        out.tempos.add(time=time, qpm=qpm)
    longest = Fraction(0)
    played = [part for part in parts if any(_sounds(part, note) for m in part.measures for note in m.notes)]
    for instrument, part in enumerate(played):
        out.instrument_infos.add(instrument=instrument, name=part.name)
        for note in _notes(part, clock):
            out.notes.add(
                pitch=note.pitch,
                velocity=VELOCITY,
                start_time=clock.seconds(note.start),
                end_time=clock.seconds(note.end),
                instrument=instrument,
                program=note.program,
                is_drum=note.is_drum,
            )
            longest = max(longest, note.end)
    if not out.notes:
        raise UserError("it has no notes")
    out.total_time = clock.seconds(longest)
    _add_signatures(out, parts[0].measures, clock)
    _add_chords(out, parts, clock)
    return out


class _Clock:
    """Seconds of each moment in quarters.

    Attributes:
      times: seconds of the changes of tempo, the first at 0.
      qpms: tempos from then on, in quarters a minute.
    """

    def __init__(self, changes: list[tuple[Fraction, float]]):
        """Takes the changes in order, the first at 0."""
        self._starts = [start for start, _ in changes]
        self.qpms = [qpm for _, qpm in changes]
        self.times = [0.0]
        for i, start in enumerate(self._starts[1:]):
            self.times.append(self.times[-1] + float(start - self._starts[i]) * (60.0 / self.qpms[i]))

    def seconds(self, quarters: Fraction) -> float:
        i = bisect.bisect_right(self._starts, quarters) - 1
        return self.times[i] + float(quarters - self._starts[i]) * (60.0 / self.qpms[i])


class _Played(NamedTuple):
    """A note as it sounds; start and end in quarters."""

    start: Fraction
    end: Fraction
    pitch: int
    program: int
    is_drum: bool


def _check_size(parts: Sequence[Part]) -> None:
    """Raises UserError where there is more than a score has, before it is multiplied by playing it."""
    for name in ("notes", "chords"):
        if sum(len(getattr(measure, name)) for part in parts for measure in part.measures) > MAX_NOTES:
            raise UserError(f"it has more than {MAX_NOTES:,} {name}")


def _tempos(parts: Sequence[Part]) -> list[tuple[Fraction, float]]:
    """The changes of tempo, as (quarters, quarters a minute), the first at 0."""
    found: dict[Fraction, float] = {}
    for part in parts:
        begin = Fraction(0)
        for measure in part.measures:
            for start, qpm in measure.tempos:
                if SLOWEST <= qpm <= FASTEST:
                    found.setdefault(begin + start, qpm)
            begin += measure.length
    changes = sorted(found.items()) or [(Fraction(0), DEFAULT_QPM)]
    changes[0] = (Fraction(0), changes[0][1])
    return [change for i, change in enumerate(changes) if not i or change[1] != changes[i - 1][1]]


def _notes(part: Part, clock: _Clock) -> list[_Played]:
    """The notes of a part, tied ones joined; UserError past three hours."""
    out: list[_Played] = []
    held: dict[int, int] = {}  # by pitch, the number of the last note with a tie
    begin = Fraction(0)
    for measure in part.measures:
        for note in sorted(measure.notes, key=lambda note: note.start):
            if not _sounds(part, note):
                continue
            start = begin + note.start
            end = start + (note.length or HIT)
            before = held.pop(note.pitch, None)
            if before is not None and out[before].end == start:
                out[before] = out[before]._replace(end=end)
            else:
                before = len(out)
                program = part.program if note.program is None else note.program
                out.append(_Played(start, end, note.pitch, program, _is_drum(part, note)))
            if note.tied:
                held[note.pitch] = before
        begin += measure.length
        if clock.seconds(begin) > MAX_HOURS * 3600:
            raise UserError(f"it has more than {MAX_HOURS} hours of music")
    return out


def _sounds(part: Part, note: Note) -> bool:
    """Whether it sounds: a drum hit does, whatever its length."""
    return bool(note.length) or _is_drum(part, note)


def _is_drum(part: Part, note: Note) -> bool:
    return part.is_drum if note.is_drum is None else note.is_drum


def _add_signatures(out: NoteSequence, measures: list[Measure], clock: _Clock) -> None:
    """Time signatures and key signatures where they change, and where bars begin anew."""
    begin = anchor = Fraction(0)
    metre = key = None
    for measure in measures:
        if not measure.length:
            continue
        time = clock.seconds(begin)
        full = measure.metre_length
        off_grid = measure.metre and measure.length == full and (begin - anchor) % full
        if metre is None or off_grid or (measure.metre or metre) != metre:
            metre = measure.metre or (4, 4)
            anchor = begin
            out.time_signatures.add(time=time, numerator=metre[0], denominator=metre[1])
        if measure.key != key and measure.key is not None and measure.key.tonic is not None:
            signature = out.key_signatures.add(time=time, key=measure.key.tonic)
            signature.mode = _KEYS.Mode.Value(measure.key.mode)
        key = measure.key
        begin += measure.length


def _add_chords(out: NoteSequence, parts: Sequence[Part], clock: _Clock) -> None:
    """The chord symbols of all parts, one where several parts have the same."""
    found: dict[tuple[Fraction, str], None] = {}
    for part in parts:
        begin = Fraction(0)
        for measure in part.measures:
            found.update(((begin + start, figure), None) for start, figure in measure.chords)
            begin += measure.length
    for start, figure in sorted(found):
        annotation = out.text_annotations.add(time=clock.seconds(start), text=figure)
        annotation.annotation_type = _CHORD_SYMBOL
