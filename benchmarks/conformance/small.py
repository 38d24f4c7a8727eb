"""Checks the small VAE against the numbers of `midime_small`."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
import tensorflow as tf

from base_vae.checkpoints.magenta.variables import load_variables, to_original
from base_vae.converters import Tensors
from base_vae.model.gaussian import Posterior, kl_to_standard_normal
from base_vae.model.hparams import HParams
from base_vae.model.music_vae import MusicVAE
from base_vae.spaces import Categorical, Spaces
from benchmarks.conformance.models import SUM_TOLERANCE, TENSOR_TOLERANCE, compact, relative_difference
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


def encode(case: Mapping[str, np.ndarray]) -> Posterior:
    """The base's posterior; the case has no decoder of the base's size, so ours keeps its own weights."""
    hparams, space = json.loads(str(case["meta_json"]))["hparams"], Categorical(case["in/input"].shape[-1])
    sizes = {name: tuple(hparams[name]) for name in ("enc_rnn_size", "dec_rnn_size")}
    base = MusicVAE(HParams(z_size=hparams["z_size"], **sizes), Spaces(space, space))
    own = to_original(base, lambda weight: weight)
    golden = {k[4:]: case[k] for k in case if k.startswith("var/encoder/")}
    load_variables(base, {**own, **golden})
    ids = compact(space, case["in/input"])
    return base.encode(Tensors(ids, ids, None, tf.constant(case["in/length"])))


def check_small(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, largest difference, tolerance) for every figure of the case."""
    small, posterior = make_small(case), encode(case)
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
