"""Starts TensorFlow, quietly and without what no command needs of it."""

import contextlib
import gc
import os
import sys
import tempfile
from collections.abc import Iterator

from absl import flags

from base_vae.determinism import make_deterministic

# TensorFlow and Keras import these for pictures of layers, data frames, notebooks and wrappers for
# scikit-learn, and do without where they are missing. They are half of its start.
_NOT_NEEDED = ("IPython", "matplotlib", "pandas", "sklearn")


def start_tensorflow(values: flags.FlagValues, devices: bool = True) -> None:
    """Imports TensorFlow without its greetings, which Python does not see; `--debug` keeps them.

    Args:
      values: the command's flags. `--deterministic`, where there is such a flag, is obeyed.
      devices: look for devices as well; not where machines are to find each other before that.
    """
    deterministic = "deterministic" in values and values.deterministic
    if "tensorflow" in sys.modules and not deterministic:
        return
    if values.debug:
        _begin(devices, deterministic)
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as greetings:
        os.dup2(greetings.fileno(), 2)
        try:
            _begin(devices, deterministic)
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _begin(devices: bool, deterministic: bool) -> None:
    with _hidden(_NOT_NEEDED), _nothing_collected():
        import tensorflow as tf

    if deterministic:
        make_deterministic()
    if devices:
        tf.config.list_logical_devices()  # the first look for a GPU complains where there is none,
        # and the first transposition of whole numbers where there is no AVX-512.
        tf.function(lambda ids: tf.transpose(ids), autograph=False)(tf.zeros([2, 3], tf.int32))


@contextlib.contextmanager
def _hidden(modules: tuple[str, ...]) -> Iterator[None]:
    """While it lasts, modules that are not loaded yet cannot be imported."""
    new = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(new))  # None: not to be found
    try:
        yield
    finally:
        for name in new:
            del sys.modules[name]


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Collects no garbage while it lasts, nor what was made in it ever after.

    Imported modules stay until the end: to go through them, again and again and once more at the exit, takes
    longer than a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
