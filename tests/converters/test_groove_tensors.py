"""Grooves as a model gets them: tasks, controls, bins, dropped notes."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.converters import GrooveConverter
from base_vae.spaces import Binary
from tests.converters.groove_music import BINS, CONVERTER, GROOVES, SPLIT, SPLIT_BINS, groove_of


@settings(max_examples=50, deadline=None)  # the first call of TensorFlow takes long
@given(GROOVES, st.sampled_from([CONVERTER, SPLIT, BINS, SPLIT_BINS]))
def test_what_a_model_should_say_makes_the_same_groove(array, converter):
    array = converter.canonical(array)[np.newaxis]
    said = converter.tensors(tf.constant(array)).outputs.numpy()
    assert said.shape == (1, converter.steps, converter.spaces.outputs.width)
    again = converter.assemble(said)
    if converter.num_velocity_bins is None:
        np.testing.assert_array_equal(again, array)
    np.testing.assert_array_equal(again[..., 0], array[..., 0])
    np.testing.assert_array_equal(converter.tensors(tf.constant(again)).outputs.numpy(), said)


def heard(converter, array):
    """What the encoder hears, as hits, velocities and offsets [steps, drums]."""
    return np.split(converter.tensors(tf.constant(array)).inputs[0].numpy(), 3, -1)


def test_what_the_encoder_hears_of_a_task():
    array = groove_of((0, 0, 0.5, 0.25), (0, 2, 0.75, -0.5), (3, 1, 0.25, 0.5))
    hits, velocities, offsets = heard(GrooveConverter(humanize=True), array)
    assert np.argwhere(hits).tolist() == [[0, 0], [0, 2], [3, 1]]
    assert not velocities.any()
    assert not offsets.any()
    hits, velocities, offsets = heard(GrooveConverter(tapify=True), array)
    assert np.argwhere(hits).tolist() == [[0, 3], [3, 3]]
    assert velocities[[0, 3], 3].tolist() == [0.75, 0.25]
    assert offsets[[0, 3], 3].tolist() == [-0.5, 0.5]
    hits, velocities, offsets = heard(GrooveConverter(tapify=True, fixed_velocities=True), array)
    assert not velocities.any()
    assert offsets[[0, 3], 3].tolist() == [-0.5, 0.5]
    hits, velocities, offsets = heard(GrooveConverter(add_instruments=(2, 1)), array)
    assert np.argwhere(hits).tolist() == np.argwhere(velocities).tolist() == [[0, 0]]


def test_controls_tell_the_hits_and_whose_turn_it_is():
    array = groove_of((0, 2, 0.5, 0.25))
    told = GrooveConverter(hits_as_controls=True).tensors(tf.constant(array)).controls[0].numpy()
    assert told.shape == (32, 9)
    assert np.argwhere(told).tolist() == [[0, 2]]
    told = SPLIT.tensors(tf.constant(array)).controls[0].numpy()
    assert told.shape == (288, 10)
    assert np.flatnonzero(told[:, 0]).tolist() == [2]
    np.testing.assert_array_equal(told[:, 1:].argmax(-1), np.arange(288) % 9)


def test_bins():
    said = BINS.tensors(tf.constant(groove_of((0, 0, 1.0, 1.0), (1, 0, 1 / 127, -1.0)))).outputs[0].numpy()
    assert BINS.spaces.outputs == Binary(9 * (1 + 8 + 5))
    velocities, offsets = said[:, 9:81].reshape(32, 9, 8), said[:, 81:].reshape(32, 9, 5)
    assert velocities[:3, 0].argmax(-1).tolist() == [7, 1, 0]
    assert offsets[:3, 0].argmax(-1).tolist() == [4, 0, 2]
    back = BINS.assemble(said[np.newaxis])[0, :2, 0]
    np.testing.assert_allclose(back, [[1, 111 / 127, 0.6], [1, 15 / 127, -1.0]], atol=1e-6)


def test_notes_are_dropped_from_what_the_encoder_hears_only():
    converter = GrooveConverter(max_note_dropout_probability=0.8)
    array = np.zeros((200, 32, 9, 3), np.float32)
    array[:, ::2] = 1.0, 0.9, 0.3
    array[:, ::2, 5:, 1] = 0.1
    dropped = converter.augment(tf.constant(array), (0, 0), tf.constant([1, 2]))
    tensors, plain = converter.tensors(dropped), converter.tensors(tf.constant(array))
    np.testing.assert_array_equal(tensors.outputs, plain.outputs)
    hits = tensors.inputs.numpy()[:, ::2, :9]
    shares = 1 - hits.mean((1, 2))  # from example to example another one
    assert shares.min() < 0.1
    assert shares.max() > 0.35
    # Half of 0.8 on average, times 0.9 for the soft and 0.2 for the loud.
    np.testing.assert_allclose(1 - hits[..., 5:].mean(), 0.36, atol=0.05)
    np.testing.assert_allclose(1 - hits[..., :5].mean(), 0.08, atol=0.02)
    unheard = tensors.inputs.numpy()[..., :9] == 0
    assert not tensors.inputs.numpy()[..., 9:18][unheard].any()
    again = converter.augment(tf.constant(array), (0, 0), tf.constant([1, 2]))
    np.testing.assert_array_equal(again, dropped)
    np.testing.assert_array_equal(converter.canonical(dropped), converter.canonical(array))
    np.testing.assert_array_equal(CONVERTER.augment(tf.constant(array), (0, 0), tf.constant([1, 2])), array)


def test_tensors_are_made_in_a_graph_of_any_batch():
    for converter in (CONVERTER, SPLIT, BINS, SPLIT_BINS, GrooveConverter(tapify=True, split_bars=4)):
        spec = tf.TensorSpec([None, *converter.shape], tf.float32)
        tensors = tf.function(converter.tensors, input_signature=[spec])(tf.zeros([3, *converter.shape]))
        spaces = converter.spaces
        assert tensors.inputs.shape == (3, converter.steps, spaces.inputs.width)
        assert tensors.outputs.shape == (3, converter.steps, spaces.outputs.width)
        if spaces.controls:
            assert tensors.controls.shape == (3, converter.steps, spaces.controls.width)
