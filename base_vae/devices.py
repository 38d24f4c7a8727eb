"""The machines that a run uses: GPUs, precision, and how a batch is divided among devices."""

import contextlib

import keras
import tensorflow as tf

from base_vae.errors import UserError

PRECISIONS = {"none": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
STRATEGIES = ("none", "mirrored", "multi_worker_mirrored")


def grow_memory() -> None:
    """Lets TensorFlow take a GPU's memory as it needs it, not all at once; for the start of a program."""
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # it is in use already: too late to change
            tf.config.experimental.set_memory_growth(gpu, True)


def make_strategy(name: str, batch_size: int) -> tf.distribute.Strategy:
    """How a run is distributed.

    Args:
      name: "none", "mirrored" (all GPUs of this machine, or all logical CPUs) or "multi_worker_mirrored"
        (the machines that the environment variable TF_CONFIG names).
      batch_size: of all devices together.

    Raises:
      UserError: for another name, or if the batch cannot be divided evenly.
    """
    if name not in STRATEGIES:
        raise UserError(f"the strategy must be one of {', '.join(STRATEGIES)} (received {name!r})")
    if name == "none":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        strategy = tf.distribute.MirroredStrategy([d.name for d in tf.config.list_logical_devices(kind)])
    else:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise UserError(
            f"a batch of {batch_size} cannot be divided among {replicas} devices: "
            f"set --hparams=batch_size to a multiple of {replicas}"
        )
    return strategy


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes the results."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    chiefs = resolver.cluster_spec().as_dict().get("chief")
    return resolver.task_type == "chief" or (not chiefs and resolver.task_id == 0)


@contextlib.contextmanager
def precision(name: str):
    """A context in which layers are made for mixed precision: each keeps the policy it was made under."""
    if name not in PRECISIONS:
        raise UserError(f"mixed precision must be one of {', '.join(PRECISIONS)} (received {name!r})")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[name])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
