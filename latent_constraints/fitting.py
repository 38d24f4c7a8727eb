"""Fits a Keras model of latents for a number of steps, with reports on the way."""

import math
from collections.abc import Callable

import keras
import tensorflow as tf

Progress = Callable[[int, dict[str, float]], None]


_REPORTS = 5


class _CosineDecay(keras.callbacks.Callback):
    """Lowers the learning rate to zero along a cosine, and reports losses."""

    def __init__(self, steps: int, learning_rate: float | None, progress: Progress | None):
        super().__init__()
        self.steps, self.learning_rate, self.progress, self.taken = steps, learning_rate, progress, 0

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if self.learning_rate is None:
            return
        rate = 0.5 * self.learning_rate * (1.0 + math.cos(math.pi * self.taken / self.steps))
        self.model.optimizer.learning_rate.assign(rate)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.taken += 1
        self.model.stop_training = self.taken >= self.steps

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.progress:
            self.progress(self.taken, {name: float(value) for name, value in (logs or {}).items()})


def fit(
    model: keras.Model,
    data: tf.data.Dataset,
    steps: int,
    learning_rate: float | None,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Trains a compiled model for `steps` of endless batches; returns the means over the last fifth of them.

    The learning rate falls to zero along a cosine; None leaves it to the model.
    """
    every = -(-steps // _REPORTS)
    history = model.fit(
        data,
        steps_per_epoch=every,
        epochs=-(-steps // every),
        callbacks=[_CosineDecay(steps, learning_rate, progress)],
        shuffle=False,
        verbose=0,
    )
    return {name: float(values[-1]) for name, values in history.history.items()}
