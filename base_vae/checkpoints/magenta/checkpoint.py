"""Checkpoints of the original, which are TensorFlow 1's: finding, reading and writing them.

A checkpoint is two or more files that share a prefix, `model.ckpt-123.index` and
`model.ckpt-123.data-00000-of-00001`; the published ones come as a tar of them. Beside the model's variables
there may be the optimizer's (`kernel/Adam`), moving averages and cuDNN's own copy of an LSTM
(`opaque_kernel`): they are passed over.
"""

import glob
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from base_vae.checkpoints.magenta import archive
from base_vae.checkpoints.magenta.variables import to_original
from base_vae.errors import UserError
from base_vae.files import as_path, refuse_existing
from base_vae.model.music_vae import MusicVAE

_PARTS = ("kernel", "bias", "w_enc", "w_dec_t")  # what a MusicVAE's variables end with
_ARCHIVES = (".tar", ".tgz", ".gz", ".bz2", ".xz")
# What cuDNN's own saver of TensorFlow 1 calls an LSTM. The original overrode that with its usual name.
_CUDNN_CELL = "/cudnn_compatible_lstm_cell/"


def locate(path: str | os.PathLike) -> Path | None:
    """The tar file, or the prefix of a checkpoint's files, that `path` stands for; None if it is neither.

    Args:
      path: a tar file; a prefix such as `model.ckpt-123`, or one of its files; or a folder of checkpoints,
        which stands for the one that its file `checkpoint` names, or else the newest.

    Raises:
      UserError: for a folder of several checkpoints none of which is the newest.
    """
    path = as_path(path)
    if path.is_dir():
        names = [file.name for file in path.glob("*.index")]
        state = tf.train.get_checkpoint_state(path) if (path / "checkpoint").is_file() else None
        # The folder may have moved since the path was written into it.
        latest = Path(state.model_checkpoint_path).name if state else ""
        if f"{latest}.index" in names:
            return path / latest
        return path / archive.newest(path, names) if names else None
    prefix = Path(re.sub(r"\.(index|data-\d{5}-of-\d{5})$", "", str(path)))
    if prefix != path or not path.is_file():
        return prefix if Path(f"{prefix}.index").is_file() or _data_files(prefix) else None
    return path if path.suffix in _ARCHIVES or tarfile.is_tarfile(path) else None


def read_variables(path: Path) -> dict[str, np.ndarray]:
    """The model's variables in a checkpoint by the original's names, as `magenta.load_variables` takes them.

    Args:
      path: from `locate`.

    Raises:
      UserError: if it cannot be read, or holds nothing of a MusicVAE.
    """
    with _opened(path) as reader:
        return {_usual(name): _usual_value(name, reader.get_tensor(name)) for name in _names(reader, path)}


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of what `read_variables` reads, without reading it."""
    with _opened(path, with_data=False) as reader:
        shapes = reader.get_variable_to_shape_map()
        return {_usual(name): tuple(shapes[name]) for name in _names(reader, path)}


def write_checkpoint(model: MusicVAE, path: str | os.PathLike) -> None:
    """Writes a model's variables and global step as a checkpoint that the original's tools can read.

    Args:
      model: its weights are written, not the optimizer's.
      path: the prefix of the files, such as `out/model.ckpt-1000`.

    Raises:
      UserError: if there is such a checkpoint already.
    """
    path = as_path(path)
    refuse_existing(f"{path}.index")
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = to_original(model, lambda weight: weight.numpy())
    arrays["global_step"] = model.global_step.numpy()
    write_arrays(arrays, path)


def write_arrays(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Writes arrays by name as a checkpoint under the prefix `path`."""
    with tf.device("CPU"):
        tensors = [tf.constant(array) for array in arrays.values()]
        tf.raw_ops.SaveV2(
            prefix=str(path), tensor_names=list(arrays), shape_and_slices=[""] * len(arrays), tensors=tensors
        )


@contextmanager
def _opened(path: Path, with_data: bool = True) -> Iterator[Any]:
    """TensorFlow's reader of a checkpoint, in an archive or not."""
    if path.is_file():
        with archive.unpacked(path, with_data) as prefix, _reader(path, prefix) as reader:
            yield reader
    else:
        with _reader(path, path) as reader:
            yield reader


@contextmanager
def _reader(path: Path, prefix: Path) -> Iterator[Any]:
    if not Path(f"{prefix}.index").is_file():
        raise UserError(f"{path} has no .index file: a checkpoint is that and its .data files, side by side")
    try:
        yield tf.train.load_checkpoint(str(prefix))
    except (tf.errors.OpError, IndexError, ValueError, RuntimeError) as error:
        if isinstance(error, UserError):
            raise
        missing = "" if _data_files(prefix) else ", its .data file is missing"
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path} cannot be read as a checkpoint{missing} ({reason})") from error


def _data_files(prefix: Path) -> list[Path]:
    return list(prefix.parent.glob(f"{glob.escape(prefix.name)}.data-?????-of-?????"))


def _names(reader: Any, path: Path) -> list[str]:
    """The stored names of a model's variables. Raises UserError if there is none."""
    stored = reader.get_variable_to_dtype_map()
    names = [name for name, kind in stored.items() if name.split("/")[-1] in _PARTS and kind.is_floating]
    if not any("decoder/" in name for name in names):
        hint = ""
        if "_CHECKPOINTABLE_OBJECT_GRAPH" in stored:
            hint = ": if it is of a run of music_vae_train here, give the run folder itself"
        raise UserError(f"{path} holds no variables of a MusicVAE of the original{hint}")
    return names


def _usual(name: str) -> str:
    return name.replace(_CUDNN_CELL, "/lstm_cell/")


def _usual_value(name: str, value: np.ndarray) -> np.ndarray:
    """The usual value: cuDNN's cells add nothing to the forget gate, so their bias has 1 more."""
    if _CUDNN_CELL not in name or not name.endswith("/bias"):
        return value
    i, j, f, o = np.split(value, 4)
    return np.concatenate([i, j, f - 1, o])
