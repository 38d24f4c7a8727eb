"""Output files of the commands: folders, names, and files that appear whole."""

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from base_vae.errors import UserError


def make_folder(folder: str | os.PathLike) -> Path:
    """Makes a folder if need be. Raises UserError if that, or writing there, is not allowed."""
    folder = Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from error
    return folder


@contextmanager
def atomic_outputs(folder: str | os.PathLike) -> Iterator[Path]:
    """A temporary folder whose files move to `folder` when the block ends without an error.

    Where it ends with one, folders that were made for it go away again.

    Raises:
      UserError: at once, if `folder` cannot be written to.
    """
    folder = Path(folder).expanduser()
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    folder = make_folder(folder)
    temporary = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        yield temporary
        for file in sorted(temporary.iterdir()):
            file.rename(folder / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):  # what is not empty stays, and so do the folders above it
            for each in new:
                each.rmdir()


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
      font: a sound font: also write each as sound, beside its MIDI file; see `_audio.font`.
    """
    from base_vae.music.midi_file import write_midi

    names = list(music)
    for name, sequence in music.items():
        write_midi(sequence, folder / name)
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
