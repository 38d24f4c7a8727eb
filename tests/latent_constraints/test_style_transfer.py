import numpy as np
import pytest

import base_vae
from base_vae.attributes import attributes_for, measure_arrays
from base_vae.errors import UserError
from base_vae.trained_model import TrainedModel
from latent_constraints.transfer import saving, style_transfer
from latent_constraints.transfer.model import TransferHParams
from tests.tiny_models import CONFIG, lively_model, melodies

HPARAMS = TransferHParams(size=8, layers=(64,), num_steps=300, batch_size=32)
CONVERTER = CONFIG.converter


def low_and_high():
    """Melodies, and others an octave higher."""
    return melodies(60), CONVERTER.transposed(melodies(60, seed=1), 12)[0]


@pytest.fixture(scope="module")
def base():
    return base_vae.load("mel_2bar")


@pytest.fixture(scope="module")
def translator(base):
    return style_transfer.train(base, *low_and_high(), hparams=HPARAMS, seed=2)


def mean_pitch(arrays):
    pitch = [attribute for attribute in attributes_for(CONVERTER) if attribute.name == "mean_pitch"]
    return np.nanmean(measure_arrays(arrays, CONVERTER, pitch))


def test_the_low_become_higher_and_the_high_lower(base, translator):
    low, high = low_and_high()
    for arrays, towards, sign in ((low, "b", 1), (high, "a", -1)):
        pitches = [
            mean_pitch(base.decode_arrays(translator.latents(arrays, towards=towards, amount=amount)))
            for amount in (0.0, 0.5, 1.0)
        ]
        assert sign * (pitches[2] - pitches[0]) > 6
        assert sign * pitches[0] < sign * pitches[1] < sign * pitches[2]


def test_pieces_are_translated_whole(translator):
    pieces = [CONVERTER.decode(array) for array in melodies(3)]
    music = translator.transform(pieces, towards="b")
    assert len(music) == 3
    with pytest.raises(UserError, match=r"`towards` must be one of a, b \(received 'c'\)"):
        translator.transform(pieces, towards="c")


def test_it_comes_back_from_disk_and_from_its_seed(base, translator, tmp_path):
    low, high = low_and_high()
    translator.save(tmp_path / "model")
    again = style_transfer.load(tmp_path / "model")
    same = translator.latents(low[:5]).tobytes()
    assert again.latents(low[:5]).tobytes() == same
    assert again.card == translator.card
    assert style_transfer.train(base, low, high, hparams=HPARAMS, seed=2).latents(low[:5]).tobytes() == same
    with pytest.raises(UserError, match="another base model"):
        style_transfer.load(tmp_path / "model", base=TrainedModel(lively_model(), CONFIG))


def test_a_transfer_between_latents_alone_is_refused(translator, tmp_path):
    saving.save(translator.model, tmp_path / "model")
    with pytest.raises(UserError, match="does not say which base model"):
        style_transfer.load(tmp_path / "model")
