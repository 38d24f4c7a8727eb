"""Reports on the files that were read, in words for the person whose files they are."""

import collections
import dataclasses
import json
from pathlib import Path
from typing import Any

from base_vae.files import atomic_file

# Longer lists are summed up, so that the report of 200 files is still read.
MOST_FILES_NAMED = 10
_MOST_REASONS = 8
_MOST_NAMES_FOR_A_REASON = 3


@dataclasses.dataclass(frozen=True, slots=True)  # there may be a hundred thousand of them
class FileReport:
    """The report on one file, or on a path at which nothing was found.

    Attributes:
      name: as the user would type it.
      sequences: pieces of music read from it.
      examples: training examples in them, those that other files have too included.
      reason: one sentence saying why it was left out; None where it was used.
      lost: number of things in it that were left out, for all reasons together.
    """

    name: str
    sequences: int = 0
    examples: int = 0
    reason: str | None = None
    lost: int = 0


@dataclasses.dataclass(frozen=True)
class Report:
    """The report on everything that was given.

    Attributes:
      files: in the order they were read.
      examples: distinct examples made of them.
      rejected: how often each reason kept music out, over all files.
      not_music: number of files in folders with the ending of something else.
      worst: the files that lost most, with their reasons.
      noun: the word for an example.
    """

    files: tuple[FileReport, ...]
    examples: int
    rejected: collections.Counter[str]
    not_music: int = 0
    worst: tuple[tuple[str, dict[str, int]], ...] = ()
    noun: str = "example"

    def __repr__(self) -> str:
        return f"<Report on {len(self.files)} files: {self.examples} {self.noun}s>"

    @property
    def pieces(self) -> int:
        """Pieces of music read."""
        return sum(file.sequences for file in self.files)

    @property
    def used(self) -> tuple[FileReport, ...]:
        """The files that gave examples, and shards that are empty."""
        return tuple(file for file in self.files if file.reason is None)

    @property
    def left_out(self) -> tuple[FileReport, ...]:
        """The files that gave none."""
        return tuple(file for file in self.files if file.reason is not None)

    def sentence(self) -> str:
        """A sentence on the songs: `Read 6 of 7 songs; left out: waltz.abc (it is in 3/4)`."""
        used, left_out = len(self.used), self.left_out
        total = used + len(left_out)
        if not left_out:
            return f"Read {_count(used, 'song')}"
        named = [f"{Path(file.name).name} ({file.reason})" for file in left_out[:_MOST_NAMES_FOR_A_REASON]]
        more = len(left_out) - len(named)
        named += [f"{more:,} more"] if more else []
        return f"Read {used:,} of {_count(total, 'song')}; left out: {', '.join(named)}"

    def lines(self) -> list[str]:
        """A short text: examples made, files used, files left out with their reasons, music left out."""
        used, left_out = self.used, self.left_out
        again = sum(file.examples for file in used) - self.examples
        repeated = f" ({again} more were repetitions between files)" if again else ""
        lines = [f"{_count(self.examples, self.noun)} from {_count(len(used), 'file')}{repeated}"]
        if len(used) <= MOST_FILES_NAMED:
            lines += [f"  {file.name}: {_describe(file, self.noun)}" for file in used]
        if left_out:
            lines.append(f"{_count(len(left_out), 'file')} left out")
            lines += [f"  {line}" for line in _reasons(left_out)]
        if self.not_music:
            lines.append(f"{_count(self.not_music, 'file')} of another kind passed over")
        if self.rejected:
            lines.append("Music left out: " + _sum_up(self.rejected))
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_json(self) -> dict[str, Any]:
        """The whole report as plain data."""
        return {
            "noun": self.noun,
            "examples": self.examples,
            "pieces": self.pieces,
            "files_used": len(self.used),
            "files_left_out": len(self.left_out),
            "files_of_another_kind": self.not_music,
            "rejected": dict(self.rejected.most_common()),
            "worst": [{"name": name, "rejected": reasons} for name, reasons in self.worst],
            "files": [dataclasses.asdict(file) for file in self.files],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Report":
        """The report that `to_json` described."""
        return cls(
            files=tuple(FileReport(**file) for file in values["files"]),
            examples=values["examples"],
            rejected=collections.Counter(values["rejected"]),
            not_music=values["files_of_another_kind"],
            worst=tuple((file["name"], file["rejected"]) for file in values["worst"]),
            noun=values["noun"],
        )

    def save(self, path: str | Path) -> None:
        """Writes the whole report as JSON."""
        with atomic_file(path) as new:
            new.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n", "utf-8")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _describe(file: FileReport, noun: str) -> str:
    pieces = f" from {file.sequences:,} pieces" if file.sequences > 1 else ""
    return _count(file.examples, noun) + pieces


def _reasons(files: tuple[FileReport, ...]) -> list[str]:
    """Each file with its reason, or each reason with some of its files where they are many."""
    if len(files) <= MOST_FILES_NAMED:
        return [f"{file.name}: {file.reason}" for file in files]
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(str(file.reason), []).append(file.name)
    by_size = sorted(names.items(), key=lambda item: -len(item[1]))
    lines = []
    for reason, some in by_size[:_MOST_REASONS]:
        more = len(some) - _MOST_NAMES_FOR_A_REASON
        listed = ", ".join(some[:_MOST_NAMES_FOR_A_REASON]) + (f" and {more:,} more" if more > 0 else "")
        lines.append(f"{reason}: {listed}")
    rest = by_size[_MOST_REASONS:]
    if rest:
        files_left = sum(len(some) for _, some in rest)
        lines.append(f"{_count(len(rest), 'other reason')}: {_count(files_left, 'file')}")
    return lines


def _sum_up(rejected: collections.Counter[str]) -> str:
    parts = [f"{reason} ({number:,})" for reason, number in rejected.most_common(_MOST_REASONS)]
    if len(rejected) > _MOST_REASONS:
        parts.append(_count(len(rejected) - _MOST_REASONS, "other reason"))
    return ", ".join(parts)
