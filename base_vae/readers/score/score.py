"""A score as written: parts of measures, with the signs for the order of playing."""

import dataclasses
import re
from fractions import Fraction

MAX_NOTES = 100_000  # of a score
VELOCITY = 90  # of a note with nothing written to it, mezzo forte


@dataclasses.dataclass(slots=True)
class Note:
    """A note in its measure.

    Attributes:
      start: quarters from the beginning of the measure.
      length: quarters.
      pitch: as it sounds, in MIDI numbers, 0 to 127.
      tied: whether it goes on into the next note of the same pitch.
      program, is_drum: of this note; None where they are its part's.
    """

    start: Fraction
    length: Fraction
    pitch: int
    tied: bool = False
    program: int | None = None
    is_drum: bool | None = None


@dataclasses.dataclass(slots=True)
class Signs:
    """The signs at the bar lines around a measure, and above it, for what is played next.

    Attributes:
      forward: a repeat begins here.
      times: how often the section that ends here is played; 0 where no repeat ends.
      endings: the times through for which this measure and those after it are meant; empty where no
        variant ending begins.
      closes: a double bar ends here.
      bracket_ends: the bracket of a variant ending ends here.
      fresh: a double bar or a new part comes before: a repeat without a beginning goes back to here.
      segno: where a dal segno goes back to.
      coda: the coda begins here.
      to_coda: the last time through, go to the coda after this measure.
      fine: the last time through, the piece ends after this measure.
      da_capo: go back to the beginning after this measure.
      dal_segno: go back to the segno after this measure.
    """

    forward: bool = False
    times: int = 0
    endings: frozenset[int] = frozenset()
    closes: bool = False
    bracket_ends: bool = False
    fresh: bool = False
    segno: bool = False
    coda: bool = False
    to_coda: bool = False
    fine: bool = False
    da_capo: bool = False
    dal_segno: bool = False

    def __or__(self, other: "Signs") -> "Signs":
        """The signs of both, for parts that are played together."""
        return Signs(
            *(getattr(self, f.name) or getattr(other, f.name) for f in dataclasses.fields(self)),
        )


def ending_numbers(text: str) -> frozenset[int]:
    """The times through that a variant ending such as `1,3-4` or `2.-3.` is for; only those up to 99."""
    numbers: set[int] = set()
    for first, last in re.findall(r"(?<!\d)(\d{1,2})(?:\.? ?[-\u2013] ?(\d{1,2}))?(?!\d)", text[:200]):
        numbers.update(range(int(first), int(last or first) + 1))
    return frozenset(numbers - {0})


def out_of_range(notes: int) -> list[str]:
    """A line about notes that were left out because MIDI has no such pitch, or none."""
    return [f"{notes:,} note{'' if notes == 1 else 's'} too high or too low for MIDI"] if notes else []


@dataclasses.dataclass(slots=True, frozen=True)
class Key:
    """A key signature.

    Attributes:
      accidentals: semitones up or down for each step that is not natural, as (step, semitones).
      tonic: pitch class, 0 for C; None where there is none.
      mode: as NoteSequence calls it, such as MAJOR or DORIAN.
    """

    accidentals: tuple[tuple[str, int], ...] = ()
    tonic: int | None = None
    mode: str = "NOT_SPECIFIED"


@dataclasses.dataclass(slots=True)
class Measure:
    """The music between two bar lines of one part.

    Attributes:
      metre: numerator and denominator; None for free metre.
      key: the key signature in force, if any.
      length: quarters that are written, which may be less or more than the metre has.
      notes: in any order.
      chords: chord symbols as (quarters from the beginning, figure).
      tempos: changes as (quarters from the beginning, quarters a minute).
      signs: its share in the order of playing.
      label: of the part of the tune (verse, chorus) that it belongs to.
    """

    metre: tuple[int, int] | None = (4, 4)
    key: Key | None = None
    length: Fraction = Fraction(0)
    notes: list[Note] = dataclasses.field(default_factory=list)
    chords: list[tuple[Fraction, str]] = dataclasses.field(default_factory=list)
    tempos: list[tuple[Fraction, float]] = dataclasses.field(default_factory=list)
    signs: Signs = dataclasses.field(default_factory=Signs)
    label: str = ""

    @property
    def metre_length(self) -> Fraction:
        """Quarters that a full bar has; those of 4/4 in free metre."""
        numerator, denominator = self.metre or (4, 4)
        return Fraction(4 * numerator, denominator)


@dataclasses.dataclass(slots=True)
class Part:
    """The music of one instrument.

    Attributes:
      measures: in the order in which they are played, or written.
      name: of the instrument or voice.
      program: General MIDI program, 0 to 127.
      is_drum: whether the pitches are those of a drum kit.
    """

    measures: list[Measure]
    name: str = ""
    program: int = 0
    is_drum: bool = False
