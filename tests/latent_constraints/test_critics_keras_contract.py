"""Critics, actors, transfers and LCMusicVAEs do what Keras promises of a model, or say what to give."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.model.hparams import HParams
from base_vae.tunes.denoiser import Denoiser, DenoiserHParams
from latent_constraints.actor import Actor
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.personal import PersonalCritic
from latent_constraints.critics.realism import RealismCritic
from latent_constraints.lc_music_vae.model import LCMusicVAE
from latent_constraints.transfer.model import LatentTransfer, TransferHParams
from tests.tiny_models import CONFIG, melodies

Z_SIZE = 6
Z = np.random.default_rng(0).standard_normal((20, Z_SIZE)).astype(np.float32)
CRITICS = {
    "attribute": lambda: AttributeCritic(
        np.array([-0.5, 0.5]), 0, blur=0.3, label="density", z_size=Z_SIZE, units=(5,)
    ),
    "personal": lambda: PersonalCritic(label="personal", z_size=Z_SIZE, units=(5, 4), dropout=0.2),
    "realism": lambda: RealismCritic(label="realism", z_size=Z_SIZE, units=(5,), activation="relu"),
}


def lc_model():
    hparams = HParams(z_size=3, enc_rnn_size=(8,), dec_rnn_size=(8,), max_seq_len=32)
    return LCMusicVAE(hparams, Z_SIZE, CONFIG.converter.spaces, seed=4)


def lc_batches():
    arrays = tf.constant(melodies(len(Z)), tf.int32)
    return tf.data.Dataset.from_tensors({"mu": Z, "sigma": np.abs(Z), "outputs": arrays})


def transfer():
    return LatentTransfer(TransferHParams(size=2, layers=(8, 5)), (Z_SIZE, 4), seed=3)


def saved_and_loaded(model, path):
    model.save(path / "model.keras")
    return keras.models.load_model(path / "model.keras")


def served(model, inputs, path):
    model.export(str(path / "served"), verbose=False)
    loaded = tf.saved_model.load(str(path / "served"))
    return loaded.serve(inputs)


@pytest.mark.parametrize("kind", CRITICS)
def test_a_critic(kind, tmp_path):
    critic = CRITICS[kind]()
    critic.compile(
        keras.optimizers.SGD(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    history = critic.fit(Z, np.arange(len(Z)) % critic.classes, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert np.isfinite(critic.evaluate(Z, np.zeros(len(Z)), verbose=0))
    outputs = critic.predict(Z, verbose=0)
    again = saved_and_loaded(critic, tmp_path)
    assert type(again) is type(critic) and again.get_config() == critic.get_config()
    np.testing.assert_array_equal(again.predict(Z, verbose=0), outputs)
    assert int(again.optimizer.iterations) == int(critic.optimizer.iterations)
    np.testing.assert_allclose(served(critic, Z, tmp_path), outputs, atol=1e-6)


def test_an_actor(tmp_path):
    actor, allowed = Actor(Z_SIZE, 4, (5,)), np.ones((len(Z), 4), np.float32)
    outputs = actor(Z, allowed)
    np.testing.assert_array_equal(saved_and_loaded(actor, tmp_path)(Z, allowed), outputs)
    actor.compile(keras.optimizers.SGD(1e-3), jit_compile=False)
    with pytest.raises(UserError, match="learns from critics: train it with `train`"):
        actor.fit(Z, allowed, verbose=0)


def test_a_transfer(tmp_path):
    model = transfer()
    model.compile(keras.optimizers.SGD(1e-3), jit_compile=False)
    data = tf.data.Dataset.from_tensors({"z_0": Z, "z_1": Z[:, :4]})
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-5)
    history = model.fit(data, epochs=2, callbacks=[rates], verbose=0).history
    np.testing.assert_allclose(history["learning_rate"], 1e-5, rtol=1e-4)
    assert np.isfinite(list(model.evaluate(data, return_dict=True, verbose=0).values())).all()
    outputs = model.predict(Z, verbose=0)
    again = saved_and_loaded(model, tmp_path)
    np.testing.assert_array_equal(again.predict(Z, verbose=0), outputs)
    np.testing.assert_allclose(served(model, Z, tmp_path), outputs, atol=1e-6)
    with pytest.raises(UserError, match="dictionaries with `z_0` and `z_1`"):
        model.fit(Z, verbose=0)


def test_an_lc_music_vae(tmp_path):
    model = lc_model()
    model.compile(keras.optimizers.SGD(1e-6), jit_compile=False)
    model.fit(lc_batches(), epochs=2, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-6)
    figures = model.evaluate(lc_batches(), return_dict=True, verbose=0)
    assert set(figures) == {"loss", "reconstruction", "kl", "distance"}
    outputs = model.predict(lc_batches(), verbose=0)
    again = saved_and_loaded(model, tmp_path)
    np.testing.assert_array_equal(again.predict(lc_batches(), verbose=0), outputs)
    assert int(again.global_step) == 2
    batch = {name: value for name, value in next(iter(lc_batches())).items() if name != "sigma"}
    np.testing.assert_allclose(served(model, batch, tmp_path), outputs, atol=1e-5)
    for method in (model.fit, model.evaluate, model.predict):
        with pytest.raises(UserError, match="dictionaries with `mu` and `sigma`"):
            method(Z, verbose=0)


def test_a_denoiser_of_tunes(tmp_path):
    model = Denoiser(DenoiserHParams(directions=4, width=8, layers=1, heads=2))
    again = saved_and_loaded(model, tmp_path)
    assert again.hparams == model.hparams
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
