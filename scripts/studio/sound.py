"""The notes of instruments as FluidSynth plays them, which the page puts its music together of."""

import functools
import io
import wave
from typing import Any, NamedTuple

from base_vae.errors import UserError
from base_vae.music.audio import SAMPLE_RATE, load_fluidsynth, render
from base_vae.music.note_sequence import NoteSequence

DRUMS = 128  # as a number of an instrument, after the 128 of General MIDI
_VELOCITY = 100


class _Layout(NamedTuple):
    """Notes one after the other.

    Attributes:
      pitches: in order.
      seconds: from one to the next.
      sounds: seconds that a note is held.
    """

    pitches: range
    seconds: float
    sounds: float


_KEYS = _Layout(range(24, 108, 4), 4.0, 3.4)  # the notes between are played a little faster or slower
_PERCUSSION = _Layout(range(35, 82), 1.5, 1.0)


def engine() -> dict[str, Any]:
    """The engine that makes the sound, for the page, and the layout of `samples`."""
    try:
        load_fluidsynth()
    except UserError as error:
        return {"fluidsynth": False, "why": str(error)}
    return {"fluidsynth": True, "why": "", "keys": _about(_KEYS), "percussion": _about(_PERCUSSION)}


def _about(layout: _Layout) -> dict[str, Any]:
    pitches = layout.pitches
    return {
        "first": pitches.start,
        "step": pitches.step,
        "count": len(pitches),
        "seconds": layout.seconds,
    }


@functools.lru_cache(maxsize=12)  # 7 MB each
def samples(program: int) -> bytes:
    """A WAV file, 16 bits and mono, of an instrument's notes at equal distances.

    Args:
      program: number in General MIDI, from 0, or `DRUMS`.

    Raises:
      UserError: if there is no FluidSynth.
    """
    drums = program == DRUMS
    pitches, seconds, sounds = _PERCUSSION if drums else _KEYS
    sequence = NoteSequence(total_time=len(pitches) * seconds)
    for number, pitch in enumerate(pitches):
        sequence.notes.add(
            pitch=pitch,
            velocity=_VELOCITY,
            start_time=number * seconds,
            end_time=number * seconds + sounds,
            program=0 if drums else program,
            is_drum=drums,
        )
    stereo = render(sequence)[: round(len(pitches) * seconds * SAMPLE_RATE)]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(stereo.mean(axis=1).astype("<i2").tobytes())
    return file.getvalue()
