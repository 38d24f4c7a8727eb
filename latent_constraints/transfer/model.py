"""Latent transfer: a small latent that two kinds of music share, to translate one into the other.

Tian and Engel 2019, "Latent Translation" (arXiv:1902.08261): a VAE over the latents of two domains, given
which domain it is, whose small latents of both domains lie in the same places and mean the same. The domains
are two collections of music over one base, or over two bases.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from base_vae.array_model import Latents
from base_vae.errors import UserError, raise_all
from base_vae.model.gaussian import Posterior, kl_to_standard_normal
from base_vae.model.layers.dense import dense
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.own_loss import OwnLossModel
from base_vae.ranges import (
    ABOVE_ZERO,
    AT_LEAST_ONE,
    AT_LEAST_ZERO,
    check_arguments,
    check_finite,
    field_errors,
)
from base_vae.settings import from_dict
from latent_constraints.fitting import Progress, fit

DOMAINS = 2
_LEAST_EXAMPLES = 16


@dataclasses.dataclass(frozen=True)
class TransferHParams:
    """Hyperparameters of a transfer model. The paper's have four times 512 to 2048 ReLU units.

    Attributes:
      size: of the shared latent.
      layers: hidden units on the way in; the way out has them in reverse.
      beta: weight of the KL.
      swd_weight, projections: of the sliced Wasserstein distance between the domains, and its directions.
      classifier_weight: of the linear classifier of labels, where there are labels.
      batch_size: latents of each domain in a step.
      num_steps, learning_rate: of Adam, which falls to zero along a cosine.
    """

    size: int = 32
    layers: tuple[int, ...] = (512, 256)
    beta: float = 0.1
    swd_weight: float = 10.0
    projections: int = 64
    classifier_weight: float = 1.0
    batch_size: int = 64
    num_steps: int = 1500
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        raise_all(list(field_errors(self, _RANGES).values()))


_RANGES = {
    "size": AT_LEAST_ONE,
    "layers": AT_LEAST_ONE,
    "beta": AT_LEAST_ZERO,
    "swd_weight": AT_LEAST_ZERO,
    "projections": AT_LEAST_ONE,
    "classifier_weight": AT_LEAST_ZERO,
    "batch_size": AT_LEAST_ONE,
    "num_steps": AT_LEAST_ONE,
    "learning_rate": ABOVE_ZERO,
}


@keras.saving.register_keras_serializable(package="latent_constraints")
class LatentTransfer(OwnLossModel):
    """A VAE over the latents of two domains with one shared small latent.

    Latents of different sizes are filled up with zeros, which count for nothing.

    Args:
      hparams: sizes and training.
      z_sizes: of the two domains' latents.
      labels: number of classes that a linear classifier of small latents learns; 0: none.
      seed: seeds every draw of training, together with the step.
    """

    def __init__(self, hparams: TransferHParams, z_sizes: tuple[int, int], labels: int = 0, seed: int = 0):
        super().__init__(name="latent_transfer", dtype="float32")
        self.hparams, self.z_sizes, self.labels, self.seed = hparams, tuple(z_sizes), labels, seed
        width = max(z_sizes)
        self.encoder = _stack(hparams.layers, width + DOMAINS, "encoder")
        self.mu = dense(hparams.size, hparams.layers[-1], None, "mu")
        self.sigma = dense(hparams.size, hparams.layers[-1], "softplus", "sigma")
        self.decoder = _stack(hparams.layers[::-1], hparams.size + DOMAINS, "decoder")
        self.decoded = dense(width, hparams.layers[0], None, "decoded")
        self.classifier = dense(labels, hparams.size, None, "classifier") if labels else None
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        names = ("loss", "reconstruction", "kl", "swd", *(("classification",) if labels else ()))
        self.means = [keras.metrics.Mean(name=name) for name in names]
        self.built = True

    def encode(self, z: tf.Tensor, domain: int) -> Posterior:
        """Shared posterior [batch, size] of latents [batch, z_size] of a domain, 0 or 1."""
        hidden = tf.concat([self._filled(z, domain), self._bit(z, domain)], -1)
        for layer in self.encoder:
            hidden = layer(hidden)
        return Posterior(self.mu(hidden), self.sigma(hidden))

    def decode(self, shared: tf.Tensor, domain: int) -> tf.Tensor:
        """Latents [batch, z_size] of a domain that shared latents [batch, size] stand for."""
        hidden = tf.concat([shared, self._bit(shared, domain)], -1)
        for layer in self.decoder:
            hidden = layer(hidden)
        return self.decoded(hidden)[:, : self.z_sizes[domain]]

    def call(self, z: tf.Tensor, source: int = 0, target: int = 1, training: bool = False) -> tf.Tensor:
        """Latents [batch, z_size] of one domain as latents of the other, through posterior means."""
        return self.decode(self.encode(z, source).mu, target)

    def transfer(self, z: np.ndarray, source: int, target: int, *, amount: float = 1.0) -> np.ndarray:
        """Latents [n, z_size] of domain `source` translated to `target`.

        Args:
          z: latents.
          source, target: the domains, 0 and 1.
          amount: 1 translates; over one base less than 1 goes only part of the way, and what the small latent
            leaves out of `z` is kept: z + amount * (target's reading - source's reading).
        """
        check_finite(z=z, amount=amount)
        z = tf.constant(z, tf.float32)
        shared = self.encode(z, source).mu
        there = self.decode(shared, target)
        if self.z_sizes[source] != self.z_sizes[target]:
            return there.numpy()
        return (z + amount * (there - self.decode(shared, source))).numpy()

    # No control flow of Python's depends on a tensor here, and AutoGraph takes its time to find that out.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step on latents `z_0`, `z_1` [batch, z_size] and `label_0`, `label_1`, if there are any."""
        _require_batch(batch)
        draws = RandomStream(tf.stack([self.seed, tf.cast(tf.convert_to_tensor(self.step), tf.int32)]))
        variables = [variable.value for variable in self.trainable_variables]
        with tf.GradientTape() as tape:
            terms = self.terms(batch, draws)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(terms["loss"], variables), 1.0)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.step.assign_add(1)
        return self._record(terms)

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The loss and its terms of a batch as in `train_step`, with the same noise each time."""
        _require_batch(batch)
        return self._record(self.terms(batch, RandomStream(tf.constant([self.seed, -1]))))

    def terms(self, batch: dict[str, tf.Tensor], draws: RandomStream) -> dict[str, tf.Tensor]:
        """The loss and its terms, scalars: section 3 of the paper.

        Reconstruction is half the squared distance, KL is to N(0, I), both nats a latent and the mean of the
        domains; SWD is between the domains' samples; classification is a cross-entropy.
        """
        totals: dict[str, list[tf.Tensor]] = {"reconstruction": [], "kl": [], "classification": []}
        samples = []
        for domain in range(DOMAINS):
            z = batch[f"z_{domain}"]
            mu, sigma = self.encode(z, domain)
            shared = mu + sigma * draws.fold_in(domain).normal(tf.unstack(tf.shape(mu)))
            samples.append(shared)
            error = tf.reduce_sum(tf.square(self.decode(shared, domain) - z), -1)
            totals["reconstruction"].append(0.5 * tf.reduce_mean(error))
            totals["kl"].append(tf.reduce_mean(kl_to_standard_normal(mu, sigma)))
            if self.classifier is not None:
                label, logits = batch[f"label_{domain}"], self.classifier(shared)
                entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
                totals["classification"].append(tf.reduce_mean(entropy))
        terms = {name: tf.add_n(parts) / DOMAINS for name, parts in totals.items() if parts}
        directions = draws.fold_in(DOMAINS).normal([self.hparams.projections, self.hparams.size])
        terms["swd"] = sliced_wasserstein(samples[0], samples[1], directions)
        hparams = self.hparams
        terms["loss"] = (
            terms["reconstruction"] + hparams.beta * terms["kl"] + hparams.swd_weight * terms["swd"]
        )
        if self.classifier is not None:
            terms["loss"] += hparams.classifier_weight * terms["classification"]
        return terms

    def input_signature(self) -> tf.TensorSpec:
        """Latents [batch, z_size] of domain 0, which `call` translates to domain 1."""
        return tf.TensorSpec((None, self.z_sizes[0]), tf.float32, "z")

    def get_config(self) -> dict[str, Any]:
        """Returns what makes the same model, as plain data."""
        return {
            "hparams": dataclasses.asdict(self.hparams),
            "z_sizes": self.z_sizes,
            "labels": self.labels,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LatentTransfer":
        """A model like the one whose `get_config` this is, with fresh weights."""
        return cls(**{**config, "hparams": from_dict(TransferHParams, config["hparams"])})

    def _record(self, terms: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        for mean in self.means:
            mean.update_state(terms[mean.name])
        return {mean.name: mean.result() for mean in self.means}

    def _filled(self, z: tf.Tensor, domain: int) -> tf.Tensor:
        return tf.pad(z, [[0, 0], [0, max(self.z_sizes) - self.z_sizes[domain]]])

    def _bit(self, rows: tf.Tensor, domain: int) -> tf.Tensor:
        return tf.tile(tf.one_hot([domain], DOMAINS), [tf.shape(rows)[0], 1])


def _require_batch(batch: Any) -> None:
    """Raises UserError for anything but a batch of both domains."""
    if not (isinstance(batch, dict) and {"z_0", "z_1"} <= set(batch)):
        raise UserError(
            "a LatentTransfer learns from both domains: give fit and evaluate a dataset of dictionaries with "
            f"`z_0` and `z_1`, latents of each (received {type(batch).__name__})"
        )


def sliced_wasserstein(a: tf.Tensor, b: tf.Tensor, directions: tf.Tensor) -> tf.Tensor:
    """Squared sliced Wasserstein-2 distance of two samples (Bonneel et al. 2015, section 3.1), a scalar.

    Along one direction the distance is that of the sorted samples; the mean over directions is taken.

    Args:
      a, b: samples of equal number, [n, size].
      directions: [directions, size], of any length.
    """
    directions = tf.math.l2_normalize(directions, -1)
    along = [tf.sort(tf.matmul(directions, sample, transpose_b=True), -1) for sample in (a, b)]
    return tf.reduce_mean(tf.square(along[0] - along[1]))


def fit_transfer(
    latents: tuple[Latents, Latents],
    *,
    seed: int = 0,
    labels: tuple[np.ndarray, np.ndarray] | None = None,
    hparams: TransferHParams | None = None,
    progress: Progress | None = None,
) -> LatentTransfer:
    """A transfer model between two domains.

    Args:
      latents: posteriors of each domain's music.
      seed: the same seed and music give the same model.
      labels: a class of each, int [n], the same classes in both domains, which a place in the shared latent
        then has in both; None: the domains are matched by their shape alone.
      hparams: sizes and steps.
      progress: called with the step and the losses.

    Raises:
      UserError: if there is too little music.
    """
    check_arguments(seed=seed)
    hparams = hparams or TransferHParams()
    for domain, some in enumerate(latents):
        if len(some.mu) < _LEAST_EXAMPLES:
            raise UserError(
                f"domain {domain}: {len(some.mu)} examples are too few to translate; "
                f"{_LEAST_EXAMPLES} are needed"
            )
    keras.utils.set_random_seed(seed)
    z_sizes = tuple(some.mu.shape[1] for some in latents)
    count = int(max(map(np.max, labels))) + 1 if labels else 0
    model = LatentTransfer(hparams, z_sizes, count, seed)
    model.compile(optimizer=keras.optimizers.Adam(hparams.learning_rate), jit_compile=False)
    model.optimizer.build(model.trainable_variables)  # before the step is traced, or it is traced twice
    data = _batches(latents, labels, hparams.batch_size, seed)
    fit(model, data, hparams.num_steps, hparams.learning_rate, progress)
    return model


def _batches(
    latents: Sequence[Latents], labels: Sequence[np.ndarray] | None, batch_size: int, seed: int
) -> tf.data.Dataset:
    """Endless batches for `LatentTransfer.train_step`: posterior samples, drawn by the seed and the step."""
    tables = [(tf.constant(some.mu), tf.constant(some.sigma)) for some in latents]
    classes = [tf.constant(some, tf.int32) for some in labels] if labels else []

    def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
        parts = {}
        for domain, (mu, sigma) in enumerate(tables):
            draws = tf.stack([tf.constant(seed, tf.int64) * DOMAINS + domain, step])
            rows = tf.random.stateless_uniform([batch_size], draws, 0, len(mu), tf.int32)
            again = tf.random.experimental.stateless_fold_in(draws, 1)
            noise = tf.random.stateless_normal([batch_size, mu.shape[1]], again)
            parts[f"z_{domain}"] = tf.gather(mu, rows) + tf.gather(sigma, rows) * noise
            if classes:
                parts[f"label_{domain}"] = tf.gather(classes[domain], rows)
        return parts

    steps = tf.data.Dataset.range(np.iinfo(np.int64).max)
    return steps.map(batch, num_parallel_calls=1).prefetch(4)


def _stack(units: Sequence[int], inputs: int, name: str) -> list[keras.layers.Dense]:
    widths = (inputs, *units)
    return [
        dense(n, width, "relu", f"{name}_{i}")
        for i, (width, n) in enumerate(zip(widths, units, strict=False))
    ]
