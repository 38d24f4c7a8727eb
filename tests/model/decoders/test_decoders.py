"""One set of weights, three ways to run it: they must tell the same story, for every head and core."""

import numpy as np
import pytest
import tensorflow as tf

from base_vae.model.decoders import (
    DecoderInputs,
    HierarchicalDecoder,
    LstmDecoder,
    Prompt,
    SplitDecoder,
    shift,
)
from base_vae.model.decoders.heads import (
    BooleanHead,
    CategoricalHead,
    GrooveHead,
    MultiCategoricalHead,
    NadeHead,
)
from base_vae.model.encoders import HierarchicalEncoder
from base_vae.model.layers.random_streams import RandomStream
from base_vae.spaces import Binary, Categorical, MultiCategorical, Real

BATCH, SEGMENTS, SEGMENT, Z, CONTROLS = 5, 3, 4, 3, 2
STEPS = SEGMENTS * SEGMENT
DRAWS = RandomStream(tf.constant([4, 2]))
TRIO = MultiCategorical((4, 3, 5))


def flat(head, z_size=Z, **kwargs):
    return LstmDecoder((8, 6), z_size, head, **kwargs)


def hierarchical(core, **kwargs):
    return HierarchicalDecoder((SEGMENTS, SEGMENT), (7, 6), Z, core, **kwargs)


def split(z_size=Z):
    return SplitDecoder([flat(CategoricalHead(Categorical(d), 6), z_size) for d in TRIO.depths], TRIO)


def reencoding():
    encoder = HierarchicalEncoder((SEGMENT, SEGMENTS), (5,), 7)
    core = flat(CategoricalHead(Categorical(7), 6), 6)
    return hierarchical(core, autoregressive=(0,), reencoder=encoder)


MAKERS = {
    "categorical": lambda: flat(CategoricalHead(Categorical(7), 6)),
    "controls": lambda: flat(CategoricalHead(Categorical(7), 6), control_width=CONTROLS),
    "residual": lambda: flat(CategoricalHead(Categorical(7), 6), residual=True),
    "unconditional": lambda: flat(CategoricalHead(Categorical(7), 6), 0),
    "multi_categorical": lambda: flat(MultiCategoricalHead(TRIO, 6)),
    "boolean": lambda: flat(BooleanHead(Binary(3), 6)),
    "nade": lambda: flat(NadeHead(Binary(4), 6, hidden=5)),
    "groove": lambda: flat(GrooveHead(Real(6), 6)),
    "split": split,
    "hierarchical": lambda: hierarchical(flat(CategoricalHead(Categorical(7), 6), 6)),
    "hierarchical_split": lambda: hierarchical(split(6)),
    "autoregressive": lambda: hierarchical(flat(CategoricalHead(Categorical(7), 6), 6), autoregressive=(0,)),
    "reencoding": reencoding,
}


@pytest.fixture(scope="module", params=MAKERS)
def decoder(request):
    decoder = MAKERS[request.param]()
    rng = np.random.default_rng(3)
    for weight in decoder.weights:
        weight.assign(rng.normal(size=weight.shape, scale=0.6))
    return decoder


@pytest.fixture
def z(decoder):
    if getattr(decoder, "z_size", Z) == 0:
        return None
    return tf.constant(np.random.default_rng(5).normal(size=(BATCH, Z)), tf.float32)


@pytest.fixture
def controls(decoder):
    if not getattr(decoder, "control_width", 0):
        return None
    return tf.constant(np.random.default_rng(7).normal(size=(BATCH, STEPS, CONTROLS)), tf.float32)


def prompt(temperature, controls=None, draws=DRAWS):
    return Prompt(STEPS, temperature, draws, controls)


def as_targets(decoder):
    """Music of the decoder's kind that it did not make itself."""
    rng = np.random.default_rng(6)
    space = decoder.space
    if isinstance(space, Real):
        values = rng.integers(0, 2, (BATCH, STEPS, space.width))
        return tf.constant(values, tf.float32)
    ids = np.stack([rng.integers(0, depth, (BATCH, STEPS)) for depth in space.depths], -1)
    return tf.constant(ids if space.shape else ids[..., 0], tf.int32)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_generation_is_teacher_forcing_on_its_own_output(decoder, z, controls, temperature):
    own = decoder.generate(z, prompt(temperature, controls), tf.constant(BATCH))
    again = decoder.run(z, DecoderInputs(own.values, controls))
    np.testing.assert_allclose(again.parameters, own.parameters, atol=2e-5)
    if temperature == 0:
        likeliest = decoder.head.predict(own.parameters, own.values)
        np.testing.assert_allclose(own.values, likeliest, atol=1e-6)


