"""One voice of an ABC tune, written measure by measure."""

from fractions import Fraction

from base_vae.errors import UserError
from base_vae.readers.abc.fields import Shift, UnreadableError
from base_vae.readers.abc.jumps import Jumps
from base_vae.readers.abc.midi_directives import Sound
from base_vae.readers.score.playing_order import MAX_MEASURES
from base_vae.readers.score.score import MAX_NOTES, Key, Measure, Note, Part

_PITCHES = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
_TUPLET_TIMES = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # p notes in the time of how many; others by the metre
_MAX_REST_BARS = 1_000
_MAX_BROKEN = 5  # signs in a row; the standard knows three
_MAX_TUPLET = 99

Written = tuple[str, int, int | None, Fraction, bool]  # step, octave, accidental, length, tied


class TuneSize:
    """Counts the notes and measures of all voices of a tune, against the limits."""

    def __init__(self) -> None:
        self._notes = self._measures = 0

    def add(self, *, notes: int = 0, measures: int = 0) -> None:
        """Counts some more. Raises UserError where there are more than a tune has."""
        self._notes += notes
        self._measures += measures
        if self._notes > MAX_NOTES:
            raise UserError(f"it has more than {MAX_NOTES:,} notes")
        if self._measures > MAX_MEASURES:
            raise UserError(f"it has more than {MAX_MEASURES:,} bars")


