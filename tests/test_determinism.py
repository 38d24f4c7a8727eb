"""With `--deterministic` the same seed gives the same bytes on any number of threads."""

import dataclasses
import hashlib
import importlib
import os
from pathlib import Path

import pytest

from tests.child_process import finish, run, start

# So large that several threads share out sums: without the flag the weights depend on their number.
HPARAMS = {"z_size": 256, "enc_rnn_size": (768,), "dec_rnn_size": (768,), "batch_size": 16}
SEEDED = (
    "attribute_vectors",
    "evaluate_music",
    "groovae",
    "latent_constraints",
    "latent_plot",
    "latent_transfer",
    "midime_generate",
    "midime_train",
    "music_vae_generate",
    "music_vae_train",
)


@pytest.mark.parametrize("command", SEEDED)
def test_every_command_whose_seed_gives_the_same_numbers_has_the_flag(command):
    flags = importlib.import_module(f"midime_scripts.{command}").FLAGS
    assert "seed" in flags and "deterministic" in flags


def train(cores, path):
    """Trains a model on a number of cores and plays it; writes digests of its weights, latents and music."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    from midime_scripts import music_vae_train
    from midime_scripts.common.tensorflow_start import start_tensorflow

    music_vae_train.FLAGS(["music_vae_train", "--deterministic"])
    start_tensorflow(music_vae_train.FLAGS)
    import numpy as np

    from base_vae.data.batches import training_batches
    from base_vae.trained_model import TrainedModel
    from base_vae.training.train import make_model
    from tests.tiny_models import CONFIG, melodies

    config = dataclasses.replace(CONFIG, hparams=dataclasses.replace(CONFIG.hparams, **HPARAMS))
    model, examples = make_model(config, seed=1), melodies(64)
    model.fit(training_batches(examples, config.converter, 16, seed=1), steps_per_epoch=2, verbose=0)
    trained = TrainedModel(model, config)
    z = trained.encode_arrays(examples)
    music = trained.decode_arrays(z.mu, temperature=1.0, seed=2)
    parts = [*model.get_weights(), z.mu, z.sigma, music]
    digests = [hashlib.sha256(np.ascontiguousarray(part).tobytes()).hexdigest() for part in parts]
    Path(path).write_text("\n".join(digests))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_one_core_and_two_give_the_same_bytes(tmp_path):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one core")
    finish(*(start(train, cores, tmp_path / str(cores)) for cores in (1, 2)))
    assert (tmp_path / "1").read_text() == (tmp_path / "2").read_text()


def begin_too_late():
    import tensorflow as tf

    import base_vae

    assert tf.reduce_sum([1.0, 2.0]) == 3.0
    with pytest.raises(base_vae.UserError, match=r"call base_vae\.make_deterministic\(\) before a model"):
        base_vae.make_deterministic()


@pytest.mark.slow
def test_too_late_is_said():
    run(begin_too_late)
