"""MusicVAE: an encoder, a decoder, and the evidence lower bound that trains them."""

import dataclasses
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from base_vae import schedules
from base_vae.config import HParams, from_dict
from base_vae.decoders import CategoricalHead, LstmDecoder
from base_vae.decoders.lstm_decoder import shift
from base_vae.encoders import BidirectionalEncoder

METRICS = (
    "loss",
    "reconstruction",
    "kl_bits",
    "beta",
    "accuracy",
    "free_running_accuracy",
    "learning_rate",
)


class Posterior(NamedTuple):
    """The diagonal Gaussian q(z|x): mean and standard deviation, each float32 [batch, z_size]."""

    mu: tf.Tensor
    sigma: tf.Tensor

    def distribution(self):
        """The same as a `tfd.MultivariateNormalDiag`."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        return tfd.MultivariateNormalDiag(self.mu, self.sigma)


def kl_to_standard_normal(mu: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """KL of N(mu, sigma^2) from N(0, I) in nats, shape [batch] (Kingma & Welling 2014, appendix B)."""
    return tf.reduce_sum(0.5 * (tf.square(mu) + tf.square(sigma) - 1.0) - tf.math.log(sigma), -1)


class MusicVAE(keras.Model):
    """A recurrent variational autoencoder of music (Roberts et al. 2018, arXiv:1803.05428).

    Args:
      hparams: sizes and training.
      depth: number of different event ids.
      seed: seeds every random draw of training, together with the global step.
    """

    def __init__(self, hparams: HParams, depth: int, seed: int = 0, name: str = "music_vae", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hparams, self.depth, self.seed = hparams, depth, seed
        self.encoder = BidirectionalEncoder(hparams.enc_rnn_size, depth)
        self.decoder = LstmDecoder(
            hparams.dec_rnn_size, hparams.z_size, CategoricalHead(depth, hparams.dec_rnn_size[-1])
        )
        self.mu, self.sigma = (
            keras.layers.Dense(
                hparams.z_size,
                activation=activation,
                kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
                dtype="float32",
                name=name,
            )
            for name, activation in (("mu", None), ("sigma", "softplus"))
        )
        for dense in (self.mu, self.sigma):
            dense.build((None, 2 * hparams.enc_rnn_size[-1]))
        self.global_step = self.add_weight(
            name="global_step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.total_steps: int | None = None  # of the run, for the learning rate's cooldown
        self.means = [keras.metrics.Mean(name=name) for name in METRICS]
        self.built = True

    def encode(self, ids: tf.Tensor, lengths: tf.Tensor | None = None) -> Posterior:
        """q(z|x) of int32 ids [batch, time]; `lengths` int32 [batch], None where every step counts."""
        embedding = self.encoder(ids, lengths)
        return Posterior(self.mu(embedding), self.sigma(embedding))

    def call(self, ids: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Teacher-forced logits [batch, time, depth] from the posterior mean of ids [batch, time]."""
        return self.decoder(self.encode(ids).mu, shift(ids))

    def elbo(
        self,
        ids: tf.Tensor,
        noise: tf.Tensor,
        step: tf.Tensor,
        lengths: tf.Tensor | None = None,
        sampling_seed: tf.Tensor | None = None,
    ) -> dict[str, tf.Tensor]:
        """The terms of the evidence lower bound, by name.

        Args:
          ids: int32 [batch, time]; -1 past the lengths.
          noise: standard normal numbers [batch, z_size]; z = mu + sigma * noise.
          step: global step, which sets beta and the scheduled sampling.
          lengths: int32 [batch], or None where every step counts.
          sampling_seed: int32 [2]: feed back samples as the schedule says; None: teacher forcing.

        Returns:
          reconstruction and kl (nats, [batch]), beta, loss (scalars), logits [batch, time, depth] and mu
          [batch, z_size].
        """
        mu, sigma = self.encode(ids, lengths)
        z = mu + sigma * noise
        heard = shift(ids)
        if sampling_seed is not None and not schedules.teacher_forced(self.hparams):
            probability = schedules.sampling_probability(self.hparams, step)
            heard = self.decoder.scheduled_inputs(z, ids, probability, sampling_seed)
        logits = self.decoder(z, heard)
        nll = self.decoder.head.negative_log_likelihood(logits, ids)
        if lengths is not None:
            nll *= tf.sequence_mask(lengths, tf.shape(ids)[1], nll.dtype)
        reconstruction, kl = tf.reduce_sum(nll, -1), kl_to_standard_normal(mu, sigma)
        beta = schedules.beta(self.hparams, step)
        costly = tf.maximum(kl - self.hparams.free_bits * np.log(2.0), 0.0)
        loss = tf.reduce_mean(reconstruction) + beta * tf.reduce_mean(costly)
        return {
            "reconstruction": reconstruction,
            "kl": kl,
            "beta": beta,
            "loss": loss,
            "logits": logits,
            "mu": mu,
        }

    def train_step(self, ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """One optimizer step on int32 ids [batch, time]. Every draw follows from the seed and the step."""
        step = tf.cast(tf.convert_to_tensor(self.global_step), tf.int32)
        seed = tf.stack([self.seed, step])
        noise = tf.random.stateless_normal([tf.shape(ids)[0], self.hparams.z_size], seed)
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            terms = self.elbo(
                ids, noise, step, sampling_seed=tf.random.experimental.stateless_fold_in(seed, 1)
            )
        gradients = tape.gradient(terms["loss"], [v.value for v in variables])
        rate = self.apply_gradients(self.optimizer, gradients, variables, step)
        self.global_step.assign_add(1)
        return self._record({**_summary(terms, ids), "learning_rate": rate}, tf.shape(ids)[0])

    def apply_gradients(self, optimizer, gradients, variables, step: tf.Tensor) -> tf.Tensor:
        """Clips `gradients` and lets `optimizer` take a step; returns the learning rate it took.

        A step whose gradients are far too large, or not a number, counts but moves nothing by them.
        """
        norm = tf.linalg.global_norm(gradients)
        keep = norm <= self.hparams.grad_norm_clip_to_zero  # false for NaN as well
        scale = self.hparams.grad_clip / tf.maximum(norm, self.hparams.grad_clip)
        gradients = [tf.where(keep, gradient * scale, tf.zeros_like(gradient)) for gradient in gradients]
        rate = schedules.learning_rate(self.hparams, step, self.total_steps)
        optimizer.learning_rate.assign(rate)
        optimizer.apply(gradients, variables)
        return rate

    def test_step(self, ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """Teacher-forced and free-running accuracy from the posterior mean, and the ELBO's terms.

        Free-running is the greedy decoding of the posterior mean.
        """
        noise = tf.zeros([tf.shape(ids)[0], self.hparams.z_size])
        terms = self.elbo(ids, noise, tf.cast(tf.convert_to_tensor(self.global_step), tf.int32))
        free = self.decoder.generate(terms["mu"], tf.shape(ids)[1], 0.0, tf.constant([0, 0])).ids
        free_accuracy = tf.reduce_mean(tf.cast(free == ids, tf.float32))
        return self._record(
            {**_summary(terms, ids), "free_running_accuracy": free_accuracy}, tf.shape(ids)[0]
        )

    def get_config(self) -> dict:
        """Arguments that make the same model."""
        return {"hparams": dataclasses.asdict(self.hparams), "depth": self.depth, "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict) -> "MusicVAE":
        """A model like the one whose `get_config` this is, with fresh weights."""
        return cls(from_dict(HParams, config["hparams"]), config["depth"], config["seed"])

    def _record(self, values: dict[str, tf.Tensor], batch: tf.Tensor) -> dict[str, tf.Tensor]:
        """Running means since the epoch began; a short last batch weighs as much as it holds."""
        for mean in self.means:
            if mean.name in values:
                mean.update_state(values[mean.name], sample_weight=batch)
        return {mean.name: mean.result() for mean in self.means if mean.name in values}


def _summary(terms: dict[str, tf.Tensor], ids: tf.Tensor) -> dict[str, tf.Tensor]:
    right = tf.argmax(terms["logits"], -1, output_type=ids.dtype) == ids
    return {
        "loss": terms["loss"],
        "reconstruction": tf.reduce_mean(terms["reconstruction"]),
        "kl_bits": tf.reduce_mean(terms["kl"]) / np.log(2.0),
        "beta": terms["beta"],
        "accuracy": tf.reduce_mean(tf.cast(right, tf.float32)),
    }
