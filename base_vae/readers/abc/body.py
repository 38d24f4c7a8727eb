"""The music of an ABC tune: lines of notes and fields, for one voice or several."""

import re
from fractions import Fraction

from base_vae.errors import UserError
from base_vae.music.chord_spellings import chord_figure
from base_vae.readers.abc import fields
from base_vae.readers.abc.tokens import as_field, tokens, without_comment
from base_vae.readers.abc.voice import Voice, Written
from base_vae.readers.score.score import Key, ending_numbers

_DRUM_CHANNEL = re.compile(r"MIDI[\s=]+channel\s+10\b")
_PERCUSSION = re.compile(r"\bperc(?:ussion)?\b")
_PROGRAM = re.compile(r"MIDI[\s=]+program\s+(?:\d{1,2}\s+)?(\d{1,3})\b")
_DYNAMICS = {"f", "ff", "fff", "ffff"}  # which could be chords in the old spelling +ff+
_CHORD_OF_NOTES = re.compile(r"(?:[_=^]*[A-Ga-g][,']*[\d/]*)+")


class Body:
    """Reads the lines of a tune into voices.

    Attributes:
      voices: by name, in the order in which they were met.
      qpm: the first tempo in quarters a minute, None where there is none.
    """

    def __init__(self, metre: tuple[int, int] | None, unit: Fraction | None, key: Key, shift: fields.Shift):
        """Starts with what the header says; `unit` is in whole notes, None for the default."""
        self.voices: dict[str, Voice] = {}
        self.qpm: float | None = None
        self._unit = unit or fields.default_unit(metre)
        self._metre, self._key, self._shift = metre, key, shift
        self._properties: dict[str, fields.Shift] = {}
        self._program = 0
        self._programs: dict[str, int] = {}
        self._drums: set[str] = set()
        self._label = ""
        self._for_all: list[tuple[int, Voice, str, str]] = []  # fields with a line of their own, at a bar
        self._current = ""
        self._first = ""

    def declare(self, text: str) -> None:
        """A `V:` field of the header; instructions after it are for this voice."""
        self._current = self._properties_of(text)
        self._first = self._first or self._current

    def start(self) -> None:
        """The header is over: music that names no voice is for the first."""
        self._current = self._first

    def directive(self, text: str) -> None:
        """A `%%` or `I:` instruction; only MIDI programs and the channel of drums are heeded."""
        if _DRUM_CHANNEL.match(text.strip()):
            self._drums.add(self._current)
        if match := _PROGRAM.match(text.strip()):
            program = min(int(match[1]), 127)
            if self._current in self.voices:
                self.voices[self._current].program = program
            elif self._current:
                self._programs[self._current] = program
            else:
                self._program = program

    def line(self, text: str) -> None:
        """A line of the tune's body, field or music.

        Raises:
          UserError: with the reason, but not the place.
        """
        if text.startswith("%"):
            self.directive(text.lstrip("%"))
            return
        text = without_comment(text)
        if field := as_field(text):
            self._field(*field, alone=True)
        else:
            for token in tokens(text):
                self._token(token)

    def tempo(self, text: str) -> None:
        """A `Q:` field; the first that gives a number counts."""
        if self.qpm is None:
            self.qpm = fields.parse_tempo(text, self._unit)

    def _voice(self) -> Voice:
        """The current voice, up to date with the fields that hold for all voices."""
        voice = self.voices.get(self._current)
        if voice is None:
            voice = Voice(self._current, 4 * self._unit, self._metre, self._key)
            voice.set_key(None, self._shift)
            voice.set_key(None, self._properties.get(self._current, fields.Shift()))
            voice.program = self._programs.get(self._current, self._program)
            self.voices[self._current] = voice
        while voice.seen < len(self._for_all) and self._for_all[voice.seen][0] <= voice.bars:
            _, other, name, text = self._for_all[voice.seen]
            voice.seen += 1
            if other is not voice:
                self._change(voice, name, text)
        voice.set_label(self._label)
        voice.is_drum = self._current in self._drums
        return voice

    def _field(self, name: str, text: str, alone: bool) -> None:
        """A field in the music, `alone` if it has a line of its own and so is meant for all voices."""
        if name == "V":
            if not text.startswith("*"):
                self._current = self._properties_of(text)
                if self._current in self.voices:
                    properties = self._properties[self._current]
                    self.voices[self._current].set_key(None, properties)
        elif name == "P":
            self._label = text
        elif name == "Q":
            self.tempo(text)
        elif name == "I":
            self.directive(text)
        elif name in "KLM":
            voice = self._voice()
            if alone:
                self._for_all.append((voice.bars, voice, name, text))
            self._change(voice, name, text)

    def _change(self, voice: Voice, name: str, text: str) -> None:
        if name == "K":
            voice.set_key(fields.parse_key(text), fields.parse_shift(text))
        elif name == "L":
            voice.unit = 4 * fields.parse_unit(text)
        else:
            voice.set_metre(fields.parse_metre(text))

    def _properties_of(self, text: str) -> str:
        """The name of a `V:` field, its properties noted."""
        name = (text.split() or [""])[0]
        known = self._properties.get(name, fields.Shift())
        self._properties[name] = fields.parse_shift(text).over(known)
        if _PERCUSSION.search(text):
            self._drums.add(name)
        if match := re.search(r"\bmidi program\s+(?:\d{1,2}\s+)?(\d{1,3})\b", text):
            self._programs[name] = min(int(match[1]), 127)
        return name

    def _token(self, token: re.Match) -> None:
        kind = token.lastgroup
        if kind == "note":
            self._voice().play([_written(token)], fields.parse_length(token["length"]))
        elif kind == "bar":
            self._voice().bar_line(token["signs"], ending_numbers(token["bar_numbers"] or ""))
        elif kind == "rest_length":
            self._rest(token["rest"], fields.parse_length(token["rest_length"]))
        elif kind == "broken":
            self._voice().break_rhythm(token["broken"])
        elif kind == "tie":
            self._voice().tie()
        elif kind == "tuplet":
            p, q, r = (fields.whole_number(n) if n else None for n in token.group("p", "q", "r"))
            self._voice().tuplet(p, q, r)
        elif kind == "field":
            self._field(token["name"], token["text"].strip(), alone=False)
        elif kind == "ending":
            if numbers := ending_numbers(token["numbers"] or token["words"] or ""):
                self._voice().ending(numbers)
        elif kind == "chord":
            self._chord(token["inside"], token["chord_length"])
        elif kind == "quoted":
            if figure := chord_figure(token["quotation"]):
                self._voice().chord_symbol(figure)
        elif kind == "plus":
            between = token["between"]
            if between not in _DYNAMICS and _CHORD_OF_NOTES.fullmatch(between):
                self._chord(between, "")
        elif kind == "overlay":
            self._voice().overlay()
        elif kind == "colon":
            self._voice().colon()

    def _rest(self, sign: str, length: Fraction) -> None:
        if sign in "ZX":
            self._voice().rest_bars(int(length))
        else:
            self._voice().play([], length)

    def _chord(self, inside: str, outside: str) -> None:
        """Notes in brackets: they last as written inside, times what is written after the bracket."""
        times = fields.parse_length(outside)
        notes: list[Written] = []
        for token in tokens(inside):
            if token.lastgroup == "note":
                step, octave, accidental, length, _ = _written(token)
                notes.append((step, octave, accidental, length * times, False))
            elif token.lastgroup == "tie" and notes:
                notes[-1] = (*notes[-1][:4], True)
            elif token.lastgroup == "quoted" and (figure := chord_figure(token["quotation"])):
                self._voice().chord_symbol(figure)
        if notes:
            self._voice().play(notes, notes[0][3])


def _written(token: re.Match) -> Written:
    step, marks = token["step"], token["octave"]
    octave = step.islower() + marks.count("'") - marks.count(",")
    accidental = fields.ACCIDENTALS.get(token["accidental"] or "")
    return step.upper(), octave, accidental, fields.parse_length(token["length"]), False


def read_lines(body: Body, lines: list[tuple[int, str]]) -> None:
    """Reads numbered lines into `body`, to the end of the tune: an empty line, after which is prose.

    Raises:
      UserError: with the reason and the line.
    """
    body.start()
    skipping = False
    for number, line in lines:
        if skipping or line.startswith("%%begin"):  # text and pictures for printing
            skipping = not line.startswith("%%end")
        elif not line.strip() and body.voices:
            return
        else:
            try:
                body.line(line)
            except UserError as error:
                raise UserError(f"{error} (line {number} of the tune)") from error
