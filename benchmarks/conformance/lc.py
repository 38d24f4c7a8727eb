"""Checks LCMusicVAE against the numbers of `midime_lc`."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
import tensorflow as tf

from base_vae.checkpoints.magenta.variables import load_layers
from base_vae.checkpoints.names import decoder_layers
from base_vae.model.decoders import DecoderInputs
from base_vae.model.gaussian import kl_to_standard_normal
from base_vae.model.hparams import HParams
from base_vae.spaces import Categorical, Spaces
from benchmarks.conformance.models import SUM_TOLERANCE, TENSOR_TOLERANCE, compact, relative_difference
from benchmarks.conformance.small import encode
from latent_constraints.lc_music_vae.model import LCMusicVAE


def make_lc(case: Mapping[str, np.ndarray]) -> LCMusicVAE:
    """The model of the golden case, with its weights."""
    hparams, space = json.loads(str(case["meta_json"]))["hparams"], Categorical(case["in/input"].shape[-1])
    model = LCMusicVAE(
        HParams(z_size=hparams["encoded_z_size"], dec_rnn_size=tuple(hparams["dec_rnn_size"])),
        hparams["z_size"],
        Spaces(space, space),
    )
    for name in ("latent_encoder", "latent_decoder"):
        for layer, part in zip(getattr(model, name), ("mu", "sigma"), strict=True):
            layer.set_weights([case[f"var/{name}/{part}/{kind}"] for kind in ("kernel", "bias")])
    variables = {k[4:]: case[k] for k in case if k.startswith("var/")}
    load_layers(decoder_layers(model.decoder), variables)
    return model


def check_lc(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, largest difference, tolerance) for every figure of the case."""
    model, posterior = make_lc(case), encode(case)
    for name in ("mu", "sigma"):
        difference = relative_difference(getattr(posterior, name), case[f"enc/{name}"])
        yield f"enc/{name}", difference, TENSOR_TOLERANCE
    z = posterior.mu + posterior.sigma * case["in/eps"]
    latent = model.encode(z)
    drawn = latent.mu + latent.sigma * case["in/eps_latent"]
    decoded = model.decode_latent(drawn)
    for name, value in {
        "z": z,
        "mu": latent.mu,
        "sigma": latent.sigma,
        "latent_z": drawn,
        "decoded_z_mu": decoded.mu,
        "decoded_z_sigma": decoded.sigma,
    }.items():
        yield f"latent/{name}", relative_difference(value, case[f"latent/{name}"]), TENSOR_TOLERANCE
    kl = kl_to_standard_normal(latent.mu, latent.sigma)
    yield "latent/kl", relative_difference(kl, case["latent/kl"]), SUM_TOLERANCE
    targets = compact(model.spaces.outputs, case["in/input"])
    mask = tf.sequence_mask(case["in/length"], targets.shape[1], tf.float32)
    terms = model.terms(
        z, DecoderInputs(targets), tf.constant(case["in/eps_latent"]), tf.zeros_like(z), tf.constant(0), mask
    )
    difference = relative_difference(terms.reconstruction, case["dec/r_loss_from_latent_z"])
    yield "dec/r_loss_from_latent_z", difference, SUM_TOLERANCE
