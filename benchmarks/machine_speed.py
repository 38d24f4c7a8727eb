"""How fast this machine is today: a plain Keras model of the small base's size, trained as anyone would.

The figures of the original were measured when this model trained at 450 examples a second in float32. The
machine is not always that fast, so the benchmarks say how it compares and divide by it.

    python -m benchmarks.yardstick
"""

import statistics
import time

THEN = 450.0  # examples a second in float32, batch 256
_BATCH, _STEPS, _DEPTH, _Z = 256, 32, 90, 256
_REPEATS = 3


def examples_per_second() -> float:
    """Examples a second of a BiLSTM(512) encoder and an LSTM(256, 256) decoder, batch 256, float32."""
    import keras
    import numpy as np

    ids = np.random.default_rng(0).integers(0, _DEPTH, (_BATCH, _STEPS))
    one_hot = np.eye(_DEPTH, dtype=np.float32)[ids]
    music = keras.Input((_STEPS, _DEPTH))
    z = keras.layers.Dense(_Z)(keras.layers.Bidirectional(keras.layers.LSTM(512))(music))
    hidden = keras.layers.Concatenate()([music, keras.layers.RepeatVector(_STEPS)(z)])
    for _ in range(2):
        hidden = keras.layers.LSTM(256, return_sequences=True)(hidden)
    model = keras.Model(music, keras.layers.Dense(_DEPTH)(hidden))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    model.train_on_batch(one_hot, ids)
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        for _ in range(3):
            model.train_on_batch(one_hot, ids)
        times.append((time.perf_counter() - began) / 3)
    return _BATCH / statistics.median(times)


if __name__ == "__main__":
    now = examples_per_second()
    print(f"{now:.0f} examples a second, {now / THEN:.2f} of when the original was measured")
