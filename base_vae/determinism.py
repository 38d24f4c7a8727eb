"""The same numbers on any number of threads, for those who need the very same bytes."""

import os

from base_vae.errors import UserError

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def make_deterministic() -> None:
    """Makes one thread do all the arithmetic of this process, in one order.

    Sums of floats depend on their order, and several threads share a sum out by their number. On one thread
    the same seed gives the same bytes on any number of cores. That takes longer. Another kind of processor,
    a GPU, or other versions of the libraries may still round differently.

    Raises:
      UserError: if TensorFlow has begun to compute, when the number of its threads is settled.
    """
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # for libraries that are not loaded yet
    import tensorflow as tf
    import threadpoolctl

    threadpoolctl.threadpool_limits(1)  # for those that are
    try:
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.threading.set_intra_op_parallelism_threads(1)
    except RuntimeError as error:
        raise UserError(
            "one order of all arithmetic must be set before TensorFlow computes anything: call "
            "base_vae.make_deterministic() before a model is loaded"
        ) from error
    tf.config.experimental.enable_op_determinism()
