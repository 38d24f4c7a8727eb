"""Batches: every example once an epoch, and the same after a restart."""

import itertools

import numpy as np
import tensorflow as tf

from base_vae.data.batches import evaluation_batches, training_batches
from tests.tiny_models import CONFIG, examples_for, melodies, reduced

CONVERTER = CONFIG.converter


def take(dataset, n):
    return [{name: value.numpy() for name, value in batch.items()} for batch in itertools.islice(dataset, n)]


def assert_equal(batches, others):
    assert len(batches) == len(others)
    for batch, other in zip(batches, others, strict=True):
        assert batch.keys() == other.keys()
        for name, value in batch.items():
            np.testing.assert_array_equal(value, other[name], err_msg=name)


def test_every_example_once_an_epoch_in_a_new_order():
    examples = np.zeros((60, 32), np.uint8)
    examples[:, 0] = np.arange(60)
    batches = [batch["inputs"][:, 0] for batch in take(training_batches(examples, CONVERTER, 20, seed=3), 6)]
    first, second = np.concatenate(batches[:3]), np.concatenate(batches[3:])
    assert sorted(first) == sorted(second) == list(range(60))
    assert np.any(first != second)
    (other,) = take(training_batches(examples, CONVERTER, 20, seed=4), 1)
    assert np.any(other["inputs"][:, 0] != batches[0])


def test_a_batch_may_reach_over_the_end_of_an_epoch():
    examples = np.zeros((5, 32), np.uint8)
    examples[:, 0] = np.arange(5)
    seen = np.concatenate(
        [b["inputs"][:, 0] for b in take(training_batches(examples, CONVERTER, 3, seed=1), 5)]
    )
    for epoch in seen.reshape(3, 5):
        assert sorted(epoch) == list(range(5))


def test_a_restart_sees_the_same_batches():
    for name in ("cat-mel_2bar_med_chords", "groovae_2bar_tap_fixed_velocity_note_dropout"):
        config = reduced(name)
        examples = examples_for(config, 10)
        through = take(training_batches(examples, config.converter, 4, seed=1, transpose=(-5, 5)), 5)
        resumed = take(
            training_batches(examples, config.converter, 4, seed=1, transpose=(-5, 5), start_step=3), 2
        )
        assert_equal(through[3:], resumed)
        assert ("controls" in through[0]) == (config.converter.spaces.controls is not None)
        np.testing.assert_array_equal(through[0]["rows"], np.arange(4))


def test_transposition_keeps_intervals_and_range():
    rng = np.random.default_rng(0)
    for low, width in ((2, 3), (2, 80), (30, 20), (85, 4)):
        ids = np.where(rng.random((40, 32)) < 0.5, rng.integers(low, low + width + 1, (40, 32)), 0)
        for seed in range(4):
            moved = CONVERTER.augment(tf.constant(ids, tf.int32), (-5, 5), tf.constant([seed, 1], tf.int64))
            for before, after in zip(ids, moved.numpy(), strict=True):
                notes = before >= 2
                np.testing.assert_array_equal(after[~notes], before[~notes])
                (shift,) = set((after - before)[notes]) or {0}
                assert -5 <= shift <= 5
                assert not notes.any() or (after[notes].min() >= 2 and after[notes].max() <= 89)


def test_all_transpositions_come_up_and_change_from_epoch_to_epoch():
    examples = np.full((200, 32), 45, np.uint8)
    batches = take(training_batches(examples, CONVERTER, 200, seed=1, transpose=(-5, 5)), 2)
    shifts = [batch["inputs"][:, 0] - 45 for batch in batches]
    assert set(shifts[0]) == set(shifts[1]) == set(range(-5, 6))
    assert np.any(shifts[0] != shifts[1])


def test_evaluation_keeps_the_last_partial_batch_in_order():
    examples = melodies(10)
    batches = take(evaluation_batches(examples, CONVERTER, 4), 99)
    assert [len(batch["outputs"]) for batch in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([batch["outputs"] for batch in batches]), examples)


def test_a_single_example_is_enough_to_train_on():
    (batch,) = take(training_batches(melodies(1), CONVERTER, 3, seed=1), 1)
    np.testing.assert_array_equal(batch["outputs"], np.repeat(melodies(1), 3, axis=0))
