"""Finding a model: a bundled name, a model folder, or the folder of a training run."""

import os
from pathlib import Path

from base_vae.checkpoints import folder
from base_vae.errors import UserError
from base_vae.inference import TrainedModel

BUNDLED_DIR = Path(__file__).parent / "pretrained"


def bundled_models() -> list[str]:
    """Names of the models that come with the package."""
    return sorted(path.parent.name for path in BUNDLED_DIR.glob(f"*/{folder.CONFIG}"))


def find(name_or_path: str | os.PathLike) -> Path:
    """The model folder that a bundled name, a model folder or a run folder stands for.

    Raises:
      UserError: if there is none, listing the bundled names.
    """
    path = Path(name_or_path).expanduser()
    for candidate in (path, path / "model", BUNDLED_DIR / str(name_or_path)):
        if (candidate / folder.CONFIG).is_file():
            return candidate
    known = ", ".join(bundled_models()) or "none"
    if path.exists():
        raise UserError(f"{path} is not a model folder: it has no {folder.CONFIG} (bundled models: {known})")
    raise UserError(
        f"no model is called {name_or_path!r}, and there is no such folder; bundled models: {known}"
    )


def load(name_or_path: str | os.PathLike) -> TrainedModel:
    """A trained model, ready to encode, decode and sample.

    Args:
      name_or_path: a bundled name such as "mel_2bar", a model folder, or a `music_vae_train` run folder.

    Raises:
      UserError: if it cannot be found or does not fit.
    """
    found = find(name_or_path)
    source = str(name_or_path) if found.parent == BUNDLED_DIR else str(found.resolve())
    return TrainedModel(*folder.load(found), source)
