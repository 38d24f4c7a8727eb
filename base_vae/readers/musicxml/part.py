"""One part of a MusicXML score, as written: its measures with notes, chord symbols and signs."""

import re
from collections.abc import Iterable
from fractions import Fraction
from xml.etree.ElementTree import Element

from base_vae.errors import UserError
from base_vae.music.chord_spellings import chord_figure
from base_vae.music.chord_symbols import NO_CHORD
from base_vae.readers.musicxml.harmony import harmony_figure
from base_vae.readers.musicxml.values import ValueReader, parse_number, written_length
from base_vae.readers.score.jumps import Jump, jump_in_words
from base_vae.readers.score.performance import FASTEST, SLOWEST
from base_vae.readers.score.score import MAX_NOTES, Key, Measure, Note, ending_numbers

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LEAST_DIVISIONS = 0.001  # of a quarter; programs write whole numbers
_MOST_FIFTHS = 14  # all seven steps, doubly altered
_LONGEST = 1000  # quarters of one duration
_MODES = {  # fifths that the tonic lies above that of major
    "MAJOR": 0,
    "IONIAN": 0,
    "MINOR": 3,
    "AEOLIAN": 3,
    "DORIAN": 2,
    "MIXOLYDIAN": 1,
    "PHRYGIAN": 4,
    "LYDIAN": -1,
    "LOCRIAN": 5,
}
_SAME_MODES = {"IONIAN": "MAJOR", "AEOLIAN": "MINOR"}
_SIGN_OF = {  # in the words over a score that has no <sound>
    Jump.DA_CAPO: "da_capo",
    Jump.DAL_SEGNO: "dal_segno",
    Jump.FINE: "fine",
    Jump.SEGNO: "segno",
    Jump.TO_CODA: "to_coda",
    Jump.CODA: "coda",
}


