"""Where the notes of a piece are, counted in stretches as long as a model, and back."""

import collections
import itertools
from typing import NamedTuple

import numpy as np

from base_vae.converters import GrooveConverter
from base_vae.converters.groove.layout import MIDI_VELOCITIES
from base_vae.converters.left_out import uncountable
from base_vae.errors import UserError
from base_vae.music.musical_grid import back_from_grid, to_musical_grid
from base_vae.music.note_sequence import NoteSequence, require_sequence
from base_vae.music.piece import Piece

_SLACK = 1e-6  # of a step: for the rounding of times


class Hits(NamedTuple):
    """Hits by their places, each [hits].

    Attributes:
      stretch: its number.
      step: in the stretch.
      drum: its class.
    """

    stretch: np.ndarray
    step: np.ndarray
    drum: np.ndarray


class Places:
    """The places of the notes of a NoteSequence.

    Stretches follow each other from each time signature on; one is cut where the next signature or the end of
    the music comes. What is in a metre that is not the model's has no place.

    Attributes:
      notes: the notes of the sequence as columns, on the musical grid, in its order.
      stretch: the number of the stretch of each note, int64 [notes]; -1 where it has no place.
      step: of the stretch, int64 [notes].
      offset: of each note, in halves of a step, 1 for early: float64 [notes].
      lengths: steps of each stretch, int64 [stretches], at most the model's.
    """

    def __init__(self, sequence: NoteSequence, converter: GrooveConverter):
        """Finds them. Raises UserError if nothing of the music is in the model's metre."""
        require_sequence(sequence)
        self.notes = piece = Piece.from_sequence(to_musical_grid(sequence))
        self._back, self._converter = back_from_grid(sequence), converter
        if problem := uncountable(piece):
            raise UserError(f"its steps cannot be counted: {problem}")
        self._seconds = 60.0 / piece.qpm / converter.steps_per_quarter  # of a step
        self.stretch = np.full(len(piece), -1)
        self.step = np.zeros(len(piece), np.int64)
        self.offset = np.zeros(len(piece))
        self._begins: list[float] = []
        lengths: list[int] = []
        end = float(piece.end.max(initial=piece.total_time))
        times = [time for time in piece.metres[:, 0].tolist() if time < end or not time]
        section_of = np.searchsorted(times, piece.start + self._seconds / 2.0 - _SLACK, "right") - 1
        for number, (begin, section_end) in enumerate(zip(times, [*times[1:], end], strict=True)):
            _, numerator, denominator = piece.metres[number].astype(int).tolist()
            steps = int(np.ceil((section_end - begin) / self._seconds - _SLACK))
            if number == len(times) - 1:
                steps = -(-steps // converter.bar) * converter.bar
            if not steps or not converter.takes_metre(numerator, denominator):
                continue
            inside = section_of == number
            position = (piece.start[inside] - begin) / self._seconds
            step = np.clip(np.floor(position + 0.5), 0, steps - 1).astype(np.int64)
            self.stretch[inside] = len(lengths) + step // converter.steps
            self.step[inside] = step % converter.steps
            self.offset[inside] = np.clip(2.0 * (step - position), -1.0, 1.0)
            for first in range(0, steps, converter.steps):
                self._begins.append(begin + first * self._seconds)
                lengths.append(min(converter.steps, steps - first))
        self.lengths = np.array(lengths, np.int64)
        if not len(lengths):
            converter.check_metre(piece)
            raise UserError("there is no music in it")

    def hits(self, which: np.ndarray, drum: np.ndarray) -> Hits:
        """The places of some notes, which `which` (bool [notes]) picks, as hits of `drum` (int64 [notes])."""
        return Hits(self.stretch[which], self.step[which], drum[which])

    def grooves(self, which: np.ndarray, drum: np.ndarray) -> np.ndarray:
        """Notes as examples [stretches, steps, drums, 3]; of several in one place the loudest counts.

        Args:
          which: bool [notes], of notes that have a place.
          drum: the class of each note, int64 [notes].
        """
        arrays = np.zeros((len(self.lengths), *self._converter.shape), np.float32)
        velocity = self.notes.velocity / MIDI_VELOCITIES
        chosen = np.flatnonzero(which)
        chosen = chosen[np.argsort(velocity[chosen], kind="stable")]  # the last one written stays
        hits = np.stack([np.ones(len(chosen)), velocity[chosen], self.offset[chosen]], -1)
        arrays[self.stretch[chosen], self.step[chosen], drum[chosen]] = hits
        return self._converter.all_canonical(arrays)

    def seconds(self, hits: Hits, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The seconds at which hits begin, and at which notes of one step that begin there end.

        Args:
          hits: the places.
          offset: in halves of a step, 1 for early: [hits].
        """
        grid = np.array(self._begins)[hits.stretch] + (hits.step - offset / 2.0) * self._seconds
        start, end = self._back(grid), self._back(grid + self._seconds)
        return np.maximum(start, 0.0), np.maximum(end, 0.0)


def without_overlaps(sequence: NoteSequence, changed: set[int]) -> None:
    """Ends each drum note that was changed where the next one of its sound begins, in place.

    Args:
      sequence: its notes are changed.
      changed: places of notes in it.
    """
    voices: dict[tuple[int, int, int], list[int]] = collections.defaultdict(list)
    for place, note in enumerate(sequence.notes):
        if note.is_drum:
            voices[note.instrument, note.program, note.pitch].append(place)
    for places in voices.values():
        places.sort(key=lambda place: sequence.notes[place].start_time)
        for place, following in itertools.pairwise(places):
            note, limit = sequence.notes[place], sequence.notes[following].start_time
            if place in changed and note.start_time < limit < note.end_time:
                note.end_time = limit
