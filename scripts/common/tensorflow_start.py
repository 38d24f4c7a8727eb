"""Starts TensorFlow quietly."""

import os
import sys
import tempfile

from absl import flags

from base_vae.determinism import make_deterministic


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
    import tensorflow as tf

    if deterministic:
        make_deterministic()
    if devices:
        tf.config.list_logical_devices()  # the first look for a GPU complains where there is none,
        # and the first transposition of whole numbers where there is no AVX-512.
        tf.function(lambda ids: tf.transpose(ids), autograph=False)(tf.zeros([2, 3], tf.int32))
