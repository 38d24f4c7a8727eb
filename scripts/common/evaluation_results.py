"""The figures of an evaluation: named, printed, and kept beside the run."""

import json
import os
from pathlib import Path

from midime_scripts.common.outputs import make_folder

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
    make_folder(folder)
    new = folder / f".step_{step}.{os.getpid()}"
    new.write_text(f"{text}\n", encoding="utf-8")
    new.replace(folder / f"step_{step}.json")  # a second look takes the first one's place

    import tensorflow as tf

    with tf.summary.create_file_writer(str(folder)).as_default():
        for name, value in named.items():
            tf.summary.scalar(name, value, step)
    return text
