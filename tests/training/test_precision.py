"""Mixed precision: half the bits where matrices are multiplied, all of them in the weights."""

import numpy as np
import pytest
import tensorflow as tf

from base_vae.data.batches import training_batches
from base_vae.errors import UserError
from base_vae.training import devices
from base_vae.training.evaluation import evaluate
from base_vae.training.train import RunSettings, make_model, train
from tests.tiny_models import CONFIG, melodies

EXAMPLES = melodies(12)


def half_model(precision: str = "float16"):
    with devices.precision(precision):
        model = make_model(CONFIG, seed=1)
    model.optimizer.build(model.trainable_variables)
    return model


def state(model):
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return [value.numpy() for value in (*model.trainable_variables, *optimizer.variables[2:])]


@pytest.fixture
def batches():
    return iter(training_batches(EXAMPLES, CONFIG.converter, 4, seed=0))


@pytest.mark.parametrize("precision", [pytest.param("bfloat16", marks=pytest.mark.slow), "float16"])
def test_it_trains_with_float32_weights(tmp_path, precision):
    settings = RunSettings(num_steps=20, checkpoint_steps=20, mixed_precision=precision)
    model = train(CONFIG, EXAMPLES, tmp_path / "half", settings)
    assert model.decoder.stack.layers[0].compute_dtype == precision
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}
    # In float16 the first steps go by until the loss scale is found.
    taken = int(getattr(model.optimizer, "inner_optimizer", model.optimizer).iterations)
    assert taken == 20 if precision == "bfloat16" else 8 <= taken < 20
    settings = RunSettings(num_steps=taken, checkpoint_steps=taken)
    whole = train(CONFIG, EXAMPLES, tmp_path / "whole", settings)
    losses = [evaluate(some, EXAMPLES, CONFIG.converter)["loss"] for some in (model, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    with pytest.raises(UserError, match="must be one of none, bfloat16, float16"):
        train(CONFIG, EXAMPLES, tmp_path / "other", RunSettings(mixed_precision="half"))


def test_the_loss_scale_grows_while_all_goes_well(batches):
    model = half_model()
    model.optimizer.dynamic_growth_steps = 2
    model.optimizer.dynamic_scale.assign(2.0**10)
    step = tf.function(model.train_step, autograph=False)
    for _ in range(4):
        step(next(batches))
    assert float(model.optimizer.dynamic_scale) == 2.0**12
    assert int(model.optimizer.inner_optimizer.iterations) == 4


def test_a_step_that_overflows_moves_nothing(batches):
    model = half_model()
    step = tf.function(model.train_step, autograph=False)
    model.optimizer.dynamic_scale.assign(2.0**10)
    step(next(batches))
    before = state(model)
    model.optimizer.dynamic_scale.assign(2.0**40)
    step(next(batches))
    for value, expected in zip(state(model), before, strict=True):
        np.testing.assert_array_equal(value, expected)
    assert float(model.optimizer.dynamic_scale) == 2.0**39
    assert int(model.global_step) == 2 and int(model.optimizer.inner_optimizer.iterations) == 1


@pytest.mark.parametrize("norm", [0.5, 5.0, 20_000.0])
def test_what_is_clipped_is_not_scaled(norm):
    plain, scaled = make_model(CONFIG, seed=1), half_model()
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=variable.shape).astype(np.float32) for variable in plain.trainable_variables]
    size = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    for model, scale in ((plain, 1.0), (scaled, float(scaled.optimizer.dynamic_scale))):
        own = [tf.constant(gradient * (norm / size * scale)) for gradient in gradients]
        model.apply_gradients(model.optimizer, own, model.trainable_variables, tf.constant(0))
    for one, other in zip(state(plain), state(scaled), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-9)
