"""Whatever files a person has, as distinct training examples and a report of what became of them."""

import collections
import dataclasses
import functools
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from note_seq.protobuf import music_pb2

from base_vae.converters import Extraction, MelodyConverter
from base_vae.data.musical_grid import split_at_metre_changes, to_musical_grid
from base_vae.data.read import MUSIC_SUFFIXES, Reading, read_file, readable_name
from base_vae.data.report import FileReport, Report
from base_vae.errors import UserError

_RESOURCE_FORKS = "__MACOSX"  # a copy of every file's name, without music, in archives made on a Mac
_REASONS_FOR_A_BOOK = 3
_METRE = re.compile(r"time signature (\d+/\d+)")


@dataclasses.dataclass(frozen=True)
class Collection:
    """Music as a model takes it.

    Attributes:
      sequences: the pieces that gave examples, on the musical grid.
      examples: distinct arrays in the order they were met, uint8 [examples, steps].
      sources: index in `sequences` of the first piece with each example, int64 [examples].
      report: what became of every file.
    """

    sequences: list[music_pb2.NoteSequence]
    examples: np.ndarray
    sources: np.ndarray
    report: Report


def collect(
    paths: str | Path | Iterable[str | Path], converter: MelodyConverter, recursive: bool = True
) -> Collection:
    """Reads files and folders of music and takes every distinct example out of them.

    Files are read in the order given, those of a folder sorted by name, each once. Hidden files are passed
    over. A file that cannot be used is named in the report and costs no other file anything.

    Args:
      paths: one or more files (MIDI, ABC, TFRecord of NoteSequences) or folders of them.
      converter: says what an example is.
      recursive: whether folders in folders are read too.

    Raises:
      UserError: if nothing can be used, with the report.
    """
    search = _Search(recursive)
    for path in [paths] if isinstance(paths, (str, Path)) else paths:
        search.add(Path(path).expanduser())
    readings = [
        (readable_name(path), functools.partial(_read, path, problem)) for path, problem in search.found
    ]
    return _assemble(readings, converter, search.not_music)


def collect_sequences(sequences: Iterable[music_pb2.NoteSequence], converter: MelodyConverter) -> Collection:
    """As `collect`, of NoteSequences: each is a piece. Raises UserError if nothing in them can be used."""

    def reading(sequence: music_pb2.NoteSequence) -> Reading:
        return Reading([to_musical_grid(sequence)], collections.Counter())

    readings = [
        (sequence.filename or f"sequence {i}", functools.partial(reading, sequence))
        for i, sequence in enumerate(sequences, 1)
    ]
    return _assemble(readings, converter)


def _read(path: Path, problem: str | None) -> Reading:
    if problem:
        raise UserError(problem)
    return read_file(path)


def _assemble(
    readings: Iterable[tuple[str, Callable[[], Reading]]], converter: MelodyConverter, not_music: int = 0
) -> Collection:
    """A collection of what each (name, reading function) gives; one that raises UserError is left out."""
    files: list[FileReport] = []
    rejected: collections.Counter = collections.Counter()
    sequences: list[music_pb2.NoteSequence] = []
    examples: dict[bytes, tuple[np.ndarray, int]] = {}  # a dict keeps its order
    for name, read in readings:
        try:
            reading = read()
        except UserError as error:
            files.append(FileReport(name, reason=str(error)))
            continue
        extractions = [_extract(sequence, converter) for sequence in reading.sequences]
        rejected += sum((extraction.rejected for extraction in extractions), reading.rejected)
        in_file = set()
        for sequence, extraction in zip(reading.sequences, extractions, strict=True):
            if len(extraction.examples):
                sequences.append(sequence)
            for example in extraction.examples:
                in_file.add(example.tobytes())
                examples.setdefault(example.tobytes(), (example, len(sequences) - 1))
        reason = None if in_file else _why_nothing(reading, extractions, converter)
        files.append(FileReport(name, len(reading.sequences), len(in_file), reason))
    report = Report(tuple(files), len(examples), rejected, not_music)
    if not examples:
        raise UserError(_nothing_usable(report))
    arrays, sources = zip(*examples.values(), strict=True)
    return Collection(sequences, np.stack(arrays), np.array(sources, np.int64), report)


