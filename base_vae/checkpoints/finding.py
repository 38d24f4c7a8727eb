"""Finding a model's folder and looking into it, before anything of it is loaded and TensorFlow with it."""

import json
import os
from pathlib import Path

from base_vae.errors import UserError

CONFIG = "config.json"
BUNDLED_DIR = Path(__file__).parents[1] / "pretrained"


def bundled_models() -> list[str]:
    """Names of the models that come with the package."""
    return sorted(path.parent.name for path in BUNDLED_DIR.glob(f"*/{CONFIG}"))


def find_folder(name_or_path: str | os.PathLike) -> Path | None:
    """The folder of a bundled name, a model, run or Magenta.js folder; None if there is none."""
    path = Path(name_or_path).expanduser()
    candidates = (path, path / "model", BUNDLED_DIR / str(name_or_path))
    return next((found for found in candidates if (found / CONFIG).is_file()), None)


def find(name_or_path: str | os.PathLike) -> Path:
    """As `find_folder`. Raises UserError if there is none, listing the bundled names."""
    found = find_folder(name_or_path)
    if found:
        return found
    path = Path(name_or_path).expanduser()
    known = ", ".join(bundled_models()) or "none"
    if path.exists():
        raise UserError(
            f"{path} is not a model folder (it has no {CONFIG}), nor a checkpoint of the original "
            f"(bundled models: {known})"
        )
    raise UserError(
        f"no model is called {str(name_or_path)!r}, and there is no such folder; bundled models: {known}"
    )


def read_json(path: Path) -> dict:
    """The object in a JSON file of a model folder. Raises UserError if there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path.parent} is not a model folder: it has no {path.name}") from None
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON ({error})") from error