def test_the_same_seed_gives_the_same_music_and_another_seed_other_music(decoder, z, controls):
    first = decoder.generate(z, prompt(1.0, controls), tf.constant(BATCH)).values
    again = decoder.generate(z, prompt(1.0, controls), tf.constant(BATCH)).values
    np.testing.assert_array_equal(first, again)
    other = decoder.generate(z, prompt(1.0, controls, DRAWS.fold_in(1)), tf.constant(BATCH)).values
    assert np.any(first != other)


def test_scheduled_sampling_between_its_two_ends(decoder, z, controls):
    targets = as_targets(decoder)

    def heard(probability):
        sampling = (tf.constant(probability), DRAWS)
        return decoder.run(z, DecoderInputs(targets, controls, sampling=sampling)).previous.numpy()

    forced = shift(decoder.space, targets).numpy()
    np.testing.assert_array_equal(heard(0.0), forced)
    all_own, half = heard(1.0), heard(0.5)
    # A segment's first input is the target before it, whatever the probability.
    segment = SEGMENT if isinstance(decoder, HierarchicalDecoder) else STEPS
    starts = np.arange(0, STEPS, segment)
    np.testing.assert_array_equal(half[:, starts], forced[:, starts])
    np.testing.assert_array_equal(all_own[:, starts], forced[:, starts])
    differs = [(a != forced).reshape(BATCH, STEPS, -1).any(-1).mean() for a in (all_own, half)]
    assert 0 < differs[1] < differs[0]


def test_scheduled_sampling_in_full_hears_what_the_model_said(decoder, z, controls):
    """With probability 1 every input after a segment's first is the sample of the step before it.

    The gradients are those of teacher forcing on these inputs, though most decoders do not run twice for it.
    """
    targets, weights = as_targets(decoder), [weight.value for weight in decoder.trainable_weights]

    def run_and_gradients(heard):
        with tf.GradientTape() as tape:
            run = decoder.run(z, heard)
            loss = tf.reduce_sum(tf.sin(run.parameters))
        return run, tape.gradient(loss, weights)

    run, gradients = run_and_gradients(DecoderInputs(targets, controls, sampling=(tf.constant(1.0), DRAWS)))
    again, expected = run_and_gradients(DecoderInputs(targets, controls, previous=run.previous))
    np.testing.assert_allclose(again.parameters, run.parameters, atol=1e-5)
    for ours, theirs in zip(gradients, expected, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_no_gradient_flows_through_what_was_fed_back(decoder, z, controls):
    targets, weights = as_targets(decoder), [weight.value for weight in decoder.trainable_weights]
    with tf.GradientTape(persistent=True) as tape:
        run = decoder.run(z, DecoderInputs(targets, controls, sampling=(tf.constant(1.0), DRAWS)))
        heard, said = tf.reduce_sum(tf.cast(run.previous, tf.float32)), tf.reduce_sum(run.parameters)
    assert all(gradient is None for gradient in tape.gradient(heard, weights))
    assert any(gradient is not None for gradient in tape.gradient(said, weights))


def test_a_divided_batch_draws_what_the_whole_one_does(decoder, z, controls):
    targets = as_targets(decoder)
    whole = decoder.run(z, DecoderInputs(targets, controls, sampling=(tf.constant(0.7), DRAWS))).previous
    rows = tf.constant([1, 4])

    def some(value):
        return None if value is None else tf.gather(value, rows)

    draws = RandomStream(DRAWS.seed, rows, BATCH)
    part = decoder.run(
        some(z), DecoderInputs(some(targets), some(controls), sampling=(tf.constant(0.7), draws))
    ).previous
    np.testing.assert_allclose(part, some(whole), atol=1e-6)


def test_an_end_token_ends_a_sequence():
    decoder = flat(CategoricalHead(Categorical(4), 6), end_token=3)
    rng = np.random.default_rng(1)
    for weight in decoder.weights:
        weight.assign(rng.normal(size=weight.shape, scale=0.6))
    z = tf.constant(rng.normal(size=(64, Z)), tf.float32)
    own = decoder.generate(z, prompt(1.0), tf.constant(64))
    values, lengths = own.values.numpy(), own.lengths.numpy()
    ended = 0
    for row, length in zip(values, lengths, strict=True):
        ends = np.flatnonzero(row == 3)
        assert length == (ends[0] + 1 if len(ends) else STEPS)
        assert np.all(row[length:] == -1) and np.all(row[:length] >= 0)
        ended += length < STEPS
    assert ended > 0
