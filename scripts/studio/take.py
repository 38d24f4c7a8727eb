"""Music to take away: MIDI, sound, ABC, and many pieces in one archive."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from midime_scripts.studio.notes import Music

from base_vae.errors import UserError
from base_vae.music.abc_text import to_abc
from base_vae.music.midi_file import midi_bytes
from base_vae.music.note_sequence import without_drums

MOST_PIECES = 200


def midi(music: Music) -> bytes:
    """A MIDI file."""
    return midi_bytes(music.sequence)


def wav(music: Music) -> bytes:
    """A WAV file. Raises UserError where there is no FluidSynth."""
    from base_vae.music.audio import write_wav

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "music.wav"
        write_wav(music.sequence, path)
        return path.read_bytes()


def abc(music: Music) -> bytes:
    """A tune in ABC, without the drums under it. Raises UserError if it is no melody."""
    tune = without_drums(music.sequence)
    return to_abc(tune if tune.notes else music.sequence, music.title).encode()


# What a piece can become: how, and what kind of file that is.
FORMATS: dict[str, tuple[Callable[[Music], bytes], str]] = {
    "mid": (midi, "audio/midi"),
    "wav": (wav, "audio/wav"),
    "abc": (abc, "text/vnd.abc"),
}


def archive(pieces: Sequence[Music]) -> bytes:
    """A .zip archive of pieces, each as MIDI, and as ABC where it is a melody."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for number, music in enumerate(pieces, 1):
            name = f"{number:02d}_{_file_name(music.title)}"
            zipped.writestr(f"{name}.mid", midi(music))
            try:
                zipped.writestr(f"{name}.abc", abc(music))
            except UserError:
                continue  # drums, or several voices
    return packed.getvalue()


def _file_name(title: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_")[:40] or "piece"
