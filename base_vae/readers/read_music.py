"""Reads everything that files, folders and archives of music hold, as the files describe it."""

import collections
import dataclasses
import os
from collections.abc import Iterable

from base_vae.arguments import checked
from base_vae.errors import UserError, shortened
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import PassedOver, read_note_sequences
from base_vae.readers.sources import EXAMPLES_SUFFIX, find_sources

_LONGEST_NAME = 300  # characters of a path that are shown
_MOST_FILES_NAMED = 20


@dataclasses.dataclass(frozen=True)
class ReadFile:
    """The outcome for one file, or of a path at which there is none.

    Attributes:
      name: as the user would type it, in an archive after the archive's.
      sequences: number of pieces read from it.
      passed_over: how often each reason kept a piece, or a part of one, out.
    """

    name: str
    sequences: int
    passed_over: dict[str, int]


@dataclasses.dataclass(frozen=True)
class ReadingReport:
    """A report of what was read and left out, in the order of the files.

    Attributes:
      files: each with its reasons.
      not_music: number of files in folders and archives with other endings.
    """

    files: tuple[ReadFile, ...]
    not_music: int = 0

    def __repr__(self) -> str:
        return f"<ReadingReport on {_count(len(self.files), 'file')}>"

    @property
    def passed_over(self) -> dict[str, int]:
        """How often each reason kept something out, over all files."""
        return dict(
            sum((collections.Counter(file.passed_over) for file in self.files), collections.Counter())
        )

    def __str__(self) -> str:
        count = sum(file.sequences for file in self.files)
        used = sum(file.sequences > 0 for file in self.files)
        lines = [f"{_count(count, 'piece')} from {_count(used, 'file')}"]
        incomplete = [file for file in self.files if file.passed_over]
        for file in incomplete[:_MOST_FILES_NAMED]:
            reasons = (f"{reason} ({n:,})" if n > 1 else reason for reason, n in file.passed_over.items())
            lines.append(f"  {shortened(file.name, _LONGEST_NAME)}: {'; '.join(reasons)}")
        if len(incomplete) > _MOST_FILES_NAMED:
            lines.append(
                f"  and {_count(len(incomplete) - _MOST_FILES_NAMED, 'more file')} with parts left out"
            )
        if self.not_music:
            lines.append(f"{_count(self.not_music, 'file')} of another kind passed over")
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class ReadMusic:
    """Music as files describe it.

    Attributes:
      sequences: NoteSequences in seconds, in the order of the files; each has its tempos, time and key
        signatures, chord symbols (text annotations), programs and drums, and its file's name.
      report: what became of every file.
    """

    sequences: list[NoteSequence]
    report: ReadingReport

    def __repr__(self) -> str:
        return (
            f"<ReadMusic: {_count(len(self.sequences), 'piece')}, {_count(len(self.report.files), 'file')}>"
        )


@checked
def read_music(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> ReadMusic:
    r"""Reads files, folders and archives of music: MIDI, ABC, MusicXML and TFRecords of NoteSequences.

    What is read stays as written: tempo changes, pickups and metres of any kind; repeats, variant
    endings and jumps of scores are played out. (`TrainedModel.collect` puts music into bars of 4/4.) A piece
    or a part that cannot be read is named in the report, and costs nothing else.

    Args:
      paths: one or more files, folders, patterns with `*` and `?`, or sharded names like `x.tfrecord@10`.
      recursive: whether folders in folders are read too.
      limits: how large files and pieces may be.

    Raises:
      UserError: if nothing can be read, with the report.

    Examples:
      >>> import pathlib, tempfile, base_vae
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     path = pathlib.Path(folder, "tune.abc")
      ...     _ = path.write_text("X:1\nM:3/4\nL:1/4\nQ:1/4=90\nK:G\nGAB|c2d|\n")
      ...     music = base_vae.read_music(path)
      >>> [note.pitch for note in music.sequences[0].notes]
      [67, 69, 71, 72, 74]
      >>> music.sequences[0].tempos[0].qpm
      90.0
      >>> print(music.report)
      1 piece from 1 file
    """
    sources, not_music = find_sources(paths, recursive=recursive, limits=limits)
    sequences: list[NoteSequence] = []
    files: list[ReadFile] = []
    for source in sources:
        before = len(sequences)
        passed_over: collections.Counter[str] = collections.Counter()
        try:
            if source.suffix == EXAMPLES_SUFFIX and not source.problem:
                raise UserError("it holds a model's examples, not music")
            for music in read_note_sequences(source, limits=limits, as_written=True):
                if isinstance(music, PassedOver):
                    passed_over[music.reason] += 1
                else:
                    sequences.append(music)
        except UserError as error:
            passed_over[str(error)] += 1
        if len(sequences) == before and not passed_over:
            passed_over["no music in it"] += 1
        files.append(ReadFile(source.name, len(sequences) - before, dict(passed_over)))
    report = ReadingReport(tuple(files), not_music)
    if not sequences:
        raise UserError(_nothing_read(report))
    return ReadMusic(sequences, report)


def _nothing_read(report: ReadingReport) -> str:
    if not report.files:
        return "no music was given: name MIDI, ABC or MusicXML files, or folders of them"
    if len(report.files) == 1:
        (file,) = report.files
        return f"{shortened(file.name, _LONGEST_NAME)}: {'; '.join(list(file.passed_over)[:3])}"
    return f"no music that can be read\n{report}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
