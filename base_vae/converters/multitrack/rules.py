"""The choice of examples of several instruments: bars by the original's rules, or music taken whole."""

import collections

import numpy as np

from base_vae.converters.harmony.chords import (
    UNREADABLE,
    UNREADABLE_REASON,
    HarmonyError,
    lenient_chord_ids,
    with_any_harmony,
    with_harmony,
)
from base_vae.converters.left_out import EARLY, SILENT, count, uncountable
from base_vae.converters.multitrack.arrays import Segments, places
from base_vae.converters.multitrack.bars import Bars, chord_table, splits_of
from base_vae.converters.multitrack.events import PITCHES, PROGRAMS, Notes, write
from base_vae.converters.multitrack.layout import Layout
from base_vae.errors import UserError
from base_vae.music.note_table import NoteTable, metre, note_table, steps_per_bar
from base_vae.music.piece import Piece

_SMALLEST_SET = 8  # slots of Python's hash set; numbers below it come out sorted


def ready(
    part: Piece, layout: Layout, rejected: collections.Counter[str], *, one_example_only: bool
) -> Piece | None:
    """A part of one tempo, with chords if the layout has them; None, and why in `rejected`, if unusable."""
    if problem := uncountable(part):
        rejected[problem] += 1
        return None
    if steps_per_bar(part, layout.steps_per_quarter) != layout.bar:
        rejected["time signature {}/{}, not {}".format(*metre(part), layout.metre)] += 1
        return None
    if layout.has_chords:
        try:
            part = with_harmony(part, layout.steps_per_quarter, chords=True, keys=False)
        except HarmonyError as error:
            rejected[str(error)] += 1
            return None
    splits = splits_of(part, layout.bar, layout.bars, layout.steps_per_quarter)
    if one_example_only and len(splits) > 2:
        rejected[f"music longer than an example ({layout.bars} bars)"] += 1
        return None
    return part