class _Search:
    """The files to read, in order, each once.

    Attributes:
      found: files, each with what is wrong with it where it is not to be read.
      not_music: files in folders with other endings.
    """

    def __init__(self, recursive: bool):
        self.found: list[tuple[Path, str | None]] = []
        self.not_music = 0
        self._recursive = recursive
        self._known: set[str] = set()

    def add(self, path: Path) -> None:
        """Takes in a file, or a folder with what is in it."""
        if path.is_dir():
            before = len(self.found), self.not_music
            self._add_folder(path)
            if len(self.found) == before[0]:
                others = self.not_music - before[1]
                but = f"; the {others:,} in it end otherwise" if others else ""
                endings = ", ".join(MUSIC_SUFFIXES)
                self.found.append((path, f"no music file in this folder (those end in {endings}{but})"))
        elif not os.path.lexists(path):
            self.found.append((path, "there is no such file or folder"))
        else:  # one of another kind too: it was named, so what is wrong with it is said
            self._add_file(path)

    def _add_file(self, path: Path) -> None:
        real = os.path.realpath(path)
        if real not in self._known:
            self._known.add(real)
            self.found.append((path, None))

    def _add_folder(self, folder: Path) -> None:
        def unreadable(error: OSError) -> None:
            self.found.append((Path(error.filename), f"the folder cannot be read ({error.strerror})"))

        for parent, folders, names in os.walk(folder, onerror=unreadable):
            folders[:] = sorted(name for name in folders if self._recursive and _is_visible(name))
            for name in sorted(filter(_is_visible, names)):
                if Path(name).suffix.lower() in MUSIC_SUFFIXES:
                    self._add_file(Path(parent, name))
                else:
                    self.not_music += 1


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name != _RESOURCE_FORKS


def _extract(sequence: music_pb2.NoteSequence, converter: MelodyConverter) -> Extraction:
    """The examples of each stretch of one metre, in order."""
    if len(sequence.notes) < 2:  # a single long note has the length of an example, but nothing to learn
        return Extraction(np.zeros((0, converter.steps), np.uint8), collections.Counter())
    parts = [converter.extract(part) for part in split_at_metre_changes(sequence)]
    examples = np.concatenate([part.examples for part in parts])
    rejected = sum((part.rejected for part in parts), collections.Counter())
    return Extraction(examples[: converter.max_examples_per_sequence], rejected)


def _why_nothing(reading: Reading, extractions: list[Extraction], converter: MelodyConverter) -> str:
    """Why a file gave no example, in a sentence; for a book of tunes, the most frequent reasons."""
    reasons = collections.Counter(reading.rejected)
    for sequence, extraction in zip(reading.sequences, extractions, strict=True):
        reasons[_why_unused(sequence, extraction.rejected, converter)] += 1
    if reasons.total() == 1:
        return next(iter(reasons))
    frequent = (f"{reason} ({count:,})" for reason, count in reasons.most_common(_REASONS_FOR_A_BOOK))
    return f"none of its {reasons.total():,} pieces can be used: {', '.join(frequent)}"


def _why_unused(
    sequence: music_pb2.NoteSequence, rejected: collections.Counter, converter: MelodyConverter
) -> str:
    """Why one piece gave no example, from what the converter rejected and what is in it."""
    notes, bars = len(sequence.notes), converter.slice_bars
    if not notes:
        return "no notes in it"
    if notes == 1:
        return f"one note is too little: the model learns from melodies of {bars} bars"
    drums, foreign = rejected["drum note"], rejected["instrument that is not a melody's"]
    if drums == notes:
        return "only drums"
    if drums + foreign == notes:
        programs = ", ".join(map(str, sorted({n.program + 1 for n in sequence.notes if not n.is_drum})))
        allowed = f"{min(converter.programs) + 1} to {max(converter.programs) + 1}"
        return f"no instrument that counts as a melody's (General MIDI programs {programs}; {allowed} do)"
    metres = sorted({match[1] for reason in rejected if (match := _METRE.match(reason))})
    if metres:
        return f"time signature {' and '.join(metres)}; the model knows 4/4"
    quarters = sequence.total_time * sequence.tempos[0].qpm / 60.0
    if quarters < 4 * bars:
        return f"shorter than {bars} bars"
    if rejected[f"melody shorter than {bars} bars"]:
        return f"no melody of {bars} bars in it: rests of a bar or more cut it into shorter ones"
    return rejected.most_common(1)[0][0] if rejected else "nothing in it that the model can use"


def _nothing_usable(report: Report) -> str:
    if not report.files:
        return "no music was given: name MIDI or ABC files, or folders of them"
    if len(report.files) == 1:
        return f"{report.files[0].name}: {report.files[0].reason}"
    return f"no music that can be used\n{report}"
