"""Parts as played to a NoteSequence: notes in seconds, bar lines where the score has them."""

from collections.abc import Sequence
from fractions import Fraction

from base_vae.errors import UserError
from base_vae.music.musical_grid import DEFAULT_QPM, to_musical_grid
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.score.score import VELOCITY, Measure, Part

MAX_NOTES = 100_000
MAX_HOURS = 3
SLOWEST, FASTEST = 10.0, 1000.0  # quarters a minute that are believed

_CHORD_SYMBOL = NoteSequence.TextAnnotation.CHORD_SYMBOL
_KEYS = NoteSequence.KeySignature


def perform(parts: Sequence[Part], qpm: float | None = None) -> NoteSequence:
    """Parts that begin together, played at one tempo, on the musical grid.

    Args:
      parts: with their measures in playing order. Metre and key are those of the first part.
      qpm: quarters a minute; 120 if None or hardly a tempo.

    Returns:
      A NoteSequence as `to_musical_grid` makes it, each part an instrument. The first full bar begins a
      bar; where a later bar line is not where the metre would put it, a time signature says so.

    Raises:
      UserError: if there is no note in it, or more than 100,000, or more than three hours of music.
    """
    if qpm is None or not SLOWEST <= qpm <= FASTEST:
        qpm = DEFAULT_QPM
    out = NoteSequence(ticks_per_quarter=220)
    out.source_info.source_type = NoteSequence.SourceInfo.SCORE_BASED
    out.tempos.add(qpm=qpm)
    second = 60.0 / qpm
    longest = Fraction(0)
    played = [part for part in parts if any(measure.notes for measure in part.measures)]
    for instrument, part in enumerate(played):
        out.instrument_infos.add(instrument=instrument, name=part.name)
        notes = _notes(part.measures, MAX_HOURS * 3600 / second)
        if len(out.notes) + len(notes) > MAX_NOTES:
            raise UserError(f"it has more than {MAX_NOTES:,} notes")
        for start, end, pitch in notes:
            out.notes.add(
                pitch=pitch,
                velocity=VELOCITY,
                start_time=float(start) * second,
                end_time=float(end) * second,
                instrument=instrument,
                program=part.program,
                is_drum=part.is_drum,
            )
            longest = max(longest, end)
    if not out.notes:
        raise UserError("it has no notes")
    out.total_time = float(longest) * second
    _add_signatures(out, parts[0].measures, second)
    _add_chords(out, parts, second)
    return to_musical_grid(out)


def _notes(measures: list[Measure], limit: float) -> list[list]:
    """The notes as [start, end, pitch] in quarters, tied ones joined; UserError past `limit` quarters."""
    out: list[list] = []
    held: dict[int, list] = {}  # by pitch, the last note with a tie
    begin = Fraction(0)
    for measure in measures:
        for note in sorted(measure.notes, key=lambda note: note.start):
            start = begin + note.start
            end = start + note.length
            before = held.pop(note.pitch, None)
            if before is not None and before[1] == start:
                before[1] = end
            else:
                before = [start, end, note.pitch]
                out.append(before)
            if note.tied:
                held[note.pitch] = before
        begin += measure.length
        if begin > limit:
            raise UserError(f"it has more than {MAX_HOURS} hours of music")
    return out


def _add_signatures(out: NoteSequence, measures: list[Measure], second: float) -> None:
    """Time signatures and key signatures where they change, and where bars begin anew."""
    begin = anchor = Fraction(0)
    metre = key = None
    for measure in measures:
        time = float(begin) * second
        if not measure.length:
            continue
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


def _add_chords(out: NoteSequence, parts: Sequence[Part], second: float) -> None:
    """The chord symbols of all parts, one where several parts have the same."""
    found: dict[tuple[Fraction, str], None] = {}
    for part in parts:
        begin = Fraction(0)
        for measure in part.measures:
            found.update(((begin + start, figure), None) for start, figure in measure.chords)
            begin += measure.length
    for start, figure in sorted(found):
        out.text_annotations.add(time=float(start) * second, text=figure, annotation_type=_CHORD_SYMBOL)
