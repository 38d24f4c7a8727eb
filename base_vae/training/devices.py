"""The machines that a run uses: their strategy, who among them writes, and how precisely they multiply."""

import contextlib
import functools
import json
import os

import keras
import tensorflow as tf

from base_vae.errors import UserError

PRECISIONS = {"none": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
STRATEGIES = ("none", "mirrored", "multi_worker_mirrored")


def make_strategy(name: str, batch_size: int) -> tf.distribute.Strategy:
    """How a run is distributed.

    Args:
      name: "none", "mirrored" (all GPUs of this machine, or all logical CPUs) or "multi_worker_mirrored"
        (the machines that the environment variable TF_CONFIG names; to be made before anything is computed).
      batch_size: of all devices together.

    Raises:
      UserError: for another name, without a cluster, or if the batch cannot be divided evenly.
    """
    if name not in STRATEGIES:
        raise UserError(f"the strategy must be one of {', '.join(STRATEGIES)} (received {name!r})")
    strategy = tf.distribute.get_strategy() if name == "none" else _strategy(name)
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise UserError(
            f"a batch of {batch_size} cannot be divided among {replicas} devices: "
            f"set --hparams=batch_size to a multiple of {replicas}"
        )
    return strategy


@functools.cache  # the messages of a second one in the same process would be taken for the first one's
def _strategy(name: str) -> tf.distribute.Strategy:
    if name == "mirrored":
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        return tf.distribute.MirroredStrategy([d.name for d in tf.config.list_logical_devices(kind)])
    try:
        cluster = json.loads(os.environ.get("TF_CONFIG", ""))
        workers, task = cluster["cluster"], cluster["task"]
        known = 0 <= int(task["index"]) < len(workers[task["type"]])
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise UserError(
            "multi_worker_mirrored needs the environment variable TF_CONFIG, the same on every machine "
            'but for the index: {"cluster": {"worker": ["host:port", "host:port"]}, '
            '"task": {"type": "worker", "index": 0}}'
        )
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise UserError(
            "multi_worker_mirrored must begin before TensorFlow computes anything: "
            "call base_vae.devices.make_strategy first"
        ) from error


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes the results."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    chiefs = resolver.cluster_spec().as_dict().get("chief")
    return resolver.task_type == "chief" or (not chiefs and resolver.task_id == 0)


def divided(strategy: tf.distribute.Strategy, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """A batch, the same in every process, as the parts that this process' devices take of it."""
    count = strategy.num_replicas_in_sync

    def part(context: tf.distribute.experimental.ValueContext) -> dict[str, tf.Tensor]:
        number = context.replica_id_in_sync_group
        return {
            name: value[len(value) // count * number : len(value) // count * (number + 1)]
            for name, value in batch.items()
        }

    return strategy.experimental_distribute_values_from_function(part)


def total(strategy: tf.distribute.Strategy, value: int) -> int:
    """The sum of a number over all devices, each of which has its process' `value`; all must take part."""
    if strategy.cluster_resolver is None or strategy.num_replicas_in_sync == 1:
        return value * strategy.num_replicas_in_sync
    values = strategy.experimental_distribute_values_from_function(lambda _: tf.constant(value, tf.int64))
    return int(strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None))


@contextlib.contextmanager
def precision(name: str):
    """Makes layers for mixed precision inside the block; each keeps the policy it was made under."""
    if name not in PRECISIONS:
        raise UserError(f"mixed precision must be one of {', '.join(PRECISIONS)} (received {name!r})")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[name])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
