"""The bundled bases that a person's music is for: melodies in 4/4, in 3/4 or 6/8, drums."""

import collections
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from midime_scripts.common.arguments import saved_folder

from base_vae.checkpoints.finding import BUNDLED_DIR, CONFIG, bundled_models
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from base_vae.data.collection import Collection
    from base_vae.data.extraction import FileExamples
    from base_vae.readers.sources import Source
    from base_vae.trained_model import TrainedModel

# Each takes what those before it leave: music in other metres than theirs, and files without melodies.
MELODIES, WALTZES, DRUMS = "mel_2bar", "mel_2bar_3beat", "drums_2bar_hikl"
_KINDS = {MELODIES: "in 4/4", WALTZES: "in 3/4 or 6/8", DRUMS: "of drums"}
_OTHER_METRE = "time signature"  # how a converter's reason begins
# A song in 4/4 may have a bar or two in 3/4: less than this share of all examples makes no model of its own.
_LEAST_SHARE = 0.25


class Choice(NamedTuple):
    """A bundled base and the music for it.

    Attributes:
      base: its name.
      files: number of files that it uses.
      paths: of the files, and of archives that hold some.
      collection: the examples in them, with a report.
    """

    base: str
    files: int
    paths: list[str]
    collection: "Collection"

    def __str__(self) -> str:
        return f"{self.files:,} file{'' if self.files == 1 else 's'} {_KINDS[self.base]}"


def choose(paths: list[str], limits: Limits = DEFAULT_LIMITS) -> list[Choice]:
    """The bundled bases for some music, the one that uses most of it first; a file may have music for two.

    What none can use is named in the first one's report.

    Args:
      paths: files and folders.
      limits: how large files and pieces may be.

    Raises:
      UserError: if nothing of it can be used, with the report.
    """
    from base_vae.data.collection import CollectionBuilder, built
    from base_vae.readers.sources import find_sources

    sources, not_music = find_sources(paths, limits=limits)
    found = _found(sources, limits)
    used = {base: {n for n, file in files.items() if len(file.examples)} for base, files in found.items()}
    bases = _worthwhile(found, used)
    unused = set(range(len(sources))) - {n for base in bases for n in used[base]}
    choices = []
    for base in bases:
        numbers = sorted(used[base] | (unused if base == bases[0] else set()))
        kept: list = []
        builder = CollectionBuilder(kept.append)
        for n in numbers:
            builder.add(found[base].get(n) or found[MELODIES][n])
        collection = built(builder, kept, not_music=not_music if base == bases[0] else 0)
        names = dict.fromkeys(sources[n].path for n in numbers)
        choices.append(Choice(base, len(used[base]), list(names), collection))
    return choices


def in_a_sentence(choices: "Sequence[Choice]") -> str:
    """Describes the music there is and the base for it."""
    parts = [f"{choice} (base {choice.base})" for choice in choices]
    return f"Your music: {', '.join(parts[:-1])}{' and ' if parts[1:] else ''}{parts[-1]}."


def would_use(choices: "Sequence[Choice]", base: str) -> list[str]:
    """A sentence for each choice but that of `base`."""
    return [f"{each} would be used by --base={each.base}" for each in choices if each.base != base]


def collect_or_suggest(base: "TrainedModel", paths: list[str], limits: Limits) -> "Collection":
    """The music as `base` takes it; prints which bundled base would take what it leaves out.

    Raises:
      UserError: if nothing can be used, with the report and what bundled bases would take.
    """
    try:
        collection = base.collect(paths, limits=limits)
    except UserError as error:
        try:
            others = would_use(choose(paths, limits), base.source)
        except UserError:
            others = []
        raise UserError("; ".join([str(error), *others])) from error
    report = collection.report
    if report.left_out or _has_other_metre(report.rejected):
        for sentence in would_use(choose(paths, limits), base.source):
            print(sentence, flush=True)
    return collection


def saved_models(path: str) -> list[Path]:
    """The folder of a saved personal model, or of each in a folder of several."""
    folder = saved_folder(path)
    several = [] if (folder / CONFIG).exists() else sorted(each.parent for each in folder.glob(f"*/{CONFIG}"))
    return several or [folder]


def _found(sources: "Sequence[Source]", limits: Limits) -> "dict[str, dict[int, FileExamples]]":
    """The examples of each file, by its number, for each base that might use it."""
    from base_vae.checkpoints.model_folder import read_config
    from base_vae.converters import without_limits
    from base_vae.data.extraction import extract_sources

    found: dict[str, dict[int, FileExamples]] = {}
    for base in _KINDS:
        if base not in bundled_models():
            continue
        left = list(range(len(sources)))
        if base == WALTZES:
            left = [n for n in left if _has_other_metre(found[MELODIES][n].rejected)]
        elif base == DRUMS:
            taken = {n for files in found.values() for n, file in files.items() if len(file.examples)}
            left = [n for n in left if n not in taken]
        converter = without_limits(read_config(BUNDLED_DIR / base).converter.in_use)
        files = extract_sources([sources[n] for n in left], converter, limits=limits)
        found[base] = dict(zip(left, files, strict=True))
    return found


def _has_other_metre(reasons: "Iterable[str]") -> bool:
    return any(reason.startswith(_OTHER_METRE) for reason in reasons)


def _worthwhile(found: "dict[str, dict[int, FileExamples]]", used: dict[str, set[int]]) -> list[str]:
    """Bases that use a file which no other uses, or much of the music; most files first."""
    examples = {base: sum(len(file.examples) for file in files.values()) for base, files in found.items()}
    users = collections.Counter(n for files in used.values() for n in files)
    least = _LEAST_SHARE * sum(examples.values())
    kept = [
        base
        for base, files in used.items()
        if files and (examples[base] >= least or any(users[n] == 1 for n in files))
    ]
    return sorted(kept, key=lambda base: (-len(used[base]), -examples[base])) or [MELODIES]
