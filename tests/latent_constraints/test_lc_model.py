import dataclasses

import numpy as np
import pytest

from base_vae.checkpoints import model_folder
from base_vae.data.collection import collect_sequences
from base_vae.errors import UserError
from base_vae.loading import load
from latent_constraints.lc_music_vae import loading
from latent_constraints.lc_music_vae.config import PRESETS, get_preset
from latent_constraints.lc_music_vae.training import evaluate, train
from tests.damaged import damaged_arrays, is_refused
from tests.tiny_models import CONFIG, lively_model, melodies

PRESET = get_preset("lc-mel_2bar")
SMALL = dataclasses.replace(
    PRESET,
    hparams=dataclasses.replace(PRESET.hparams, z_size=3, dec_rnn_size=(24,), batch_size=16, max_beta=0.01),
    num_steps=250,
)
FEW = dataclasses.replace(SMALL, num_steps=2)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "model"
    model_folder.save(lively_model(), CONFIG, path, "A base for tests.")
    return load(path)


@pytest.fixture(scope="module")
def collection():
    return collect_sequences([CONFIG.converter.decode(array) for array in melodies(12)], CONFIG.converter)


@pytest.fixture(scope="module")
def trained(base, collection):
    return train(base, collection, config=SMALL, seed=1)


@pytest.fixture(scope="module")
def few(base, collection):
    return train(base, collection, config=FEW, seed=1)


def test_it_learns_to_say_the_music_with_its_own_decoder(collection, few, trained):
    before, after = (evaluate(model, collection) for model in (few, trained))
    assert after["reconstruction"] < 0.7 * before["reconstruction"]
    assert after["distance"] < before["distance"]
    assert set(after) == {"loss", "reconstruction", "kl", "distance"}


def test_samples_come_from_its_own_decoder(base, trained):
    music = trained.sample(3, seed=4)
    silenced = [weight.numpy() for weight in base.model.decoder.weights]
    for weight in base.model.decoder.weights:
        weight.assign(weight * 0.0)
    again = trained.sample(3, seed=4)
    for weight, value in zip(base.model.decoder.weights, silenced, strict=True):
        weight.assign(value)
    assert [m.SerializeToString() for m in again] == [m.SerializeToString() for m in music]
    assert len({m.SerializeToString() for m in trained.sample(3, temperature=1.0, seed=5)}) > 1


def test_it_comes_back_from_disk_bit_for_bit(trained, tmp_path):
    trained.save(str(tmp_path / "model"))
    assert loading.is_lc(tmp_path / "model")
    again = loading.load(tmp_path / "model")
    assert again.config == trained.config
    for source in ("mixture", "prior"):
        before, after = (m.sample(2, seed=6, source=source) for m in (trained, again))
        assert [m.SerializeToString() for m in before] == [m.SerializeToString() for m in after]
    piece = CONFIG.converter.decode(melodies(1)[0])
    np.testing.assert_array_equal(again.encode([piece]).mu, trained.encode([piece]).mu)


def test_the_same_seed_trains_the_same_model(base, collection, few):
    same, other = (train(base, collection, config=FEW, seed=seed).model.get_weights() for seed in (1, 2))
    one = few.model.get_weights()
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert any((a != b).any() for a, b in zip(one, other, strict=True))


def test_the_published_preset_is_the_published_one():
    published = PRESETS["lc-cat-mel_2bar_big"]
    hparams = published.hparams
    assert (hparams.z_size, hparams.dec_rnn_size, hparams.batch_size) == (8, (128, 128), 2)
    assert (hparams.max_beta, hparams.beta_rate, hparams.free_bits) == (0.5, 0.99999, 0.0)
    assert (hparams.sampling_schedule, hparams.sampling_rate) == ("inverse_sigmoid", 1000.0)
    assert published.transpose == (-5, 5)


def test_wrong_knobs_and_folders_are_said(trained, tmp_path):
    with pytest.raises(UserError, match="3 knobs"):
        trained.decode(np.zeros((1, 4)))
    model_folder.save(lively_model(), CONFIG, tmp_path / "base", "A base.")
    with pytest.raises(UserError, match="holds no lc- model"):
        loading.load(tmp_path / "base")


def test_damaged_folders_are_refused_in_a_sentence(trained, tmp_path):
    trained.save(tmp_path / "model")

    def load(path):
        return loading.load(path, base=trained.base)

    for name, path in damaged_arrays(tmp_path / "model", tmp_path / "arrays"):
        assert is_refused(load, path), name