class PartReader:
    """Reads the measures of a part one after the other. A value that cannot be read costs what hangs on it.

    Attributes:
      out_of_range: number of the notes that are too high or too low for MIDI, and left out.
    """

    def __init__(self, values: ValueReader, unpitched: dict[str, int], kits: frozenset[str] = frozenset()):
        """Starts a part.

        Args:
          values: reads the numbers of the score.
          unpitched: the pitches of a drum kit's instruments by their id.
          kits: ids of the instruments that play on the channel of drums.
        """
        self.out_of_range = 0
        self._notes = 0
        self._values = values
        self._unpitched, self._kits = unpitched, kits
        self._percussion = False  # whether its clef is that of a drum kit
        self._divisions: Fraction | None = Fraction(1)  # of a quarter; None where they cannot be read
        self._metre: tuple[int, int] | None = None
        self._key: Key | None = None
        self._semitones = 0  # that the part sounds higher than it is written
        self._at = Fraction(0)
        self._ending = 0  # the last time through that a variant ending was for
        self._last = Fraction(0)  # where the note before began, for chords

    def measures(self, elements: Iterable[Element]) -> list[Measure]:
        """The measures of the part.

        Raises:
          UserError: if it has too many notes.
        """
        out: list[Measure] = []
        for element in elements:
            measure = Measure(self._metre, self._key)
            self._at = self._last = Fraction(0)
            self._values.measure = element.get("number") or str(len(out) + 1)
            for child in element:
                self._element(child, measure)
            out.append(measure)
        return out

    def _element(self, element: Element, measure: Measure) -> None:
        tag = element.tag
        if tag == "note":
            self._note(element, measure)
        elif tag == "attributes":
            self._attributes(element, measure)
        elif tag == "backup":
            length = self._duration(element)  # most go back to the beginning
            self._at = Fraction(0) if length is None else max(self._at - length, Fraction(0))
        elif tag == "forward":
            self._move(self._duration(element) or Fraction(0), measure)
        elif tag == "harmony":
            self._harmony(element, measure)
        elif tag == "direction":
            self._direction(element, measure)
        elif tag == "sound":
            self._sound(element, measure)
        elif tag == "barline":
            self._bar_line(element, measure)

    def _note(self, element: Element, measure: Measure) -> None:
        if element.find("grace") is not None or element.find("cue") is not None:
            return
        length = self._duration(element)
        if length is None:
            length = written_length(element, "type", "dot")
            if not length:  # whatever it lasts, the next bar line stays where it is
                measure.length = max(measure.length, measure.metre_length)
        if not length and element.find("rest[@measure='yes']") is not None:
            length = measure.metre_length
        start = self._last if element.find("chord") is not None else self._at
        pitch = self._pitch(element)
        if pitch is not None:
            self._notes += 1
            if self._notes > MAX_NOTES:
                raise UserError(f"it has more than {MAX_NOTES:,} notes")
            ties = element.findall("tie") or element.findall("notations/tied")
            tied = any(tie.get("type") in ("start", "let-ring") for tie in ties)
            measure.notes.append(Note(start, length, pitch, tied, is_drum=self._is_hit(element) or None))
        if element.find("chord") is None:
            self._last = self._at
            self._move(length, measure)

    def _is_hit(self, element: Element) -> bool:
        """Whether it is a hit of a drum kit: one note of a part may be, as a clap in a song is."""
        return element.find("unpitched") is not None or self._percussion or _instrument(element) in self._kits

    def _pitch(self, element: Element) -> int | None:
        """The pitch as it sounds; None for a rest, or if it cannot be read."""
        written = element.find("pitch")
        if written is not None and not (self._is_hit(element) and _instrument(element) in self._unpitched):
            step = (written.findtext("step") or "").strip()
            if step not in _STEPS:
                self._values.pass_over("step", step)
                return None
            octave, alter = (
                self._values.number(written, "octave", 4),
                self._values.number(written, "alter", 0),
            )
            if octave is None or alter is None:
                return None
            pitch = round(12 * (octave + 1) + _STEPS[step] + alter) + self._semitones
            if not 0 <= pitch <= 127:
                self.out_of_range += 1
                return None
            return pitch
        display = element.find("unpitched")
        if display is None and written is None:
            return None
        if (name := _instrument(element)) in self._unpitched:
            return self._unpitched[name]
        assert display is not None, "a note with a pitch is not here without such a name"
        step = (display.findtext("display-step") or "C").strip()
        octave = self._values.number(display, "display-octave", 2)
        if octave is None:
            return None
        return min(max(round(12 * (octave + 1)) + _STEPS.get(step, 0), 0), 127)

    def _attributes(self, element: Element, measure: Measure) -> None:
        divisions = self._values.number(element, "divisions", 0, least=_LEAST_DIVISIONS)
        if divisions is None:
            self._divisions = None
        elif divisions:
            self._divisions = Fraction(divisions).limit_denominator(1000)
        if (time := element.find("time")) is not None:
            self._metre = measure.metre = _metre(time)
        if (key := element.find("key")) is not None:
            self._key = measure.key = self._key_signature(key)
        for sign in element.findall("clef/sign"):
            self._percussion = (sign.text or "").strip() == "percussion"
        if (transpose := element.find("transpose")) is not None:
            octaves = self._values.number(transpose, "octave-change", 0) or 0
            self._semitones = round((self._values.number(transpose, "chromatic", 0) or 0) + 12 * octaves)

    def _key_signature(self, key: Element) -> Key | None:
        """The key signature of a <key> that counts fifths."""
        fifths = self._values.number(key, "fifths", 0, least=-_MOST_FIFTHS, most=_MOST_FIFTHS)
        if key.find("fifths") is None or fifths is None:
            return None
        mode = (key.findtext("mode") or "major").strip().upper()
        mode = mode if mode in _MODES else "MAJOR"
        return Key(tonic=7 * (round(fifths) + _MODES[mode]) % 12, mode=_SAME_MODES.get(mode, mode))

    def _harmony(self, element: Element, measure: Measure) -> None:
        figure = harmony_figure(element, self._semitones)
        if figure is None:
            self._values.pass_over("harmony", element.findtext("root/root-step"))
            return
        offset = self._quarters(self._values.number(element, "offset", 0)) or Fraction(0)
        measure.chords.append((max(self._at + offset, Fraction(0)), figure))

    def _direction(self, element: Element, measure: Measure) -> None:
        for words in element.findall("direction-type/words"):
            self._words((words.text or "").strip(), measure)
        signs = measure.signs
        signs.segno |= element.find("direction-type/segno") is not None
        if element.find("direction-type/coda") is not None and element.find("sound[@tocoda]") is None:
            signs.coda = True
        metronome = element.find("direction-type/metronome")
        if metronome is not None and element.find("sound[@tempo]") is None:
            self._tempo(_beats_to_quarters(metronome), measure)
        if (sound := element.find("sound")) is not None:
            self._sound(sound, measure)

    def _words(self, text: str, measure: Measure) -> None:
        if jump := jump_in_words(text):
            setattr(measure.signs, _SIGN_OF[jump], True)
        if chord_figure(text) == NO_CHORD:
            measure.chords.append((self._at, NO_CHORD))

    def _sound(self, element: Element, measure: Measure) -> None:
        signs = measure.signs
        signs.da_capo |= element.get("dacapo") == "yes"
        signs.dal_segno |= "dalsegno" in element.attrib
        signs.fine |= "fine" in element.attrib
        signs.to_coda |= "tocoda" in element.attrib
        signs.coda |= "coda" in element.attrib
        signs.segno |= "segno" in element.attrib
        if "tempo" in element.attrib:
            qpm = parse_number(element.attrib["tempo"])
            if qpm is None or not SLOWEST <= qpm <= FASTEST:
                self._values.pass_over("sound tempo", element.attrib["tempo"])
            else:
                self._tempo(qpm, measure)

    def _tempo(self, qpm: float | None, measure: Measure) -> None:
        if qpm is not None:
            measure.tempos.append((self._at, qpm))

    def _bar_line(self, element: Element, measure: Measure) -> None:
        signs = measure.signs
        ending, repeat = element.find("ending"), element.find("repeat")
        if ending is not None:
            if ending.get("type") == "start":
                numbers = ending_numbers(ending.get("number") or "") or ending_numbers(ending.text or "")
                signs.endings |= numbers or {self._ending + 1}  # in words or letters, in their order
                self._ending = max(signs.endings)
            else:
                signs.bracket_ends = True
        if repeat is not None:
            if repeat.get("direction") == "forward":
                signs.forward = True
                self._ending = 0
            else:
                times = repeat.get("times") or ""
                signs.times = int(times) if re.fullmatch(r"[1-9]\d?", times) else 2
                if times and signs.times != parse_number(times):
                    self._values.pass_over("repeat times", times)

    def _move(self, length: Fraction, measure: Measure) -> None:
        self._at += length
        measure.length = max(measure.length, self._at)

    def _duration(self, element: Element) -> Fraction | None:
        """A duration in quarters; None where there is none that can be read."""
        if element.find("duration") is None:
            return None
        longest = float(_LONGEST * (self._divisions or 1))
        return self._quarters(self._values.number(element, "duration", 0, least=0, most=longest))

    def _quarters(self, divisions: float | None) -> Fraction | None:
        if divisions is None or self._divisions is None:
            return None
        return Fraction(divisions).limit_denominator(1000) / self._divisions