class Voice:
    """A voice and what is in force in it: key, metre, unit note length, accidentals, ties, tuplets.

    Attributes:
      name: after `V:`.
      unit: note length in quarters.
      measures: as written.
      label: the part of the tune that is being written.
      sound: how its notes sound from here on.
      accidentals_hold: "not", "octave" or "pitch", see `midi_directives.accidentals_hold`.
      seen: number of the fields of the whole tune that this voice has taken in.
      jumps: signs for the order of playing.
      out_of_range: number of the notes that are too high or too low for MIDI, and left out.
    """

    def __init__(
        self,
        name: str,
        unit: Fraction,
        metre: tuple[int, int] | None,
        key: Key,
        drum_map: dict[int, int],
        size: TuneSize,
    ):
        """Begins a voice.

        Args:
          name: after `V:`.
          unit: note length in quarters.
          metre: numerator and denominator; None for free metre.
          key: the key signature.
          drum_map: drums that pitches in the notation stand for.
          size: of all voices together.
        """
        self.name = name
        self.unit = unit
        self.label = ""
        self.sound = Sound()
        self.accidentals_hold = "pitch"
        self.seen = 0
        self.out_of_range = 0
        self.jumps = Jumps()
        self._drum_map, self._size = drum_map, size
        self._metre = metre
        self._key = key
        self._shift = Shift(0, 0)
        self.measures = [Measure(metre, key)]
        self._at = Fraction(0)  # where in the measure the next note goes
        # Of the key by step, of this bar by step or, where they hold in their octave, by step and octave.
        self._altered: dict[str | tuple[str, int], int] = dict(key.accidentals)
        self._tied: dict[tuple[str, int], int] = {}  # how far notes with a tie are altered
        self._last: list[Note] | None = None  # what a tie or a broken rhythm after it belongs to
        self._last_start = Fraction(0)
        self._last_altered: dict[tuple[str, int], int] = {}
        self._colon: Fraction | None = None  # where a colon without its bar line stands
        self._broken = Fraction(1)  # of the next note, after a broken rhythm
        self._tuplet, self._tuplet_left = Fraction(1), 0

    @property
    def bars(self) -> int:
        """How many measures are complete."""
        return len(self.measures) - 1

    def part(self) -> Part:
        """Returns the measures so far, without an empty last measure."""
        self._close_overlay()
        measures = self.measures if self.measures[-1].length else self.measures[:-1]
        self.jumps.close(measures)
        return Part(measures, self.name)

    def set_key(self, key: Key | None, shift: Shift) -> None:
        """A new key, where there is one, and transposition, from here on."""
        self._shift = shift.over(self._shift)
        if key is not None:
            self._key = key
            self._altered = dict(key.accidentals)
            if not self._begun:
                self.measures[-1].key = key

    def set_metre(self, metre: tuple[int, int] | None) -> None:
        """A new metre, from the next measure on that has not begun."""
        self._metre = metre
        if not self._begun:
            self.measures[-1].metre = metre

    def set_label(self, label: str) -> None:
        """A part of the tune begins here, with or without a bar line."""
        if label == self.label:
            return
        self.label = label
        self._next_measure()
        self.measures[-1].label = label
        self.measures[-1].signs.fresh = True

    def play(self, notes: list[Written], length: Fraction) -> None:
        """Notes that start together, or a rest if there are none; `length` is in unit notes."""
        self._size.add(notes=len(notes))
        self.jumps.note(self.measures, self._begun)
        factor = self.unit * self._broken
        self._broken = Fraction(1)
        if self._tuplet_left:
            self._tuplet_left -= 1
            factor *= self._tuplet
        tied: dict[tuple[str, int], int] = {}
        self._last, self._last_start, self._last_altered = [], self._at, {}
        for step, octave, accidental, own_length, tie in notes:
            pitch, alter = self._pitch(step, octave, accidental)
            self._last_altered[step, octave] = alter
            if tie:
                tied[step, octave] = alter
            if pitch is None:
                self.out_of_range += 1
            elif not self.sound.is_mute:
                sound = self.sound
                length_in_quarters = own_length * factor
                self._last.append(
                    Note(self._at, length_in_quarters, pitch, tie, sound.program, sound.is_drum)
                )
        self.measures[-1].notes += self._last
        self._tied = tied
        self._at += length * factor

    def rest_bars(self, number: int) -> None:
        """Rests of whole measures."""
        if number > _MAX_REST_BARS:
            raise UnreadableError(f"a rest of {number:,} bars (at most {_MAX_REST_BARS:,})")
        self.jumps.note(self.measures, self._begun)
        for i in range(number):
            if i:
                self._next_measure()
            self._at += self.measures[-1].metre_length
        self._last, self._tied = None, {}

    def tie(self) -> None:
        """Ties the last note or chord to the next."""
        for note in self._last or ():
            note.tied = True
        if self._last:
            self._tied = self._last_altered

    def break_rhythm(self, signs: str) -> None:
        """Makes the last note longer and the next one shorter (`>`), or the other way round (`<`)."""
        if self._last is None:
            return
        if len(signs) > _MAX_BROKEN:
            raise UnreadableError(f"a broken rhythm of {len(signs)} signs (at most {_MAX_BROKEN})")
        short = Fraction(1, 2 ** len(signs))
        first, self._broken = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        for note in self._last:
            note.length *= first
        self._at = self._last_start + (self._at - self._last_start) * first

    def tuplet(self, p: int, q: int | None, r: int | None) -> None:
        """The next `r` notes are played `p` in the time of `q`."""
        if q is None:
            compound = self._metre is not None and self._metre[0] % 3 == 0 and self._metre[0] > 3
            q = _TUPLET_TIMES.get(p, 3 if compound else 2) if p < 10 else 1 << (p - 1).bit_length() - 1
        r = p if r is None else r
        for number in (p, q, r):
            if not 1 <= number <= _MAX_TUPLET:
                raise UnreadableError(f"a tuplet of {number:,} notes (1 to {_MAX_TUPLET} are allowed)")
        self._tuplet, self._tuplet_left = Fraction(q, p), r

    def colon(self) -> None:
        """A colon that belongs to the bar line after it, with a word or a space in between."""
        self._colon = self._at

    def bar_line(self, signs: str, numbers: frozenset[int]) -> None:
        """A bar line with its repeat signs, and the variant ending that begins with it."""
        if self._begun and self._colon == self._at:
            signs = f":{signs}"
        self._colon = None
        self._next_measure()
        self.jumps.bar_line(self.measures)
        self._altered = dict(self._key.accidentals)
        here = self.measures[-1].signs
        ends, begins, double = _meaning(signs)
        if len(self.measures) > 1:
            before = self.measures[-2].signs
            before.times = max(before.times, ends)
            before.closes |= double
        here.forward |= begins
        here.fresh |= double
        here.endings |= numbers

    def ending(self, numbers: frozenset[int]) -> None:
        """A variant ending begins here, with or without a bar line; one without numbers is the next."""
        self._next_measure()
        self.measures[-1].signs.endings |= numbers or self._next_ending()

    def _next_ending(self) -> frozenset[int]:
        """The time through after those of the last variant ending of this section, or the first."""
        for measure in reversed(self.measures[:-1]):
            if measure.signs.endings:
                return frozenset({max(measure.signs.endings) + 1})
            if measure.signs.forward or measure.signs.fresh:
                break
        return frozenset({1})

    def overlay(self) -> None:
        """Starts again at the beginning of the measure, to sound together with what is there."""
        self._close_overlay()
        self._at = Fraction(0)
        self._last, self._tied = None, {}
        self._altered = dict(self._key.accidentals)

    def chord_symbol(self, figure: str) -> None:
        """A chord symbol at the next note."""
        self.measures[-1].chords.append((self._at, figure))

    @property
    def _begun(self) -> bool:
        return bool(self._at or self.measures[-1].length)

    def tempo(self, qpm: float) -> None:
        """A new tempo from here on, in quarters a minute."""
        self.measures[-1].tempos.append((self._at, qpm))

    def _pitch(self, step: str, octave: int, accidental: int | None) -> tuple[int | None, int]:
        """Sounding pitch, None where MIDI has none, and semitones that the note is altered by."""
        if accidental is None:
            in_bar = self._altered.get((step, octave), self._altered.get(step, 0))
            alter = self._tied.get((step, octave), in_bar)
        else:
            alter = accidental
            if self.accidentals_hold != "not":
                self._altered[(step, octave) if self.accidentals_hold == "octave" else step] = accidental
        written = (
            _PITCHES[step] + 12 * octave + alter + (self._shift.octave or 0) + (self._shift.transpose or 0)
        )
        pitch = self.sound.pitch(written, self._drum_map)
        return pitch if 0 <= pitch <= 127 else None, alter

    def _close_overlay(self) -> None:
        measure = self.measures[-1]
        measure.length = max(measure.length, self._at)

    def _next_measure(self) -> None:
        """Begins a measure, unless the one that is there is empty."""
        self._close_overlay()
        if self.measures[-1].length:
            self._size.add(measures=1)
            self.measures.append(Measure(self._metre, self._key, label=self.label))
            self._at = Fraction(0)
        self._last = None


def _meaning(signs: str) -> tuple[int, bool, bool]:
    """The meaning of a bar line, as (times, begins, double).

    The section that it ends is played `times` times (0: it ends none); a repeat may begin; it may be double.
    """
    if set(signs) == {":"}:
        return len(signs) // 2 + 1, True, False
    line = signs.strip(":")
    before = len(signs) - len(signs.lstrip(":"))
    if not before and ":" in line:  # as in |:|, which is meant for :|
        before = line.count(":")
    begins = signs.endswith(":")
    bars = line.replace("[|]", "").replace(":", "")
    return (before + 1 if before else 0), begins, len(bars) > 1
