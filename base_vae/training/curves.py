"""The curves of a training run, read from its TensorBoard files without TensorFlow."""

import dataclasses
import os
from pathlib import Path

import numpy as np

from base_vae.errors import UserError
from base_vae.files import as_path
from base_vae.readers.tfrecord_framing import read_records

_LARGEST = 2**26  # bytes of an event
_EVENTS = "*tfevents*"
_TRAINING = (".", "train")  # folders in a run's


@dataclasses.dataclass(frozen=True)
class Curve:
    """A figure over the steps of a run.

    Attributes:
      steps: int64 [points], rising.
      values: float64 [points].
    """

    steps: np.ndarray
    values: np.ndarray


def read_curves(run_dir: str | os.PathLike) -> dict[str, Curve]:
    """Every figure that a run wrote, by name, in the order it was first written.

    Those of its evaluations, in folders of their own, have the folder in front: "eval: loss". A run that was
    stopped and went on has several files; a step that is in more than one counts as the last of them has it.
    What comes after damage, as a killed run may leave it, is not read.

    Args:
      run_dir: run folder of music_vae_train, or any folder of TensorBoard's.

    Raises:
      UserError: if there is no figure in it.
    """
    folder = as_path(run_dir)
    found: dict[str, dict[int, float]] = {}
    for path in sorted(folder.rglob(_EVENTS), key=lambda path: (path.name, path)):  # it begins with the time
        where = path.parent.relative_to(folder).as_posix()
        _read_file(path, found, "" if where in _TRAINING else f"{where}: ")
    if not found:
        raise UserError(
            f"{folder} has no training curves: it must be a run folder of music_vae_train that has reached a "
            "checkpoint (midime_train keeps none)"
        )
    return {name: _curve(values) for name, values in found.items()}


def _read_file(path: Path, found: dict[str, dict[int, float]], prefix: str) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.util.tensor_util import make_ndarray

    with open(path, "rb") as file:
        try:
            for record in read_records(file, _LARGEST):
                event = Event.FromString(record)
                for value in event.summary.value:
                    kind = value.WhichOneof("value")
                    number = (
                        make_ndarray(value.tensor) if kind == "tensor" else np.float64(value.simple_value)
                    )
                    if kind in ("tensor", "simple_value") and number.dtype.kind in "fiu" and number.ndim == 0:
                        found.setdefault(prefix + value.tag, {})[event.step] = float(number)
        except UserError:
            return


def _curve(values: dict[int, float]) -> Curve:
    steps = sorted(values)
    return Curve(np.array(steps, np.int64), np.array([values[step] for step in steps], np.float64))
