"""The figures of an evaluation: named, printed, and kept beside the run."""

import json
from pathlib import Path

from base_vae.files import atomic_file, make_folder

_FREE, _FORCED = "free_running_", "teacher_forced_"


def keep(figures: dict[str, float], step: int, examples: int, folder: Path) -> str:
    """Writes figures as `step_N.json` and for TensorBoard; returns the JSON.

    Args:
      figures: of `base_vae.training.evaluation.evaluate`; those that there are free-running too are called
        teacher-forced.
      step: of the training that the model has behind it.
      examples: how many were looked at.
      folder: of all evaluations of a run; made if missing.
    """
    named = {
        _FORCED + name if _FREE + name in figures else name: value for name, value in sorted(figures.items())
    }
    text = json.dumps({"step": step, "examples": examples, **named}, indent=1)
    with atomic_file(make_folder(folder) / f"step_{step}.json") as new:  # a second look replaces the first
        new.write_text(f"{text}\n", encoding="utf-8")

    import tensorflow as tf

    with tf.summary.create_file_writer(str(folder)).as_default():
        for name, value in named.items():
            tf.summary.scalar(name, value, step)
    return text
