"""Small models, and folders of them for Magenta.js."""

import dataclasses

import numpy as np

from base_vae.checkpoints.names import named_weights
from base_vae.trained_model import TrainedModel
from tests.tiny_models import CONFIG, lively_model

MELODIES = dataclasses.replace(CONFIG, hparams=dataclasses.replace(CONFIG.hparams, dec_rnn_size=(12, 12)))


def trained(config=MELODIES):
    return TrainedModel(lively_model(config), config)


def weights(model):
    return {name: w.numpy() for name, w in named_weights(model).items() if name != "global_step"}


def same_weights(one, other):
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(np.array_equal(first[n], second[n]) for n in first)
