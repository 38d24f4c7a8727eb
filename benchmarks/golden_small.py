"""Checks the small VAE against the numbers of `midime_small`."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
import tensorflow as tf

from base_vae.model import kl_to_standard_normal
from benchmarks.golden_models import (
    SUM_TOLERANCE,
    TENSOR_TOLERANCE,
    make_model,
    one_hot_ids,
    relative_difference,
)
from small_vae.config import SmallHParams
from small_vae.model import SmallVAE


def make_small(case: Mapping[str, np.ndarray]) -> SmallVAE:
    """The small VAE of a golden case, with its weights."""
    hparams = json.loads(str(case["meta_json"]))["hparams"]
    small = SmallVAE(
        SmallHParams(
            encoded_z_size=hparams["encoded_z_size"],
            latent_encoder_layers=tuple(hparams["latent_encoder_layers"]),
            latent_decoder_layers=tuple(hparams["latent_decoder_layers"]),
        ),
        hparams["z_size"],
    )
    names = {
        small.mu: "latent_encoder/mu",
        small.sigma: "latent_encoder/sigma",
        small.decoded: "latent_decoder/mu",
    }
    for part, layers in (("latent_encoder", small.encoder), ("latent_decoder", small.decoder)):
        names |= {layer: f"{part}/layer{i}" for i, layer in enumerate(layers)}
    for layer, name in names.items():
        layer.set_weights([case[f"var/{name}/{kind}"] for kind in ("kernel", "bias")])
    return small


def check_small(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, largest difference, tolerance) for every figure of the case."""
    encoder, small = make_model(case, encoder_only=True), make_small(case)
    posterior = encoder.encode(tf.constant(one_hot_ids(case["in/input"])), tf.constant(case["in/length"]))
    for name in ("mu", "sigma"):
        yield (
            f"enc/{name}",
            relative_difference(getattr(posterior, name), case[f"enc/{name}"]),
            TENSOR_TOLERANCE,
        )
    z = posterior.mu + posterior.sigma * case["in/eps"]
    latent = small.encode(z)
    drawn = latent.mu + latent.sigma * case["in/eps_latent"]
    terms = small.elbo(z, tf.constant(case["in/eps_latent"]), tf.constant(0))
    for name, value in {
        "z": z,
        "mu": latent.mu,
        "sigma": latent.sigma,
        "latent_z": drawn,
        "decoded_z": small.decode(drawn),
    }.items():
        yield f"latent/{name}", relative_difference(value, case[f"latent/{name}"]), TENSOR_TOLERANCE
    kl = kl_to_standard_normal(latent.mu, latent.sigma)
    yield "latent/kl", relative_difference(kl, case["latent/kl"]), SUM_TOLERANCE
    yield "latent/r_loss", relative_difference(terms["reconstruction"], case["latent/r_loss"]), SUM_TOLERANCE
