"""Finding a model's folder and reading its plain files, without TensorFlow."""

import json
import os
from pathlib import Path
from typing import Any

from base_vae.errors import UserError, closest_first
from base_vae.files import as_path

CONFIG = "config.json"
_MOST_JSON_BYTES = 16 * 2**20
BUNDLED_DIR = Path(__file__).parents[1] / "pretrained"


def bundled_models() -> dict[str, str]:
    """The models that come with the package: a line on each, by name.

    >>> bundled_models()["mel_2bar"]
    'two bars of melody in 4/4: pop, folk dances, songs, game music, hymns'
    """
    folders = sorted(path.parent for path in BUNDLED_DIR.glob(f"*/{CONFIG}"))
    return {folder.name: str(read_json(folder / CONFIG).get("description", "")) for folder in folders}


def find_folder(name_or_path: str | os.PathLike) -> Path | None:
    """The folder of a bundled name, a model, run or Magenta.js folder; None if there is none."""
    path = as_path(name_or_path)
    candidates = (path, path / "model", BUNDLED_DIR / str(name_or_path))
    return next((found for found in candidates if (found / CONFIG).is_file()), None)


def find(name_or_path: str | os.PathLike) -> Path:
    """The folder of `find_folder`. Raises UserError if there is none, listing the bundled names."""
    found = find_folder(name_or_path)
    if found:
        return found
    path = as_path(name_or_path)
    names = closest_first(path.name, bundled_models())
    known = f"; bundled models: {', '.join(names)}" if names else ""
    if path.exists():
        raise UserError(
            f"{path} is not a model folder (it has no {CONFIG}), nor a checkpoint of the original{known}"
        )
    raise UserError(f"no model is called {str(name_or_path)!r}, and there is no such folder{known}")


def read_json(path: Path, kind: type = dict) -> Any:
    """Returns the object, or the value of another `kind` such as list, in a JSON file of a model folder.

    Raises:
      UserError: if the file is missing, too large or not JSON, or holds another kind of value.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise UserError(f"{path}: cannot be read (it is not a regular file)")
        if path.stat().st_size > _MOST_JSON_BYTES:
            raise UserError(f"{path} is refused: no such file has more than {_MOST_JSON_BYTES // 2**20} MB")
        values = json.loads(path.read_text(encoding="utf-8-sig"))  # editors put a mark first
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path.parent} is not a model folder: it has no {path.name}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise UserError(f"{path}: not valid JSON (nested too deeply)") from error
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path}: not valid JSON ({error})") from error
    if not isinstance(values, kind):
        expected = "a list" if kind is list else "an object"
        raise UserError(f"{path}: must hold {expected} (received {type(values).__name__})")
    return values
