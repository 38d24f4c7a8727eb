"""MusicVAE: an encoder, a decoder, and the evidence lower bound that trains them."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.model import schedules
from base_vae.model.decoders import DecoderInputs, Prompt, make_decoder
from base_vae.model.encoders import BidirectionalEncoder, make_encoder
from base_vae.model.gaussian import Posterior, kl_to_standard_normal
from base_vae.model.hparams import HParams
from base_vae.model.layers.lstm_input import lstm_inputs, size, time_first
from base_vae.model.layers.random_streams import RandomStream, fold_in
from base_vae.model.own_loss import OwnLossModel
from base_vae.model.tensor_batch import batch_signature, step_mask, unpacked
from base_vae.settings import from_dict
from base_vae.spaces import Spaces, Tensors, spaces_from_dict, spaces_to_dict

Rearrangement = Callable[[Tensors, RandomStream], Tensors]
_MEANS = ("loss", "reconstruction", "kl_bits", "beta", "learning_rate")


@keras.saving.register_keras_serializable(package="base_vae")
class MusicVAE(OwnLossModel):
    """A recurrent variational autoencoder of music (Roberts et al. 2018, arXiv:1803.05428).

    `fit`, `evaluate` and `predict` take datasets of batches: see `base_vae.data.batches`. Gradients are
    clipped as `hparams` say; `compile` and callbacks set the optimizer and its learning rate, unless
    `learning_rate_schedule` does.

    Args:
      hparams: sizes and training.
      spaces: the spaces of its music, from the converter.
      seed: seeds every random draw of training, together with the global step.

    Attributes:
      rearranged: from a batch and a random stream to the batch that `train_step` asks of the decoder in its
        place, the same music under other controls for example; None asks for what was encoded.
    """

    def __init__(
        self, hparams: HParams, spaces: Spaces, seed: int = 0, name: str = "music_vae", **kwargs: Any
    ):
        super().__init__(name=name, **kwargs)
        self.hparams, self.spaces, self.seed = hparams, spaces, seed
        control_width = spaces.controls.width if spaces.controls else 0
        self.encoder: Any = None
        self.mu = self.sigma = self.control_rnn = None
        if hparams.conditional:
            self.encoder = make_encoder(hparams, spaces.inputs.width + control_width)
            self.mu, self.sigma = (
                _posterior_layer(hparams.z_size, self.encoder.output_width, activation, name)
                for name, activation in (("mu", None), ("sigma", "softplus"))
            )
        if hparams.control_preprocessing_rnn_size and control_width:
            self.control_rnn = BidirectionalEncoder(
                hparams.control_preprocessing_rnn_size,
                control_width,
                keep_prob=hparams.dropout_keep_prob,
                name="control_preprocessing",
            )
            control_width = self.control_rnn.output_width
        self.decoder = make_decoder(hparams, spaces, control_width, self.encoder)
        self.global_step = self.add_weight(
            name="global_step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.rearranged: Rearrangement | None = None
        names = self.decoder.head.metric_names
        self.means = [
            keras.metrics.Mean(name=name)
            for name in (*_MEANS, *self._loss_names(), *names, *(f"free_running_{name}" for name in names))
        ]
        self.built = True

    def encode(self, batch: Tensors, dropout: RandomStream | None = None) -> Posterior:
        """Returns q(z|x) of a batch."""
        if self.mu is None or self.sigma is None:
            raise UserError("a model with conditional=False has no latent space")
        parts = lstm_inputs(self.spaces.inputs, time_first(batch.inputs))
        if self.spaces.controls is not None:
            parts += lstm_inputs(self.spaces.controls, time_first(batch.controls))
        embedding = self.encoder.embed(parts, batch.lengths, dropout)
        return Posterior(self.mu(embedding), self.sigma(embedding))

    def prepared_controls(
        self,
        controls: tf.Tensor | None,
        lengths: tf.Tensor | None = None,
        dropout: RandomStream | None = None,
    ) -> tf.Tensor | None:
        """Prepares controls [batch, time, ...] for the decoder: float32 [batch, time, width], or None."""
        if controls is None or self.spaces.controls is None:
            return None
        if self.control_rnn is None:
            return self.spaces.controls.vectors(controls)
        parts = lstm_inputs(self.spaces.controls, time_first(controls))
        lengths = None if lengths is None or lengths.shape.rank == 2 else lengths
        return time_first(tf.cast(self.control_rnn.run(parts, lengths, dropout)[0], tf.float32))

    def decoder_inputs(self, batch: Tensors, **kwargs: Any) -> DecoderInputs:
        """Returns the decoder's inputs for a batch; see `DecoderInputs` for the further arguments."""
        # Steps past the end of a sequence are masked from the loss, but a conductor would get their feedback.
        lengths = batch.lengths if self.hparams.autoregressive_levels else None
        controls = self.prepared_controls(batch.controls, batch.lengths, fold_in(kwargs.get("dropout"), -1))
        return DecoderInputs(batch.outputs, controls, lengths, **kwargs)

    def __call__(self, batch: Tensors | dict[str, tf.Tensor], *args: Any, **kwargs: Any) -> tf.Tensor:
        """Calls the model; see `call`. Raises UserError for anything but a batch."""
        unpacked(batch)
        return super().__call__(batch, *args, **kwargs)

    def call(self, batch: Tensors | dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        """Returns teacher-forced parameters of the head [batch, time, width], from the posterior mean."""
        batch, _ = unpacked(batch)
        z = self.encode(batch).mu if self.hparams.conditional else None
        return self.decoder.run(z, self.decoder_inputs(batch)).parameters

    def elbo(
        self,
        batch: Tensors,
        noise: tf.Tensor,
        step: tf.Tensor,
        draws: RandomStream | None = None,
        target: Tensors | None = None,
    ) -> dict[str, Any]:
        """Computes the terms of the evidence lower bound, by name.

        Args:
          batch: music.
          noise: standard normal numbers [batch, z_size]; z = mu + sigma * noise.
          step: global step, which sets beta and the scheduled sampling.
          draws: random stream of dropout and scheduled sampling; None: neither (teacher forcing).
          target: the music to reconstruct; None: `batch`.

        Returns:
          reconstruction and kl (nats, [batch]), losses (parts of the reconstruction by name, [batch]), beta
          and loss (scalars), parameters of the head [batch, time, width] and mu [batch, z_size].
        """
        hparams, z, mu = self.hparams, None, None
        target = batch if target is None else target
        kl = tf.zeros([tf.shape(batch.outputs)[0]])
        if hparams.conditional:
            mu, sigma = self.encode(batch, fold_in(draws, 2))
            z, kl = mu + sigma * noise, kl_to_standard_normal(mu, sigma)
        sampling = None
        if draws is not None and not schedules.teacher_forced(hparams):
            sampling = (schedules.sampling_probability(hparams, step), fold_in(draws, 1))
        decoded = self.decoder.run(
            z, self.decoder_inputs(target, sampling=sampling, dropout=fold_in(draws, 3))
        )
        losses = self.decoder.head.losses(decoded.parameters, target.outputs)
        mask = step_mask(target)
        losses = {name: tf.reduce_sum(loss * mask, -1) for name, loss in losses.items()}
        reconstruction = sum(losses.values())
        beta = schedules.beta(hparams, step)
        charged = tf.maximum(kl - hparams.free_bits * np.log(2.0), 0.0)
        loss = tf.reduce_mean(reconstruction) + beta * tf.reduce_mean(charged)
        return {
            "reconstruction": reconstruction,
            "losses": losses,
            "kl": kl,
            "beta": beta,
            "loss": loss,
            "parameters": decoded.parameters,
            "mu": mu,
        }

    def train_step(self, data: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Takes one optimizer step on a batch. Every draw follows from the seed and the global step."""
        batch, rows = unpacked(data)
        step = tf.cast(tf.convert_to_tensor(self.global_step), tf.int32)
        draws = RandomStream(tf.stack([self.seed, step]))
        if rows is not None and tf.distribute.get_strategy().num_replicas_in_sync > 1:
            draws = draws._replace(rows=rows, total=self.hparams.batch_size)
        noise = draws.normal([tf.shape(batch.outputs)[0], self.hparams.z_size])
        target = batch if self.rearranged is None else self.rearranged(batch, draws.fold_in(4))
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            terms = self.elbo(batch, noise, step, draws, target)
            # In float16 small gradients would vanish: the optimizer scales them up. Each device has its share
            # in the mean over the batch.
            share = terms["loss"] / tf.distribute.get_strategy().num_replicas_in_sync
            scaled = self.optimizer.scale_loss(share)
        gradients = tape.gradient(scaled, [v.value for v in variables])
        rate = self.apply_gradients(self.optimizer, gradients, variables, step)
        self.global_step.assign_add(1)
        predicted = self.decoder.head.predict(terms["parameters"], target.outputs)
        return self._record({**self._summary(terms, predicted, target), "learning_rate": rate}, target)

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[tf.Tensor],
        variables: Sequence[keras.Variable],
        step: tf.Tensor,
    ) -> tf.Tensor:
        """Clips `gradients` and takes a step of `optimizer`; returns its learning rate.

        The sum of the devices' gradients is clipped. A step whose gradients are far too large, or not a
        number, counts but changes no weight.
        """
        replicas = tf.distribute.get_replica_context()
        count = replicas.num_replicas_in_sync if replicas is not None else 1
        if count > 1:
            gradients = replicas.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        norm = tf.linalg.global_norm(gradients)
        scaling = getattr(optimizer, "dynamic_scale", None)
        if scaling is not None:
            norm /= tf.convert_to_tensor(scaling)
        keep = norm <= self.hparams.grad_norm_clip_to_zero  # false for NaN as well
        # The optimizer sums over the devices. `multiply_no_nan` gives zero for any gradient times zero.
        scale = self.hparams.grad_clip / tf.maximum(norm, self.hparams.grad_clip) / count
        scale = tf.where(keep, scale, 0.0)
        if scaling is not None:  # a NaN makes the optimizer scale less and skip the step
            scale = tf.where(tf.math.is_finite(norm), scale, np.nan)
        gradients = [tf.math.multiply_no_nan(gradient, scale) for gradient in gradients]
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        if self.learning_rate_schedule is not None:
            inner.learning_rate.assign(self.learning_rate_schedule(step))
        rate = tf.convert_to_tensor(inner.learning_rate)
        optimizer.apply(gradients, variables)
        return rate

    def test_step(self, data: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Returns teacher-forced and free-running figures from the posterior mean, and the ELBO's terms.

        Free-running is the greedy decoding of the posterior mean.
        """
        return self.examine(data)[0]

    def examine(self, data: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], tf.Tensor | None, tf.Tensor]:
        """Returns the figures of `test_step`, posterior means [batch, z_size], and the likeliest outputs."""
        batch, _ = unpacked(data)
        n = size(batch.outputs)
        terms = self.elbo(
            batch,
            tf.zeros([n, self.hparams.z_size]),
            tf.cast(tf.convert_to_tensor(self.global_step), tf.int32),
        )
        controls = self.prepared_controls(batch.controls, batch.lengths)
        prompt = Prompt(tf.shape(batch.outputs)[1], 0.0, RandomStream(tf.constant([0, 0])), controls)
        free = self.decoder.generate(terms["mu"], prompt, n).values
        mask = step_mask(batch)
        agreement = {
            f"free_running_{name}": (value, weight * mask)
            for name, (value, weight) in self.decoder.head.agreement(free, batch.outputs).items()
        }
        predicted = self.decoder.head.predict(terms["parameters"], batch.outputs)
        figures = self._record({**self._summary(terms, predicted, batch), **agreement}, batch)
        return figures, terms["mu"], predicted

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same model, as plain data."""
        return {
            "hparams": dataclasses.asdict(self.hparams),
            "spaces": spaces_to_dict(self.spaces),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MusicVAE":
        """Makes a model from the result of `get_config`, with fresh weights."""
        return cls(from_dict(HParams, config["hparams"]), spaces_from_dict(config["spaces"]), config["seed"])

    def input_signature(self) -> dict[str, tf.TensorSpec]:
        """Returns the tensors of a batch of any size that `call` reads."""
        return batch_signature(self.spaces, self.hparams.max_seq_len)

    def _loss_names(self) -> tuple[str, ...]:
        """Returns the names of the parts of the reconstruction, where there is more than one."""
        parts = self.decoder.head.loss_names
        return tuple(f"{name}_loss" for name in parts) if len(parts) > 1 else ()

    def _summary(self, terms: dict[str, Any], predicted: tf.Tensor, batch: Tensors) -> dict[str, Any]:
        """Returns figures for the running means: scalars, and (value, weight) pairs."""
        mask = step_mask(batch)
        agreement = self.decoder.head.agreement(predicted, batch.outputs)
        return {
            "loss": terms["loss"],
            "reconstruction": tf.reduce_mean(terms["reconstruction"]),
            "kl_bits": tf.reduce_mean(terms["kl"]) / np.log(2.0),
            "beta": terms["beta"],
            **{f"{name}_loss": tf.reduce_mean(loss) for name, loss in terms["losses"].items()},
            **{name: (value, weight * mask) for name, (value, weight) in agreement.items()},
        }

    def _record(self, values: dict[str, Any], batch: Tensors) -> dict[str, tf.Tensor]:
        """Updates and returns the running means of the epoch, each batch weighted by its size."""
        size = tf.cast(tf.shape(batch.outputs)[0], tf.float32)
        for mean in self.means:
            value = values.get(mean.name)
            if isinstance(value, tuple):
                total = tf.reduce_sum(value[1])
                part_mean = tf.math.divide_no_nan(tf.reduce_sum(value[0] * value[1]), total)
                mean.update_state(part_mean, sample_weight=total)
            elif value is not None:
                mean.update_state(value, sample_weight=size)
        return {mean.name: mean.result() for mean in self.means if mean.name in values}


def _posterior_layer(z_size: int, width: int, activation: str | None, name: str) -> keras.layers.Dense:
    """Builds the dense layer of the posterior's means or standard deviations."""
    layer = keras.layers.Dense(
        z_size,
        activation=activation,
        kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
        dtype="float32",
        name=name,
    )
    layer.build((None, width))
    return layer
