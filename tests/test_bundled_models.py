"""The model that ships: it knows music it has never seen, and what it makes up is music."""

from pathlib import Path

import numpy as np
import pytest

import base_vae
from base_vae.data.collection import collect
from base_vae.metrics import distinct_rate, silent_share
from base_vae.training.evaluation import evaluate
from tests.paths import EXAMPLES

FOLDER = Path(base_vae.__file__).parent / "pretrained" / "mel_2bar"


@pytest.fixture(scope="module")
def model():
    return base_vae.load("mel_2bar")


def test_it_is_small_enough_and_has_a_card():
    assert (FOLDER / "model.weights.h5").stat().st_size <= 12 * 2**20
    card = (FOLDER / "README.md").read_text()
    for word in ("licence", "Held out", "bad at", "steps", "KL"):
        assert word in card


@pytest.mark.parametrize("style", ["hymns", "reels"])
def test_it_gives_back_the_examples(model, style):
    examples = collect(EXAMPLES / style, model.config.converter).examples
    figures = evaluate(model.model, examples, model.config.converter)
    assert figures["accuracy"] > 0.9
    assert figures["free_running_accuracy"] > 0.8
    assert figures["kl_bits"] < 130
    assert figures["active_units"] > 8


def test_its_samples_are_neither_silence_nor_noise_nor_all_the_same(model):
    converter = model.config.converter
    arrays = np.stack(
        [converter.encode_whole(sequence) for sequence in model.sample(64, temperature=0.5, seed=3)]
    )
    assert distinct_rate(arrays) == 1
    assert silent_share(arrays) < 0.5
    notes = (arrays >= 2).sum(1)
    assert 5 < notes.mean() < 22


def test_from_a_tune_to_itself_is_that_tune_all_the_way(model):
    tune = collect(EXAMPLES / "hymns", model.config.converter).examples[0]
    sequence = model.config.converter.decode(tune)
    same = model.interpolate(sequence, sequence, num_steps=3)
    arrays = [model.config.converter.encode_whole(piece) for piece in same]
    np.testing.assert_array_equal(arrays[0], arrays[1])
    np.testing.assert_array_equal(arrays[0], arrays[2])
