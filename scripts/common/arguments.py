"""Checks of arguments before TensorFlow starts: nobody waits seconds for a misspelt folder."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from midime_scripts.common import command

from base_vae.checkpoints.finding import CONFIG, find, find_folder, read_json
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from base_vae.readers.sources import Source

_SMALL = 2**20  # bytes of a file that is read in no time
_MOST_TRIED = 20  # files, of which none can be read


def check_music(text: str, flag: str = "", limits: Limits = DEFAULT_LIMITS) -> None:
    """Raises UserError where nothing can be read of the files and folders in a flag's value.

    Args:
      text: the value.
      flag: the flag's name, for the message.
      limits: how large files and pieces may be.
    """
    from base_vae.readers.sources import find_sources

    sources, _ = find_sources(command.paths(text), limits=limits)
    problems = []
    for source in sources:
        problem = source.problem or _problem(source, limits)
        if not problem or len(problems) == _MOST_TRIED:
            return
        problems.append(f"{source.name}: {problem}")
    where = f"--{flag}: " if flag else ""
    if not problems:
        raise UserError(f"{where}no music was given: name MIDI, ABC or MusicXML files, or folders of them")
    raise UserError(where + "; ".join(problems))


def _problem(source: "Source", limits: Limits) -> str:
    """Why a file cannot be read, as far as that takes no time; empty where it can be, or may be."""
    from base_vae.readers.read import PassedOver, read_pieces
    from base_vae.readers.sources import SCORE_SUFFIXES

    try:
        if source.suffix not in SCORE_SUFFIXES or (
            source.member is None and os.path.getsize(source.path) > _SMALL
        ):
            if source.member is None and os.path.isfile(source.path):
                open(source.path, "rb").close()
            return ""
        found = list(read_pieces(source, limits=limits))
    except UserError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    passed_over = [piece.reason for piece in found if isinstance(piece, PassedOver)]
    return "; ".join(dict.fromkeys(passed_over)) if len(passed_over) == len(found) else ""


def check_config(name_or_file: str) -> None:
    """Raises UserError where there is no such preset or .toml file."""
    from base_vae.configs.toml_file import find_config

    find_config(name_or_file)


def check_model(source: str) -> None:
    """Raises UserError where there is no such base model, nor a file that may be one of the original's."""
    path = Path(source).expanduser()
    if find_folder(source) or path.is_file() or list(path.parent.glob(f"{path.name}.*")):
        return
    named = [index.stem.removeprefix("ckpt-") for index in path.parent.glob("ckpt-*.index")]
    if steps := sorted(int(name) for name in named if name.isdecimal()):
        raise UserError(f"there is no {path}: the run has the steps {', '.join(map(str, steps))}")
    if not (path.is_dir() and list(path.glob("*.index"))):
        find(source)  # raises the error that names what was looked for


def saved_folder(path: str) -> Path:
    """The model's folder in a model or run folder."""
    folder = Path(path).expanduser()
    return folder / "model" if (folder / "model").is_dir() else folder


def check_saved(path: str, moved_base: str | None = None) -> dict:
    """The settings of a saved model over a base; raises UserError where there is none, nor its base."""
    settings = read_json(saved_folder(path) / CONFIG)
    if moved_base:
        check_model(moved_base)
    return settings


def check_knobs(knobs: list[float] | None, settings: dict) -> None:
    """Raises UserError where a personal model's settings ask for another number of knobs."""
    hparams = settings.get("config", {}).get("hparams", {})
    size = hparams.get("encoded_z_size", hparams.get("z_size"))
    if knobs is not None and size is not None and len(knobs) != size:
        raise UserError(f"--knobs must be {size} numbers, one for each knob (received {len(knobs)})")


def check_output(folder: str) -> None:
    """Raises UserError where a folder for new files cannot be written to; makes nothing."""
    path = Path(folder).expanduser()
    parent = next(each for each in (path, *path.parents) if os.path.lexists(each))
    if not parent.is_dir():
        raise UserError(f"{folder}: cannot be written ({parent} is not a folder)")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UserError(f"{folder}: cannot be written (no permission to write to {parent})")
