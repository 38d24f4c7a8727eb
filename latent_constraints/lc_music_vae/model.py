"""LCMusicVAE: a small latent space under a frozen MusicVAE encoder, with a decoder of its own."""

import dataclasses
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.model import schedules
from base_vae.model.decoders import DecoderInputs, Generated, Prompt, make_decoder
from base_vae.model.gaussian import Posterior, kl_to_standard_normal
from base_vae.model.hparams import HParams
from base_vae.model.layers.lstm_input import size
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.own_loss import OwnLossModel
from base_vae.model.tensor_batch import batch_signature, step_mask
from base_vae.settings import from_dict
from base_vae.spaces import Spaces, Tensors, spaces_from_dict, spaces_to_dict


class LCTerms(NamedTuple):
    """Terms of the loss: nats [batch] the first two, a distance [batch], and two scalars."""

    reconstruction: tf.Tensor
    kl: tf.Tensor
    distance: tf.Tensor
    beta: tf.Tensor
    loss: tf.Tensor


@keras.saving.register_keras_serializable(package="latent_constraints")
class LCMusicVAE(OwnLossModel):
    """A linear VAE over base latents whose small latent feeds a small decoder.

    The small decoder learns to write the music itself, from the small latent; a linear map back to the base's
    latent space keeps the two spaces together. What is trained is what is sampled: `generate` runs the
    decoder that `loss` trained.

    Args:
      hparams: of the small decoder and its training; `z_size` is the size of the small latent.
      base_z_size: size of the base model's latent space.
      spaces: what a step of the music is.
      seed: seeds every random draw of training, together with the global step.
    """

    def __init__(
        self,
        hparams: HParams,
        base_z_size: int,
        spaces: Spaces,
        seed: int = 0,
        name: str = "lc_music_vae",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.hparams, self.base_z_size, self.spaces, self.seed = hparams, base_z_size, spaces, seed
        self.latent_encoder = _gaussian(hparams.z_size, base_z_size, "latent_encoder")
        self.latent_decoder = _gaussian(base_z_size, hparams.z_size, "latent_decoder")
        control_width = spaces.controls.width if spaces.controls else 0
        self.decoder = make_decoder(hparams, spaces, control_width)
        self.global_step = self.add_weight(
            name="global_step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        names = ("loss", "reconstruction", "kl", "distance")
        self.means = [keras.metrics.Mean(name=name) for name in names]
        self.built = True

    def encode(self, z: tf.Tensor) -> Posterior:
        """Posterior [batch, small] of base latents [batch, base_z_size]."""
        mu, sigma = self.latent_encoder
        return Posterior(mu(z), sigma(z))

    def call(self, batch: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        """Teacher-forced parameters of the head [batch, time, width], from posterior means.

        Args:
          batch: base posterior means `mu` [batch, base_z_size], the music that they stand for, and more, as
            for `train_step`.
          training: has no effect.
        """
        inputs, _ = self.decoder_inputs(batch)
        return self.decoder.run(self.encode(batch["mu"]).mu, inputs).parameters

    def decode_latent(self, latent: tf.Tensor) -> Posterior:
        """The Gaussian in the base's latent space that a small latent [batch, small] stands for."""
        mu, sigma = self.latent_decoder
        return Posterior(mu(latent), sigma(latent))

    def generate(self, latent: tf.Tensor, prompt: Prompt) -> Generated:
        """Music of small latents [batch, small], from the model's own decoder."""
        return self.decoder.generate(latent, prompt, size(latent))

    def terms(
        self,
        z: tf.Tensor,
        inputs: DecoderInputs,
        noise: tf.Tensor,
        base_noise: tf.Tensor,
        step: tf.Tensor,
        mask: tf.Tensor,
        draws: RandomStream | None = None,
    ) -> LCTerms:
        """The loss and what it consists of.

        reconstruction + beta * KL + |sample of the decoded z - z|, the Euclidean norm and not its square.

        Args:
          z: base latents [batch, base_z_size].
          inputs: of the decoder, for the music that they stand for.
          noise: standard normal numbers [batch, small], for the small latent.
          base_noise: the same [batch, base_z_size], for the sample of the decoded z.
          step: global step, which sets beta and the scheduled sampling.
          mask: ones for the steps that count, [batch, time].
          draws: random numbers of scheduled sampling; None: teacher forcing.
        """
        posterior = self.encode(z)
        latent = posterior.mu + posterior.sigma * noise
        if draws is not None and not schedules.teacher_forced(self.hparams):
            probability = schedules.sampling_probability(self.hparams, step)
            inputs = inputs._replace(sampling=(probability, draws))
        parameters = self.decoder.run(latent, inputs).parameters
        nll = self.decoder.head.negative_log_likelihood(parameters, inputs.targets)
        reconstruction = tf.reduce_sum(nll * mask, -1)
        kl = kl_to_standard_normal(*posterior)
        decoded = self.decode_latent(latent)
        distance = tf.norm(decoded.mu + decoded.sigma * base_noise - z, axis=-1)
        beta = schedules.beta(self.hparams, step)
        loss = tf.reduce_mean(reconstruction) + beta * tf.reduce_mean(kl) + tf.reduce_mean(distance)
        return LCTerms(reconstruction, kl, distance, beta, loss)

    # No control flow of Python's depends on a tensor here, and AutoGraph takes its time to find that out.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step on base posteriors `mu`, `sigma` [batch, base_z_size] and the `outputs` they stand for.

        `controls` and `lengths` are those of the music, where it has any; the noise is fresh in each step.
        """
        inputs, mask = self.decoder_inputs(batch)
        step = tf.cast(tf.convert_to_tensor(self.global_step), tf.int32)
        draws = RandomStream(tf.stack([self.seed, step]))
        mu = batch["mu"]
        z = mu + batch["sigma"] * draws.fold_in(1).normal(tf.unstack(tf.shape(mu)))
        noise = draws.fold_in(2).normal([tf.shape(mu)[0], self.hparams.z_size])
        base_noise = draws.fold_in(3).normal(tf.unstack(tf.shape(mu)))
        variables = [variable.value for variable in self.trainable_variables]
        with tf.GradientTape() as tape:
            terms = self.terms(z, inputs, noise, base_noise, step, mask, draws.fold_in(4))
        self.take_step(tape.gradient(terms.loss, variables), step, self.hparams.grad_clip)
        return self._record(terms)

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The terms from the posterior means, without noise, teacher-forced."""
        inputs, mask = self.decoder_inputs(batch)
        z = batch["mu"]
        noise = tf.zeros([tf.shape(z)[0], self.hparams.z_size])
        return self._record(self.terms(z, inputs, noise, tf.zeros_like(z), tf.constant(0), mask))

    def decoder_inputs(self, batch: dict[str, tf.Tensor]) -> tuple[DecoderInputs, tf.Tensor]:
        """The decoder's inputs for a batch, and ones for the steps that count [batch, time].

        Raises:
          UserError: for anything but a batch of this model's.
        """
        if not (isinstance(batch, dict) and {"mu", "outputs"} <= set(batch)):
            raise UserError(
                "an LCMusicVAE takes batches as dictionaries with `mu` and `sigma`, base posteriors, and "
                f"`outputs`, their music: give it a dataset of them (received {type(batch).__name__})"
            )
        controls = batch.get("controls")
        if self.spaces.controls is not None:
            controls = self.spaces.controls.vectors(controls)
        tensors = Tensors(batch["outputs"], batch["outputs"], None, batch.get("lengths"))
        return DecoderInputs(tensors.outputs, controls), step_mask(tensors)

    def input_signature(self) -> dict[str, tf.TensorSpec]:
        """The tensors of a batch of any size that `call` reads."""
        signature = batch_signature(self.spaces, self.hparams.max_seq_len)
        del signature["inputs"]
        return {"mu": tf.TensorSpec((None, self.base_z_size), tf.float32, "mu"), **signature}

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same model, as plain data."""
        return {
            "hparams": dataclasses.asdict(self.hparams),
            "base_z_size": self.base_z_size,
            "spaces": spaces_to_dict(self.spaces),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LCMusicVAE":
        """A model like the one whose `get_config` this is, with fresh weights."""
        hparams, spaces = from_dict(HParams, config["hparams"]), spaces_from_dict(config["spaces"])
        return cls(hparams, config["base_z_size"], spaces, config["seed"])

    def _record(self, terms: LCTerms) -> dict[str, tf.Tensor]:
        for mean in self.means:
            mean.update_state(getattr(terms, mean.name))
        return {mean.name: mean.result() for mean in self.means}


def _gaussian(units: int, inputs: int, name: str) -> list[keras.layers.Dense]:
    """Linear mean and softplus scale."""
    layers = [
        keras.layers.Dense(units, activation=activation, dtype="float32", name=f"{name}_{part}")
        for part, activation in (("mu", None), ("sigma", "softplus"))
    ]
    for layer in layers:
        layer.build((None, inputs))
    return layers
