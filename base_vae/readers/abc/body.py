"""The music of an ABC tune: lines of notes and fields, for one voice or several."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from base_vae.errors import UserError, shortened
from base_vae.music.chord_spellings import chord_figure
from base_vae.readers.abc import fields
from base_vae.readers.abc.jumps import jump_of
from base_vae.readers.abc.midi_directives import (
    Sound,
    accidentals_hold,
    add_to_drum_map,
    is_percussion,
    voice_of,
    why_not_heeded,
)
from base_vae.readers.abc.tokens import as_field, tokens, without_comment
from base_vae.readers.abc.voice import TuneSize, Voice, Written
from base_vae.readers.score.jumps import jump_in_words
from base_vae.readers.score.performance import FASTEST, SLOWEST
from base_vae.readers.score.score import Key, ending_numbers

_DYNAMICS = {"f", "ff", "fff", "ffff"}  # which could be chords in the old spelling +ff+
_CHORD_OF_NOTES = re.compile(r"(?:[_=^]*[A-Ga-g][,']*[\d/]*)+")

_ENDING_IN_WORDS = re.compile(r"(?i)\b(?:first|second|third|fourth|last|final|time|ending|i{1,3}|iv)\b")
_PLACES = "^_<>@"  # signs of a text for where it stands
_T = TypeVar("_T")

MACRO = "a macro (m:), whose signs are not replaced"

_LONGEST_INSTRUCTION = 200  # characters
_MOST_TAKEN_IN = 100_000  # fields of the whole tune, times voices
_MOST_VOICES = 200


class Body:
    """Reads the lines of a tune into voices.

    Attributes:
      voices: by name, in the order in which they were met.
      qpm: the tempo before the first note in quarters a minute, None where there is none.
      passed_over: what of the tune could not be read, in words.
    """

    def __init__(self, metre: tuple[int, int] | None, unit: Fraction | None, key: Key, shift: fields.Shift):
        """Starts with the header's fields; `unit` is in whole notes, None for the default."""
        self.voices: dict[str, Voice] = {}
        self.qpm: float | None = None
        self.passed_over: list[str] = []
        self._unit = unit or fields.default_unit(metre)
        self._metre, self._key, self._shift = metre, key, shift
        self._properties: dict[str, fields.Shift] = {}
        self._sound = Sound()  # of voices without instructions
        self._sounds: dict[str, Sound] = {}
        self._drum_map: dict[int, int] = {}
        self._accidentals_hold = "pitch"
        self._label = ""
        self._for_all: list[tuple[int, Voice, str, str]] = []  # fields with a line of their own, at a bar
        self._taken_in = 0
        self._size = TuneSize()
        self._current = ""
        self._first = ""
        self._unread, self._first_unread = 0, ""

    def declare(self, text: str) -> None:
        """A `V:` field of the header; instructions after it are for this voice."""
        self._current = self._properties_of(text)
        self._first = self._first or self._current

    def start(self) -> None:
        """The header is over: music that names no voice is for the first."""
        self._current = self._first

    def directive(self, text: str) -> None:
        """A `%%` or `I:` instruction; those that change pitches, programs or drums are heeded."""
        text = text.strip()[:_LONGEST_INSTRUCTION]
        add_to_drum_map(text, self._drum_map)
        self._accidentals_hold = accidentals_hold(text) or self._accidentals_hold
        if reason := why_not_heeded(text):
            self.passed_over.append(reason)
        name = voice_of(text)
        self._set_sound(self._current if name is None else name, lambda sound: sound.after(text))

    def percussion(self) -> None:
        """The clef of a key field is that of a drum kit."""
        self._set_sound(self._current, lambda sound: sound.of_voice("perc"))

    def _set_sound(self, name: str, change: Callable[[Sound], Sound]) -> None:
        if name in self.voices or name:
            self._sounds[name] = change(self._sounds.get(name, self._sound))
        else:
            self._sound = change(self._sound)

    def unread(self) -> list[str]:
        """A line about the signs that make no sense, or none."""
        if not self._unread:
            return []
        return [f"{self._unread:,} sign{'' if self._unread == 1 else 's'} passed over: {self._first_unread}"]

    def line(self, text: str, number: int) -> None:
        """A line of the tune's body, field or music, with its number. A sign that makes no sense is counted.

        Raises:
          UserError: with the reason, but not the place, if the tune is too large.
        """
        if text.startswith("%"):
            self.directive(text.lstrip("%"))
            return
        text = without_comment(text)
        if field := as_field(text):
            self._field(*field, alone=True)
        else:
            for token in tokens(text):
                try:
                    self._token(token)
                except fields.UnreadableError as error:
                    self._unread += 1
                    self._first_unread = self._first_unread or f"{error} (line {number} of the tune)"

    def tempo(self, text: str) -> None:
        """A `Q:` field; one without a number changes nothing."""
        qpm = fields.parse_tempo(text, self._unit)
        if qpm is None:
            return
        if not SLOWEST <= qpm <= FASTEST:
            possible = f"{SLOWEST:g} to {FASTEST:,g} quarters a minute"
            self.passed_over.append(f"Q:{shortened(text)} is no tempo of music ({possible})")
            return
        if self.voices:
            self._voice().tempo(qpm)
        else:
            self.qpm = qpm

    def _voice(self) -> Voice:
        """The current voice, up to date with the fields that hold for all voices."""
        voice = self.voices.get(self._current)
        if voice is None:
            if len(self.voices) == _MOST_VOICES:
                raise UserError(f"it has more than {_MOST_VOICES:,} voices")
            unit = 4 * self._unit
            voice = Voice(self._current, unit, self._metre, self._key, self._drum_map, self._size)
            voice.set_key(None, self._shift)
            voice.set_key(None, self._properties.get(self._current, fields.Shift()))
            self.voices[self._current] = voice
        while voice.seen < len(self._for_all) and self._for_all[voice.seen][0] <= voice.bars:
            _, other, name, text = self._for_all[voice.seen]
            voice.seen += 1
            if other is not voice:
                self._taken_in += 1
                if self._taken_in > _MOST_TAKEN_IN:
                    raise UserError("it has too many voices and fields for a tune")
                self._change(voice, name, text)
        voice.set_label(self._label)
        voice.sound = self._sounds.get(self._current, self._sound)
        voice.accidentals_hold = self._accidentals_hold
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
        elif name == "m":
            self.passed_over.append(MACRO)
        elif name in "KLM":
            voice = self._voice()
            if name == "K" and is_percussion(text):
                self.percussion()
            if alone:
                self._for_all.append((voice.bars, voice, name, text))
            self._change(voice, name, text)

    def _change(self, voice: Voice, name: str, text: str) -> None:
        if name == "K":
            voice.set_key(fields.parse_key(text), fields.parse_shift(text))
        elif name == "L":
            unit = or_passed_over(fields.parse_unit, text, self.passed_over)
            voice.unit = voice.unit if unit is None else 4 * unit
        else:
            voice.set_metre(or_passed_over(fields.parse_metre, text, self.passed_over))

    def _properties_of(self, text: str) -> str:
        """The name of a `V:` field, its properties noted."""
        name = (text.split() or [""])[0]
        known = self._properties.get(name, fields.Shift())
        self._properties[name] = fields.parse_shift(text).over(known)
        if len(self._properties) > _MOST_VOICES:
            raise UserError(f"it has more than {_MOST_VOICES:,} voices")
        self._set_sound(name, lambda sound: sound.of_voice(text))
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
            q, r = (fields.whole_number(n) if n else None for n in token.group("q", "r"))
            self._voice().tuplet(fields.whole_number(token["p"]), q, r)
        elif kind == "field":
            self._field(token["name"], token["text"].strip(), alone=False)
        elif kind == "ending":
            words = token["words"] or ""
            numbers = ending_numbers(token["numbers"] or words)
            if numbers or _ENDING_IN_WORDS.search(words):
                self._voice().ending(numbers)
        elif kind == "chord":
            self._chord(token["inside"], token["chord_length"])
        elif kind == "quoted":
            self._quoted(token["quotation"])
        elif kind == "plus":
            between = token["between"]
            if jump := jump_of(between):
                self._voice().jumps.add(jump)
            elif between not in _DYNAMICS and _CHORD_OF_NOTES.fullmatch(between):
                self._chord(between, "")
        elif kind in ("decoration", "short"):
            if jump := jump_of(token[0].strip("!")):
                self._voice().jumps.add(jump)
        elif kind == "overlay":
            self._voice().overlay()
        elif kind == "colon":
            self._voice().colon()

    def _quoted(self, text: str) -> None:
        """A chord symbol, or words over the notes, of which those that say where to go on are heeded."""
        if figure := chord_figure(text):
            self._voice().chord_symbol(figure)
        elif jump := jump_in_words(text.lstrip(_PLACES)):
            self._voice().jumps.add(jump)

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
            elif token.lastgroup == "quoted":
                self._quoted(token["quotation"])
        if notes:
            self._voice().play(notes, notes[0][3])


def or_passed_over(parse: Callable[[str], _T], text: str, passed_over: list[str]) -> _T | None:
    """Parses a field; None where that makes no sense, which is noted: the notes do not depend on it."""
    try:
        return parse(text)
    except UserError as error:
        passed_over.append(str(error))
        return None


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
    skipping = False
    for number, line in lines:
        if skipping or line.startswith("%%begin"):  # text and pictures for printing
            skipping = not line.startswith("%%end")
        elif not line.strip() and body.voices:
            return
        else:
            try:
                body.line(line, number)
            except UserError as error:
                raise UserError(f"{error} (line {number} of the tune)") from error
