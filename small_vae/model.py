"""SmallVAE: a variational autoencoder over the latents of a MusicVAE, small enough for one person's music."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.model import schedules
from base_vae.model.gaussian import Posterior, kl_to_standard_normal
from base_vae.model.hparams import HParams
from base_vae.model.layers.dense import dense
from base_vae.model.own_loss import OwnLossModel
from base_vae.settings import from_dict
from small_vae.config import SmallHParams

# Hyperparameters of the schedules, which are the base's.
_SCHEDULED = ("max_beta", "beta_rate", "learning_rate", "decay_rate", "min_learning_rate")


@keras.saving.register_keras_serializable(package="small_vae")
class SmallVAE(OwnLossModel):
    """A dense VAE with a unit-variance Gaussian over what it reconstructs (Dinculescu et al. 2019, MidiMe).

    >>> model = SmallVAE(SmallHParams(encoded_z_size=4), z_size=512)
    >>> model.encode(np.zeros((3, 512), np.float32)).mu.shape, model.decode(np.zeros((3, 4))).shape
    (TensorShape([3, 4]), TensorShape([3, 512]))

    Args:
      hparams: sizes and training.
      z_size: size of the base model's latent space.
      seed: seeds the noise of training, together with the step.
    """

    def __init__(
        self, hparams: SmallHParams, z_size: int, seed: int = 0, name: str = "small_vae", **kwargs: Any
    ):
        super().__init__(name=name, dtype="float32", **kwargs)
        self.hparams, self.z_size, self.seed = hparams, z_size, seed
        self.schedules = HParams(**{name: getattr(hparams, name) for name in _SCHEDULED})
        self.encoder = _stack(hparams.latent_encoder_layers, z_size, "encoder")
        self.mu = dense(hparams.encoded_z_size, hparams.latent_encoder_layers[-1], None, "mu")
        self.sigma = dense(hparams.encoded_z_size, hparams.latent_encoder_layers[-1], "softplus", "sigma")
        self.decoder = _stack(hparams.latent_decoder_layers, hparams.encoded_z_size, "decoder")
        self.decoded = dense(z_size, hparams.latent_decoder_layers[-1], None, "decoded")
        self.global_step = self.add_weight(
            name="global_step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.means = [keras.metrics.Mean(name=name) for name in ("loss", "reconstruction", "kl")]
        self.built = True

    def encode(self, z: tf.Tensor) -> Posterior:
        """Posterior [batch, encoded_z_size] of base latents [batch, z_size]."""
        for layer in self.encoder:
            z = layer(z)
        return Posterior(self.mu(z), self.sigma(z))

    def decode(self, latent: tf.Tensor) -> tf.Tensor:
        """Base latents [batch, z_size] of small latents [batch, encoded_z_size]."""
        for layer in self.decoder:
            latent = layer(latent)
        return self.decoded(latent)

    def call(self, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Base latents [batch, z_size], there and back through the posterior mean."""
        return self.decode(self.encode(z).mu)

    def rotate(self, rotation: np.ndarray) -> None:
        """Rotates the small latent space: knobs are multiplied by an orthogonal matrix [size, size].

        The prior N(0, I) does not change, nor do reconstructions. A rotated posterior is no longer a product
        of Gaussians, one for each knob: each standard deviation becomes a mean of the old ones, weighted by
        the squares of the matrix, before the softplus. That is exact for a permutation, close otherwise.
        """
        kernel, bias = self.mu.get_weights()
        self.mu.set_weights([kernel @ rotation, bias @ rotation])
        kernel, bias = self.sigma.get_weights()
        self.sigma.set_weights([kernel @ rotation**2, bias @ rotation**2])
        kernel, bias = self.decoder[0].get_weights()
        self.decoder[0].set_weights([rotation.T @ kernel, bias])

    def elbo(self, z: tf.Tensor, noise: tf.Tensor, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """The terms of the evidence lower bound, by name.

        Args:
          z: base latents [batch, z_size].
          noise: standard normal numbers [batch, encoded_z_size].
          step: step of training, which sets beta.

        Returns:
          reconstruction (half the squared distance) and kl, nats [batch]; beta and loss, scalars.
        """
        mu, sigma = self.encode(z)
        reconstruction = 0.5 * tf.reduce_sum(tf.square(z - self.decode(mu + sigma * noise)), -1)
        kl = kl_to_standard_normal(mu, sigma)
        beta = schedules.beta(self.schedules, step)
        loss = tf.reduce_mean(reconstruction) + beta * tf.reduce_mean(kl)
        return {"reconstruction": reconstruction, "kl": kl, "beta": beta, "loss": loss}

    # No control flow of Python's depends on a tensor here, and AutoGraph takes its time to find that out.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step on base posteriors (mu, sigma), each [batch, z_size]; their noise is fresh each time."""
        step = tf.cast(tf.convert_to_tensor(self.global_step), tf.int32)
        terms, gradients = self._gradients(data, step)
        self.take_step(gradients, step, self.hparams.grad_clip)
        return self._record(terms)

    @tf.autograph.experimental.do_not_convert
    def test_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The ELBO's terms, without noise and at full beta, of base posteriors (mu, sigma)."""
        z, _ = _posteriors(data)
        noise = tf.zeros([tf.shape(z)[0], self.hparams.encoded_z_size])
        terms = self.elbo(z, noise, tf.constant(0))
        loss = tf.reduce_mean(terms["reconstruction"]) + self.hparams.max_beta * tf.reduce_mean(terms["kl"])
        return self._record({**terms, "loss": loss})

    def input_signature(self) -> tf.TensorSpec:
        """Base latents, [batch, z_size]."""
        return tf.TensorSpec((None, self.z_size), tf.float32, "z")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make the same model."""
        return {"hparams": dataclasses.asdict(self.hparams), "z_size": self.z_size, "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SmallVAE":
        """A model like the one whose `get_config` this is, with fresh weights."""
        return cls(from_dict(SmallHParams, config["hparams"]), config["z_size"], config["seed"])

    def _gradients(
        self, data: tuple[tf.Tensor, tf.Tensor], step: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], list[tf.Tensor]]:
        mu, sigma = _posteriors(data)
        seed = tf.stack([self.seed, step])
        base_noise = tf.random.stateless_normal(tf.shape(mu), seed)
        latent_shape = [tf.shape(mu)[0], self.hparams.encoded_z_size]
        noise = tf.random.stateless_normal(latent_shape, tf.random.experimental.stateless_fold_in(seed, 1))
        variables = [v.value for v in self.trainable_variables]
        with tf.GradientTape() as tape:
            terms = self.elbo(mu + sigma * base_noise, noise, step)
        return terms, tape.gradient(terms["loss"], variables)

    def _record(self, terms: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        for mean in self.means:
            mean.update_state(terms[mean.name])
        return {mean.name: mean.result() for mean in self.means}


def _posteriors(data: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """The (mu, sigma) of a batch. Raises UserError for anything but such a pair."""
    if not (isinstance(data, tuple) and len(data) in (2, 3) and all(each is None for each in data[2:])):
        raise UserError(
            "a SmallVAE learns from base posteriors: give fit and evaluate `mu, sigma`, two arrays"
        )
    return data[:2]


def _stack(units: tuple[int, ...], inputs: int, name: str) -> list[keras.layers.Dense]:
    widths = [inputs, *units[:-1]]
    return [
        dense(n, width, "relu", f"{name}_layer{i}")
        for i, (n, width) in enumerate(zip(units, widths, strict=True))
    ]
