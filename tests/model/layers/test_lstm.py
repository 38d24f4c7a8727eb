"""Our sequence LSTM against the Keras layer: the same numbers and the same gradients."""

import numpy as np
import pytest
import tensorflow as tf

from base_vae.model.layers import lstm, lstm_cpu
from base_vae.model.layers.lstm_input import LstmInput

STEPS, BATCH, UNITS, DEPTH, Z = 7, 3, 5, 4, 2


@pytest.fixture(params=["batch-major", "feature-major"], autouse=True)
def layout(request, monkeypatch):
    """Steps batch-major or feature-major, whatever the size; loops compiled as a whole in either."""
    monkeypatch.setattr(lstm_cpu, "_WIDE_KERNEL", 1 if request.param == "feature-major" else 1000)


@pytest.fixture
def layer():
    layer = lstm.make_layer(UNITS, DEPTH + Z + 3, "layer")
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape, scale=0.5) for w in layer.get_weights()])
    return layer


@pytest.fixture
def inputs():
    rng = np.random.default_rng(1)
    ids = tf.constant(rng.integers(-1, DEPTH, (STEPS, BATCH)), tf.int32)
    z = tf.constant(rng.normal(size=(1, BATCH, Z)), tf.float32)
    dense = tf.constant(rng.normal(size=(STEPS, BATCH, 3)), tf.float32)
    state = lstm.State(*(tf.constant(rng.normal(size=(BATCH, UNITS)), tf.float32) for _ in "hc"))
    return ids, z, dense, state


def _results_and_gradients(run, layer, inputs, lengths):
    ids, z, dense, state = inputs
    weights = [w.value for w in layer.trainable_weights]
    with tf.GradientTape() as tape:
        watched = [z, dense, *state]
        tape.watch(watched)
        parts = [LstmInput(ids, DEPTH), LstmInput(z, Z), LstmInput(dense, 3)]
        outputs, last = run(layer, parts, state, lengths)
        weighting = tf.reshape(tf.range(tf.size(outputs), dtype=tf.float32), tf.shape(outputs)) / 50
        loss = tf.reduce_sum(outputs * weighting) + tf.reduce_sum(last.h**2) + 3 * tf.reduce_sum(last.c**2)
    gradients = tape.gradient(loss, [*watched, *weights])
    return [outputs, *last, *gradients]


@pytest.mark.parametrize("lengths", [None, [7, 2, 5]], ids=["full", "lengths"])
@pytest.mark.parametrize("most", [0, 64], ids=["large", "small"])
def test_same_as_the_keras_layer(layer, inputs, lengths, most, monkeypatch):
    monkeypatch.setattr(lstm_cpu, "_SMALL_BATCH", most)
    lengths = None if lengths is None else tf.constant(lengths)
    ours = _results_and_gradients(lstm._run_cpu, layer, inputs, lengths)
    keras = _results_and_gradients(lstm._run_keras, layer, inputs, lengths)
    for value, expected in zip(ours, keras, strict=True):
        np.testing.assert_allclose(value, expected, rtol=2e-5, atol=2e-5)


def test_a_step_at_a_time_is_the_whole_sequence(layer, inputs):
    ids, z, dense, state = inputs
    parts = [LstmInput(ids, DEPTH), LstmInput(z, Z), LstmInput(dense, 3)]
    outputs, last = lstm.run(layer, parts, state)
    projected, stepper = lstm.project(layer, parts), lstm.Stepper(layer, BATCH, projected=True)
    for t in range(STEPS):
        _, state = stepper(projected[t], state)
        np.testing.assert_allclose(state.h, outputs[t], atol=1e-6)
    np.testing.assert_allclose(state.c, last.c, atol=1e-6)


def test_a_step_projects_its_input_itself(layer, inputs):
    *_, state = inputs
    value = tf.constant(np.random.default_rng(2).normal(size=(BATCH, DEPTH + Z + 3)), tf.float32)
    projected = lstm.project(layer, [LstmInput(value[tf.newaxis], value.shape[1])])[0]
    gates, after = lstm.Stepper(layer, BATCH, projected=True)(projected, state)
    same_gates, same = lstm.Stepper(layer, BATCH, projected=False)(value, state)
    for one, other in zip((gates, *after), (same_gates, *same), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_recorded_run_is_the_whole_sequence_with_its_gradients(layer, inputs):
    def steps_first(layer, parts, state, _):
        projected, now = lstm.project(layer, parts), state
        stepper = lstm.Stepper(layer, BATCH, projected=True)
        recorder = lstm.RunRecorder.begin(stepper, STEPS, state)
        for t in range(STEPS):
            gates, now = stepper(projected[t], now)
            recorder = recorder.write(stepper, tf.constant(t), gates, now)
        outputs, *saved = recorder.end()
        recorded = lstm.RecordedRun(outputs, lstm_cpu.Activations(*saved, stepper.feature_major))
        return lstm.run(layer, parts, state, recorded=recorded)

    traced = _results_and_gradients(steps_first, layer, inputs, None)
    whole = _results_and_gradients(lstm.run, layer, inputs, None)
    for value, expected in zip(traced, whole, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-5)


def test_layers_keep_the_arguments_that_cudnn_asks_for(layer):
    config = layer.get_config()
    assert config["activation"] == "tanh"
    assert config["recurrent_activation"] == "sigmoid"
    assert config["use_bias"]
    assert config["dropout"] == config["recurrent_dropout"] == 0.0
    assert not config["unroll"]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_model_trains_the_same_either_way(monkeypatch, policy):
    """The route that a GPU takes, in a compiled step, with the precision that one would use there."""
    import keras

    from base_vae.training.train import make_model
    from tests.tiny_models import CONFIG, melodies

    ids = tf.constant(melodies(4), tf.int32)
    batch = {"inputs": ids, "outputs": ids, "batch-major": tf.range(4)}
    losses = []
    for on_cpu in (True, False):
        monkeypatch.setattr(lstm, "runs_on_cpu", lambda on_cpu=on_cpu: on_cpu)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            model = make_model(CONFIG, seed=1)
        finally:
            keras.config.set_dtype_policy(before)
        step = tf.function(model.train_step)
        losses.append([float(step(batch)["loss"]) for _ in range(3)])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5 if policy == "float32" else 2e-2)
