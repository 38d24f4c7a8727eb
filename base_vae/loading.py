"""Finding a model: by bundled name, a model, run or Magenta.js folder, or a checkpoint of the original."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from base_vae.checkpoints import model_folder, run_checkpoints
from base_vae.checkpoints.architecture import architecture, architecture_of, differences, presets_like
from base_vae.checkpoints.finding import BUNDLED_DIR, find, find_folder
from base_vae.checkpoints.magenta import checkpoint
from base_vae.checkpoints.magenta.variables import load_variables
from base_vae.checkpoints.magenta_js import folder as magenta_js
from base_vae.checkpoints.names import fingerprint, named_weights
from base_vae.configs.config import Config
from base_vae.configs.presets import ALIASES, PRESETS, get_preset
from base_vae.configs.toml_file import find_config
from base_vae.errors import UserError
from base_vae.files import reading
from base_vae.model.layers.lstm import to_be_loaded
from base_vae.model.music_vae import MusicVAE
from base_vae.trained_model import TrainedModel


def load(name_or_path: str | os.PathLike, config: str | Config | None = None) -> TrainedModel:
    """A trained model, ready to encode, decode and sample.

    Args:
      name_or_path: a bundled name such as "mel_2bar", a model folder, a `music_vae_train` run folder, a
        folder for Magenta.js, a checkpoint of such a run (`run/train/ckpt-500`), or a checkpoint of the
        original: its tar, its prefix (`model.ckpt-123`) or its folder.
      config: what a checkpoint or a folder for Magenta.js is, a preset's name, a .toml file or a
        configuration; None goes by its name, its shapes and its `config.json`. A model folder has its own,
        which must be of this kind if it is given; see `require_config`.

    Raises:
      UserError: if it cannot be found or does not fit.

    >>> load("mel_2bar").config.converter.bars
    2
    >>> load("mel_2bat")
    Traceback (most recent call last):
    base_vae.errors.UserError: no model is called 'mel_2bat', and there is no such folder; bundled models: ...
    """
    asked = config
    if not isinstance(config, Config | None):
        config = find_config(config)
    found = find_folder(name_or_path)
    if found and not magenta_js.is_folder(found):
        own = model_folder.read_config(found)
        require_config(own, asked, name_or_path)
        source = str(name_or_path) if found.parent == BUNDLED_DIR else str(found.resolve())
        return TrainedModel(*model_folder.load(found), source, found)
    own_checkpoint = None if found else run_checkpoints.locate(name_or_path)
    if own_checkpoint:
        model, own = run_checkpoints.load(own_checkpoint)
        require_config(own, asked, name_or_path)
        return TrainedModel(model, own, str(own_checkpoint.resolve()))
    path = found or _find_checkpoint(name_or_path)
    variables = (magenta_js if found else checkpoint).read_variables(path)
    shapes = {name: value.shape for name, value in variables.items()}
    if not config:
        config = magenta_js.read_config(path, shapes) if found else _guess_config(path, shapes)
    with to_be_loaded():
        model = MusicVAE(config.hparams, config.converter.spaces)
    _assign(model, variables, path, config)
    return TrainedModel(model, config, str(path.resolve()), found)


def first_weights(source: str | os.PathLike, config: Config) -> Callable[[MusicVAE], None]:
    """Returns a function that sets the weights of a fresh model, for `training.train(first_weights=...)`.

    A warm start: the optimizer and the global step are not touched.

    Args:
      source: whatever `load` takes.
      config: the model that will be trained.

    Raises:
      UserError: here, before any music is read, or from the function returned: if the source cannot be
        found or read, or does not fit, naming every misfit and the hyperparameters that differ.
    """
    found = find_folder(source)
    own_checkpoint = None if found else run_checkpoints.locate(source)
    if found and not magenta_js.is_folder(found):
        theirs = architecture(model_folder.read_config(found))

        def assign(model: MusicVAE) -> None:
            weights = {name: w for name, w in named_weights(model).items() if w is not model.global_step}
            model_folder.read_weights(weights, found / model_folder.WEIGHTS, _compared(theirs, config))
    elif own_checkpoint:
        theirs = architecture(run_checkpoints.read_run_config(own_checkpoint.parent.parent))

        def assign(model: MusicVAE) -> None:
            _copy_weights(run_checkpoints.load(own_checkpoint)[0], model, _compared(theirs, config))
    else:
        path, reader = (found, magenta_js) if found else (_find_checkpoint(source), checkpoint)
        theirs = architecture_of(reader.read_shapes(path))

        def assign(model: MusicVAE) -> None:
            _assign(model, reader.read_variables(path), path, config)

    if differences(theirs, config):
        with to_be_loaded():
            assign(MusicVAE(config.hparams, config.converter.spaces))  # names every misfit
    return assign


def require_config(own: Config, config: str | Config | None, name: str | os.PathLike) -> None:
    """Checks that a model is of the kind that is expected.

    Args:
      own: the model's configuration.
      config: the expected one, a preset's name or a .toml file; None for any. By its name a model of other
        sizes is of the kind too, as one trained with `--hparams` is.
      name: of the model, for the message.

    Raises:
      UserError: if it is of another kind.
    """
    expected = find_config(config) if isinstance(config, str) else config
    if expected is None or (isinstance(config, str) and own.name == expected.name):
        return
    if misfits := differences(architecture(own), expected):
        raise UserError(f"{name} is of config {own.name}, not {expected.name}: {', '.join(misfits)}")


def describe_base(base: TrainedModel) -> dict[str, Any]:
    """Returns what the folder of a model over `base` keeps of it, as plain data."""
    return {"load": base.source, "config": base.config.to_dict(), "fingerprint": fingerprint(base.model)}


def find_base(path: Path, described: dict[str, Any], base: TrainedModel | None = None) -> TrainedModel:
    """Returns the base model that a folder was made with.

    Args:
      path: the folder, for messages.
      described: from `describe_base`.
      base: the model itself, where it has moved since; None loads it from where it was.

    Raises:
      UserError: if it cannot be found, or is another model now.
    """
    with reading(path / model_folder.CONFIG):
        source, known = str(described["load"]), described["fingerprint"]
        # A checkpoint of the original does not say itself what it is.
        config = Config.from_dict(described["config"]) if "config" in described else None
    if base is None:
        try:
            base = load(source, config)
        except UserError as error:
            raise UserError(f"cannot find the base model of {path}: {error}; name it with --base") from error
    if fingerprint(base.model) != known:
        raise UserError(f"{path} was made with another base model than {source} is now")
    return base


def _find_checkpoint(path: str | os.PathLike) -> Path:
    return checkpoint.locate(path) or find(path)  # which raises the error that names what was looked for


def _copy_weights(source: MusicVAE, model: MusicVAE, compared: str) -> None:
    """Copies all weights but the global step. Raises UserError if the models do not fit."""
    theirs, ours = named_weights(source), named_weights(model)
    if {name: weight.shape for name, weight in theirs.items()} != {n: w.shape for n, w in ours.items()}:
        raise UserError(f"the weights of the checkpoint do not fit {compared}")
    for name, weight in ours.items():
        if weight is not model.global_step:
            weight.assign(theirs[name])


def _assign(model: MusicVAE, variables: Mapping[str, np.ndarray], path: Path, config: Config) -> None:
    """Sets the weights of a model of `config`. Raises UserError if they do not fit, saying what would."""
    try:
        load_variables(model, variables)
    except UserError as error:
        theirs = architecture_of({name: value.shape for name, value in variables.items()})
        raise UserError(f"{path} was tried as {_compared(theirs, config)}: {error}") from error


def _compared(theirs: Mapping[str, Any], config: Config) -> str:
    """The name of `config`, for a message, with how another model differs and which presets that is like."""
    misfits = differences(theirs, config)
    if not misfits:
        return f"config {config.name}"
    like = presets_like(theirs)
    advice = f"; its shapes are those of config {' or '.join(like)}: take that" if like else ""
    return f"config {config.name} ({', '.join(misfits)}{advice})"


def _guess_config(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Config:
    """The preset that a checkpoint is of, by its shapes and by its file's name.

    Raises:
      UserError: if several fit, listing them, or none does.
    """
    theirs = architecture_of(shapes)
    like, named = presets_like(theirs), _named_preset(path.name)
    if named and not (like and differences(theirs, get_preset(named))):
        return get_preset(named)
    if len(like) == 1:
        return get_preset(like[0])
    if like:
        raise UserError(f"{path} fits several configs, {', '.join(like)}: name one with --config")
    seen = ", ".join(f"{name} {value}" for name, value in theirs.items())
    raise UserError(f"{path} fits no known config: name one with --config (its shapes: {seen})")


def _named_preset(name: str) -> str | None:
    """The preset that a file such as `cat-drums_2bar_small.lokl.tar` is named after."""
    found = [known for known in (*PRESETS, *ALIASES) if re.match(rf"{re.escape(known)}(?![\w-])", name)]
    return ALIASES.get(found[0], found[0]) if found else None
