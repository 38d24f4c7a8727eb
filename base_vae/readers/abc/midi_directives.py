"""`%%MIDI`, `%%percmap` and other instructions of abc2midi and abcjs, as far as they change the notes."""

import dataclasses
import re

from base_vae.errors import shortened
from base_vae.music.general_midi import DRUM_NAMES

_DRUM_CHANNEL = 10  # counted from 1
_HIGHEST = 127
_MOST_PLACES = 1_000  # in a drum map

_DRUMS = {name.lower().replace(" ", "-"): pitch for pitch, name in DRUM_NAMES.items()}  # as abcjs has them
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"": 0, "^": 1, "^^": 2, "=": 0, "_": -1, "__": -2}
_NOTE = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']{0,9})")
_DRUM_PLACE = re.compile(r"(?:MIDI[\s=]+drummap|percmap)\s+(\S{1,12})\s+(\S{1,30})")
_NUMBER = re.compile(r"MIDI[\s=]+(channel|program|r?transpose|c)\s+(?:\d{1,2}\s+)?([+-]?\d{1,3})\b")
_ACCIDENTALS = re.compile(r"propagate-accidentals\s+(not|octave|pitch)\b|MIDI[\s=]+(no)?barlines\b")
_VOICE = re.compile(r"MIDI[\s=]+voice\b")
_INSTRUMENT = re.compile(r"\binstrument=(\d{1,3})\b")


@dataclasses.dataclass(frozen=True)
class Sound:
    """How the notes of a voice sound.

    Attributes:
      program: General MIDI program, counted from 0.
      is_drum: whether they are hits of a drum kit.
      is_mute: whether they do not sound at all.
      semitones: by which they sound higher than written; drums do not.
      middle: of middle C; `semitones` come on top.
    """

    program: int = 0
    is_drum: bool = False
    is_mute: bool = False
    semitones: int = 0
    middle: int = 60

    def pitch(self, pitch: int, drum_map: dict[int, int]) -> int:
        """The pitch that sounds where `pitch` is written."""
        if self.is_drum:
            return drum_map.get(pitch, pitch)
        return pitch + self.semitones + self.middle - 60

    def after(self, instruction: str) -> "Sound":
        """How they sound after an instruction, given without its `%%`; the same after one of another kind."""
        if found := _NUMBER.match(instruction):
            what, number = found[1], int(found[2])
            if what == "channel":
                return dataclasses.replace(self, is_drum=number == _DRUM_CHANNEL)
            if what == "program":
                return dataclasses.replace(self, program=number) if 0 <= number <= _HIGHEST else self
            if what == "c":
                return dataclasses.replace(self, middle=number)
            before = self.semitones if what == "rtranspose" else 0
            return dataclasses.replace(self, semitones=before + number)
        if _VOICE.match(instruction):
            return self.of_voice(instruction)
        return self

    def of_voice(self, properties: str) -> "Sound":
        """How they sound by the properties of a voice, as in `V:1 clef=perc` or `%%MIDI voice mute`."""
        sound = self
        if is_percussion(properties):
            sound = dataclasses.replace(sound, is_drum=True)
        if re.search(r"\bMIDI\b.*\bmute\b", properties):
            sound = dataclasses.replace(sound, is_mute=True)
        if found := _INSTRUMENT.search(properties):
            sound = dataclasses.replace(sound, program=min(max(int(found[1]) - 1, 0), _HIGHEST))
        if found := re.search(r"\bmidi program\s+(?:\d{1,2}\s+)?(\d{1,3})\b", properties):
            sound = dataclasses.replace(sound, program=min(int(found[1]), _HIGHEST))
        return sound


def is_percussion(properties: str) -> bool:
    """Whether the clef in the properties of a voice or key is that of a drum kit."""
    return bool(re.search(r"\bperc(?:ussion)?\b", properties))


def accidentals_hold(instruction: str) -> str | None:
    """How far an instruction lets accidentals hold; None for other instructions.

    Returns:
      "not" for their own note alone, "octave" for the same pitch within the bar, "pitch" in all octaves.
    """
    found = _ACCIDENTALS.match(instruction)
    if not found:
        return None
    return found[1] or ("not" if found[2] else "pitch")


def why_not_heeded(instruction: str) -> str:
    """Why an instruction is not heeded that would change what sounds; empty for all others."""
    if re.match(r"MIDI[\s=]+drum(?:on)?\b", instruction):
        return "a drum pattern (%%MIDI drum), which is no part of the tune"
    found = _NUMBER.match(instruction)
    if found and found[1] == "program" and not 0 <= int(found[2]) <= _HIGHEST:
        return f"%%MIDI program {found[2]} (0 to {_HIGHEST} are possible)"
    found = _DRUM_PLACE.match(instruction)
    if found and (_drum(found[2]) is None or not _NOTE.fullmatch(found[1])):
        return f"%%{shortened(instruction)}, which names no note or no drum"
    return ""


def _drum(text: str) -> int | None:
    """The pitch of a drum by its number or its name; None where there is no such drum."""
    number = int(text) if text.isascii() and text.isdigit() else _DRUMS.get(text.lower(), -1)
    return number if 0 <= number <= _HIGHEST else None


def voice_of(instruction: str) -> str | None:
    """The voice that a `MIDI voice` instruction names; None where it is for the current one."""
    found = re.match(r"MIDI[\s=]+voice\s+(\S+)", instruction)
    return found[1] if found and "=" not in found[1] and found[1] != "mute" else None


def add_to_drum_map(instruction: str, drum_map: dict[int, int]) -> None:
    """Takes in a `drummap` or `percmap` instruction: the pitch of a note as written, and the drum's."""
    found = _DRUM_PLACE.match(instruction)
    note = _NOTE.fullmatch(found[1]) if found else None
    if not found or not note or len(drum_map) >= _MOST_PLACES:
        return
    sign, step, marks = note.groups()
    octave = step.islower() + marks.count("'") - marks.count(",")
    if (drum := _drum(found[2])) is not None:
        drum_map[60 + _STEPS[step.upper()] + 12 * octave + _SIGNS[sign or ""]] = drum
