"""Output files of the commands: their names, and the music in them."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def stamped(stem: str) -> str:
    """`stem` with the time in it, so that nothing older is overwritten."""
    return f"{stem}_{datetime.datetime.now():%Y-%m-%d_%H%M%S_%f}"[:-3]


def write_music(
    sequences: Sequence, folder: Path, stem: str, plot: bool, font: Path | None = None
) -> list[str]:
    """Writes NoteSequences to `folder` as numbered MIDI files; see `write_files`. Returns the names."""
    music = dict(zip(numbered(stem, len(sequences)), sequences, strict=True))
    return write_files(music, folder, stem, plot, font)


def write_files(
    music: Mapping[str, Any], folder: Path, stem: str, plot: bool, font: Path | None = None
) -> list[str]:
    """Writes NoteSequences to `folder` as MIDI files of these names; returns the names of all files.

    Args:
      music: NoteSequences by name.
      folder: gets the files.
      stem: of the name of the picture.
      plot: also write piano rolls of them.
      font: a sound font: also write each as sound, beside its MIDI file; see `audio_flags.font`.
    """
    from base_vae.music.midi_file import midi_bytes

    names = list(music)
    for name, sequence in music.items():
        (folder / name).write_bytes(midi_bytes(sequence))
    if font:
        from base_vae.music.audio import write_wav

        for name, sequence in music.items():
            names.append(str(Path(name).with_suffix(".wav")))
            write_wav(sequence, folder / names[-1], font)
    if plot:
        from base_vae.plots import piano_rolls

        names.append(f"{stem}.png")
        piano_rolls(list(music.values()), folder / names[-1], list(music))
    return names


def numbered(stem: str, n: int) -> list[str]:
    """Names of `n` MIDI files."""
    return [f"{stem}_{i:03d}-of-{n:03d}.mid" for i in range(1, n + 1)]
