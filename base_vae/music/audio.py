"""NoteSequences as sound: FluidSynth plays them, a WAV file keeps them."""

import importlib
import importlib.util
import itertools
import os
import wave
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from base_vae.errors import UserError
from base_vae.files import as_path
from base_vae.music.note_sequence import NoteSequence

SAMPLE_RATE = 44_100
_PEAK = 0.9  # of what 16 bits hold: every piece is as loud as the next
_DITHER = 8
_RELEASE = 1.5  # seconds that are left to die away
_DRUM_CHANNEL, _DRUM_BANK, _CHANNELS = 9, 128, 16


def sound_font(path: str | os.PathLike | None = None) -> Path:
    """The sound font at `path`; for None the General MIDI one that comes with pretty_midi (TimGM6mb, 6 MB).

    Raises:
      UserError: if there is no such file, or it is something else.
    """
    font = as_path(path) if path else _general_midi_font()
    if not font.is_file():
        raise UserError(f"there is no sound font {font} (a file that ends in .sf2 or .sf3)")
    with open(font, "rb") as file:
        head = file.read(12)
    if head[:4] + head[8:] != b"RIFFsfbk":
        raise UserError(f"{font} is not a sound font (.sf2 or .sf3)")
    return font


def _general_midi_font() -> Path:
    package = importlib.util.find_spec("pretty_midi")  # found, not imported: only its data are of use here
    if package is None or package.origin is None:
        raise UserError("there is no sound font: name one, or pip install pretty_midi, which has one")
    return Path(package.origin).with_name("TimGM6mb.sf2")


def load_fluidsynth() -> ModuleType:
    """The module `fluidsynth`. Raises UserError, with what to install, where it cannot play."""
    try:
        return importlib.import_module("fluidsynth")
    except ModuleNotFoundError as error:
        raise UserError("sound needs pyfluidsynth: pip install pyfluidsynth") from error
    except (ImportError, OSError) as error:  # pyfluidsynth looks for the library on import
        raise UserError(
            "sound needs the FluidSynth library: apt install libfluidsynth3 (Debian, Ubuntu), "
            "brew install fluid-synth (macOS)"
        ) from error


def render(
    sequence: NoteSequence, font: str | os.PathLike | None = None, sample_rate: int = SAMPLE_RATE
) -> np.ndarray:
    """The sound of a NoteSequence, int16 [samples, 2], until the last note has died away.

    The same music gives the same samples.

    Args:
      sequence: notes in seconds, with programs and drums of General MIDI.
      font: a sound font (.sf2, .sf3); None takes the one that is at hand.
      sample_rate: samples a second.

    Raises:
      UserError: if FluidSynth is missing or the font cannot be used.
    """
    fluidsynth = load_fluidsynth()
    font = sound_font(font)
    voices = sorted({_voice(note) for note in sequence.notes})
    sixteens = 1 + len(voices) // (_CHANNELS - 1)
    synth = fluidsynth.Synth(samplerate=sample_rate, channels=sixteens * _CHANNELS)
    try:
        loaded = synth.sfload(str(font))
        if loaded < 0:
            raise UserError(f"FluidSynth cannot read the sound font {font}: it is damaged")
        channels = _channels(voices)
        for (_, program, is_drum), channel in channels.items():
            synth.program_select(channel, loaded, *((_DRUM_BANK, 0) if is_drum else (0, program)))
        return _loud(_play(synth, channels, sequence, sample_rate))
    finally:
        synth.delete()


def write_wav(sequence: NoteSequence, path: str | os.PathLike, font: str | os.PathLike | None = None) -> None:
    """Writes the sound of a NoteSequence as a WAV file: 16 bits, 44.1 kHz, stereo. See `render`."""
    samples = render(sequence, font)
    with wave.open(os.fspath(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def _voice(note: NoteSequence.Note) -> tuple[int, int, bool]:
    return (0, 0, True) if note.is_drum else (note.instrument, note.program, False)


def _channels(voices: list[tuple[int, int, bool]]) -> dict[tuple[int, int, bool], int]:
    """A MIDI channel for each voice; every tenth of sixteen is for drums."""
    free = (channel for channel in itertools.count() if channel % _CHANNELS != _DRUM_CHANNEL)
    return {voice: _DRUM_CHANNEL if voice[2] else next(free) for voice in voices}


def _play(
    synth: Any, channels: dict[tuple[int, int, bool], int], sequence: NoteSequence, sample_rate: int
) -> np.ndarray:
    """The sound, int16 [samples, 2]."""
    events = []
    for note in sequence.notes:
        if note.velocity and note.end_time > note.start_time:
            channel = channels[_voice(note)]
            # Of what happens at one moment, ends come first: a repeated note begins anew.
            events.append((round(note.start_time * sample_rate), 1, channel, note.pitch, note.velocity))
            events.append((round(note.end_time * sample_rate), 0, channel, note.pitch, 0))
    end = max([sequence.total_time, *(note.end_time for note in sequence.notes)])
    events.append((round((end + _RELEASE) * sample_rate), 0, 0, 0, 0))
    parts, now = [], 0
    for time, begins, channel, pitch, velocity in sorted(events):
        if time > now:
            parts.append(synth.get_samples(time - now))
        now = time
        if begins:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    return np.concatenate(parts).reshape(-1, 2)


def _loud(samples: np.ndarray) -> np.ndarray:
    """The same at full volume; silence, which the synthesizer dithers, stays silence."""
    peak = np.abs(samples.astype(np.int32)).max(initial=0)
    factor = _PEAK * np.iinfo(np.int16).max / peak if peak > _DITHER else 0.0
    return np.round(samples * factor).astype(np.int16)
