"""Batches: every example once an epoch, in range, and the same after a restart."""

import itertools

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.data.dataset import evaluation_batches, random_transposition, training_batches
from tests.tiny import melodies


def take(dataset, n):
    return [batch.numpy() for batch in itertools.islice(dataset, n)]


def test_every_example_once_an_epoch_in_a_new_order():
    examples = np.arange(60, dtype=np.uint8)[:, np.newaxis]
    batches = [batch.ravel() for batch in take(training_batches(examples, 20, seed=3, depth=90), 6)]
    first, second = np.concatenate(batches[:3]), np.concatenate(batches[3:])
    assert sorted(first) == sorted(second) == list(range(60))
    assert np.any(first != second)


def test_a_restart_sees_the_same_batches():
    examples = melodies(10)
    through = take(training_batches(examples, 4, 1, 90, (-5, 5)), 5)
    resumed = take(training_batches(examples, 4, 1, 90, (-5, 5), start_step=3), 2)
    np.testing.assert_array_equal(through[3:], resumed)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31 - 1), st.integers(2, 40), st.integers(0, 48))
def test_transposition_keeps_intervals_and_range(seed, low, width):
    rng = np.random.default_rng(seed)
    ids = np.where(rng.random((3, 32)) < 0.5, rng.integers(low, low + width + 1, (3, 32)), 0).astype(np.int32)
    moved = random_transposition(tf.constant(ids), (-5, 5), 90, tf.constant([seed, 1], tf.int64)).numpy()
    for before, after in zip(ids, moved, strict=True):
        notes = before >= 2
        np.testing.assert_array_equal(after[~notes], before[~notes])
        if notes.any():
            (shift,) = set((after - before)[notes])
            assert -5 <= shift <= 5
            assert after[notes].min() >= 2 and after[notes].max() <= 89


def test_all_transpositions_come_up():
    ids = np.full((2000, 4), 45, np.int32)
    moved = random_transposition(tf.constant(ids), (-5, 5), 90, tf.constant([1, 1], tf.int64)).numpy()
    assert set(moved[:, 0] - 45) == set(range(-5, 6))


def test_evaluation_keeps_the_last_partial_batch_in_order():
    examples = melodies(10)
    batches = take(evaluation_batches(examples, 4), 99)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate(batches), examples)


def test_a_single_example_is_enough_to_train_on():
    (batch,) = take(training_batches(melodies(1), 3, seed=1, depth=90), 1)
    np.testing.assert_array_equal(batch, np.repeat(melodies(1), 3, axis=0))
