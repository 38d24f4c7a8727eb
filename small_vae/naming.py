"""Gives the knobs of a trained model an order, and directions that have names."""

import dataclasses

import numpy as np
import tensorflow as tf

from small_vae.knobs import LEAST_WEIGHT, weigh_knobs
from small_vae.model import SmallVAE
from small_vae.personal_model import PersonalModel
from small_vae.rotation import attribute_rotation

_BATCH = 8  # as many as five pieces, the usual number, are padded to: the decoder is compiled once


def with_named_knobs(personal: PersonalModel, knobs: np.ndarray) -> PersonalModel:
    """The same model with its small latent space rotated.

    Each knob goes with an attribute of the music, upwards for more of it, and the knobs are in the order of
    what they explain. Over a base that is not `is_small`, whose music takes long to decode, they are put in
    order only, and `weights` is None.

    Args:
      personal: the model; its small VAE is rotated in place.
      knobs: of the user's examples, [examples, size].
    """
    weights, rotation = None, np.eye(personal.size)
    if personal.base.is_small:
        weights = weigh_knobs(personal, batch=_BATCH)
        rotation = attribute_rotation(weights.weights, LEAST_WEIGHT)
    personal.model.rotate(rotation)
    order = np.argsort(-_explained(personal.model, knobs @ rotation), kind="stable")
    personal.model.rotate(np.eye(personal.size)[:, order])
    rotation = rotation[:, order]
    return dataclasses.replace(
        personal,
        mixture=personal.mixture.rotated(rotation),
        weights=None if weights is None else weights.rotated(rotation),
    )


def _explained(model: SmallVAE, knobs: np.ndarray) -> np.ndarray:
    """Mean square that each knob moves the base's latents by, away from where it is 0, [size].

    Args:
      model: the small VAE.
      knobs: of examples, [examples, size].
    """
    decoded = model.decode(tf.constant(knobs, tf.float32)).numpy()
    moved = []
    for knob in range(knobs.shape[1]):
        at_rest = knobs.copy()
        at_rest[:, knob] = 0.0
        away = decoded - model.decode(tf.constant(at_rest, tf.float32)).numpy()
        moved.append(np.mean(np.sum(away**2, 1)))
    return np.array(moved)