def _instrument(note: Element) -> str:
    """The id of the instrument that plays a note; empty where it does not say."""
    instrument = note.find("instrument")
    return "" if instrument is None else instrument.get("id", "")


def _metre(time: Element) -> tuple[int, int] | None:
    """The metre of a <time>, such as 6/8, or 5/8 for 2+3/8; None for free metre, or for no metre at all."""
    if time.find("senza-misura") is not None:
        return None
    total = Fraction(0)
    denominator = 1
    for beats, kind in zip(time.findall("beats"), time.findall("beat-type"), strict=False):
        below = (kind.text or "").strip()
        above = re.findall(r"\d{1,3}", (beats.text or "")[:40])
        if not re.fullmatch(r"[1-9]\d{0,2}", below) or not any(map(int, above)):
            return None  # the notes do not hang on it
        total += Fraction(sum(map(int, above)), int(below))
        denominator = max(denominator, int(below))
    numerator = total * denominator
    return (int(numerator), denominator) if numerator and numerator.denominator == 1 else None


def _beats_to_quarters(metronome: Element) -> float | None:
    """The tempo of a metronome mark in quarters a minute."""
    beat = written_length(metronome, "beat-unit", "beat-unit-dot")
    found = re.search(r"\d{1,4}(?:\.\d{1,3})?", metronome.findtext("per-minute") or "")
    return float(beat) * float(found[0]) if beat and found else None