def choose(
    bars: Bars,
    layout: Layout,
    rejected: collections.Counter[str],
    *,
    fewest_instruments: int,
    fewest_events: int,
) -> Segments:
    """The events of the stretches that can be examples; the others are counted by reason."""
    alive = np.ones(len(bars), bool)

    def leave_out(stretches: np.ndarray, reason: str) -> None:
        """Takes stretches, given as bool [stretches] or as numbers, out of those alive."""
        out = np.zeros(len(bars), bool)
        out[stretches] = True
        if np.any(out & alive):
            rejected[reason] += int(np.sum(out & alive))
        alive[out] = False

    stretch, program, slot, track = _tracks(bars)
    of_note = np.where(bars.is_drum, PROGRAMS, bars.program)
    number = np.bincount(stretch, minlength=len(bars))
    few, many = fewest_instruments, layout.instruments
    leave_out(bars.stretch[(bars.pitch < 0) | (bars.pitch >= PITCHES)], "bar with a pitch outside 0 to 127")
    leave_out(number < few, f"bar with fewer than {few} instruments")
    leave_out(number > many, f"bar with more than {many} instruments")
    leave_out(bars.stretch[of_note != program[track]], "bar in which an instrument changes its program")
    leave_out(bars.stretch[~_is_program(bars)], "bar with a program outside 0 to 127")

    hop, bar = layout.bars, layout.bar
    late = bars.start >= hop * bar
    if np.any(late & alive[bars.stretch]):
        rejected["note that rounds to the bar line after its bar"] += int(np.sum(late & alive[bars.stretch]))
    chunk = bars.start // bar
    begin = chunk * bar
    notes = Notes(
        segment=track * hop + chunk,
        pitch=bars.pitch,
        start=bars.start - begin,
        end=np.minimum(bars.end - begin, bar),
        velocity=layout.vocabulary.bin_of(bars.velocity),
    )
    notes = notes.where(~late & alive[bars.stretch]).in_order()
    # The original takes an instrument that is silent for drums.
    programs = np.full(len(program) * hop, PROGRAMS)
    programs[notes.segment] = program[notes.segment // hop]
    events = write(notes, programs, bar, layout.vocabulary)
    stretch, slot, chunk = np.repeat(stretch, hop), np.repeat(slot, hop), np.arange(len(programs)) % hop
    room, enough = layout.events, fewest_events
    leave_out(stretch[events.lengths > room], f"bar with more than {room} events of one instrument")
    total = np.bincount(stretch, events.lengths - 2, minlength=len(bars))
    leave_out(total < enough, f"bar with fewer than {enough} events")

    chords = None
    if layout.has_chords:
        table, clash = chord_table(bars, hop * bar)
        leave_out(clash, "bar with two different chords at one step")
        begin = chunk[events.segment] * bar
        chord = table[stretch[events.segment], begin + events.step]
        leave_out(stretch[events.segment[chord == UNREADABLE]], UNREADABLE_REASON)
        one_bar = np.arange(hop)[:, np.newaxis] * bar + np.arange(bar + 1)
        chords = table[alive][:, one_bar].reshape(-1, bar + 1)
    example = np.where(alive, np.cumsum(alive) - 1, -1)[stretch]
    at = np.where(example >= 0, example * hop + chunk, -1)
    return Segments(int(alive.sum()), events, at, slot, chords)


def whole(piece: Piece, layout: Layout, left_out: collections.Counter[str]) -> Segments:
    """One example of all instruments of a piece that is at most as long as one.

    Raises:
      UserError: if a bar has more instruments or events than the model takes.
    """
    piece = piece.where(np.argsort(piece.start, kind="stable"))
    table = note_table(piece, layout.steps_per_quarter)
    program = np.where(table.is_drum, PROGRAMS, table.program)
    known = _is_program(table) & (table.pitch >= 0) & (table.pitch < PITCHES)
    count(left_out, "note with a pitch or program outside 0 to 127", (~known).sum())
    count(left_out, SILENT, (known & (table.velocity == 0)).sum())
    known &= table.velocity > 0
    count(left_out, EARLY, (known & (table.start < 0)).sum())
    known &= table.start >= 0
    table, program = table.where(known), program[known]
    bar = table.start // layout.bar
    keys = np.stack([bar, program, table.instrument], 1)
    tracks, segment = np.unique(keys, axis=0, return_inverse=True)
    slot = places(tracks[:, 0])
    if np.any(slot >= layout.instruments):
        raise UserError(
            f"{slot.max() + 1} instruments play in one bar and the model takes {layout.instruments}"
        )
    begin = bar * layout.bar
    notes = Notes(
        segment=segment.reshape(-1),
        pitch=table.pitch,
        start=table.start - begin,
        end=np.minimum(table.end - begin, layout.bar),
        velocity=layout.vocabulary.bin_of(table.velocity),
    )
    events = write(notes.in_order(), tracks[:, 1], layout.bar, layout.vocabulary)
    if np.any(events.lengths > layout.events):
        raise UserError(
            f"one instrument has {events.lengths.max()} events in a bar and the model takes "
            f"{layout.events}: leave some of its notes out"
        )
    chords = None
    if layout.has_chords:
        piece = with_any_harmony(piece, layout.steps_per_quarter, chords=True, keys=False)
        ids = lenient_chord_ids(piece, layout.steps_per_quarter, layout.bars * layout.bar).astype(np.int64)
        ids = ids.reshape(-1, layout.bar)
        chords = np.concatenate([ids, ids[:, -1:]], 1)
    return Segments(1, events, tracks[:, 0], slot, chords).settled()


def _is_program(notes: Bars | NoteTable) -> np.ndarray:
    """A mask of the notes that are drums or have a General MIDI program."""
    return notes.is_drum | ((notes.program >= 0) & (notes.program < PROGRAMS))


def _tracks(bars: Bars) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The instruments that play in each stretch, in order of stretch and program, drums last.

    Returns:
      For each of them its stretch, its program at first (`PROGRAMS` for drums) and its place in the stretch,
      int64 [tracks]; and which of them each note is of, int64 [notes].
    """
    numbers = int(bars.instrument.max(initial=0)) + 1
    keys, first, track = np.unique(
        bars.stretch * numbers + bars.instrument, return_index=True, return_inverse=True
    )
    stretch, instrument = np.divmod(keys, numbers)
    program = np.where(bars.is_drum, PROGRAMS, bars.program)[first]
    order = np.lexsort((_places_in_set(stretch, instrument, first), program, stretch))
    new = np.empty(len(order), np.int64)
    new[order] = np.arange(len(order))
    stretch = stretch[order]
    return stretch, program[order], places(stretch), new[track]


def _places_in_set(stretch: np.ndarray, instrument: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The place of each instrument among those of its stretch, int64 [tracks].

    The original keeps them in a hash set: where programs are the same, its order decides.

    Args:
      stretch: int64 [tracks], ascending.
      instrument: int64 [tracks].
      first: int64 [tracks], the first note of each, from which follows when it came into the set.
    """
    place = instrument.copy()
    for i in np.unique(stretch[instrument >= _SMALLEST_SET]):
        mine = np.arange(*np.searchsorted(stretch, [i, i + 1]))
        numbers = instrument[mine[np.argsort(first[mine])]].tolist()
        order = {number: k for k, number in enumerate(set(numbers))}
        place[mine] = [order[number] for number in instrument[mine].tolist()]
    return place
