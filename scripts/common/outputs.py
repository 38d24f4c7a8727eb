"""Output files of the commands: their names, the music in them, and how it was made."""

import functools
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from base_vae.files import names_in

_NOT_IN_NAMES = re.compile(r"[^\w.,+-]+")
_MODEL = "model"  # the folder in a run folder: the run's name says more


class Numbering:
    """Names like `reels_01` that no file in a folder begins with, so that nothing older is overwritten.

    The folder is looked at when the first name is taken, and files that another process is about to put there
    count too: take names only once the music is made.

    Args:
      folder: where the files will be; it need not be there yet.
      stem: of the names.
    """

    def __init__(self, folder: str | os.PathLike, stem: str):
        self.stem, self._folder, self._taken = stem, folder, 0

    @functools.cached_property
    def _first(self) -> int:
        taken = re.compile(rf"{re.escape(self.stem)}_(?:\d+-)?(\d+)(?!\d)")
        matches = filter(None, map(taken.match, names_in(self._folder)))
        return max((int(match[1]) + 1 for match in matches), default=1)

    def take(self, n: int) -> list[str]:
        """The next `n` names."""
        first = self._first + self._taken
        self._taken += n
        return [f"{self.stem}_{number:02d}" for number in range(first, first + n)]

    @property
    def all(self) -> str:
        """A name for what belongs to everything taken so far: `reels_01-05`."""
        last = max(self._first + self._taken - 1, self._first)
        return f"{self.stem}_{self._first:02d}" + (f"-{last:02d}" if last > self._first else "")


class Numberings:
    """A `Numbering` in one folder for each stem."""

    def __init__(self, folder: str | os.PathLike):
        """Takes the folder where the files will be."""
        self._folder = folder
        self._of: dict[str, Numbering] = {}

    def take(self, stem: str) -> str:
        """The next name of a stem."""
        (name,) = self._of.setdefault(stem, Numbering(self._folder, stem)).take(1)
        return name


def stem_of(*sources: str) -> str:
    """A name for what is made from files, folders, `examples:NAME` or a model: that of the first."""
    path = Path(sources[0].removeprefix("examples:")).expanduser()
    if path.name in ("", ".."):
        path = path.resolve()
    elif path.name == _MODEL:
        path = path.absolute().parent
    return _NOT_IN_NAMES.sub("_", path.name if path.is_dir() else path.stem).strip("_.") or "music"


def write_music(
    sequences: Sequence, folder: Path, numbering: Numbering, plot: bool, font: Path | None = None
) -> list[str]:
    """Writes NoteSequences to `folder` as numbered MIDI files; see `write_files`. Returns the names."""
    names = [f"{name}.mid" for name in numbering.take(len(sequences))]
    return write_files(dict(zip(names, sequences, strict=True)), folder, numbering.all, plot, font)


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


def write_report(folder: Path, stem: str, *parts: str) -> str:
    """Writes how music was made, in paragraphs, to `stem`.txt in `folder`; returns the name."""
    name = f"{stem}.txt"
    text = "\n\n".join(part.strip("\n") for part in parts if part)
    (folder / name).write_text(f"{text}\n", encoding="utf-8")
    return name


def made_by(program: str, values: flags.FlagValues, seed: int) -> str:
    """The seed, and the command line that makes the same music again."""
    given = (values[name] for name in values if name not in ("seed", "debug"))
    words = [word for flag in given if flag.present for word in flag.serialize().split("\n") if word]
    unique = list(dict.fromkeys(words))  # a flag with a short name is there twice
    return (
        f"Made with seed {seed}. To make the same again:\n\n    {program} {shlex.join(unique)} --seed={seed}"
    )
