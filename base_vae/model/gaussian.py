"""The diagonal Gaussians of latent spaces."""

from typing import Any, NamedTuple

import tensorflow as tf


class Posterior(NamedTuple):
    """The diagonal Gaussian q(z|x): mean and standard deviation, each float32 [batch, z_size]."""

    mu: tf.Tensor
    sigma: tf.Tensor

    def distribution(self) -> Any:
        """Returns the same as a `tfd.MultivariateNormalDiag`."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        return tfd.MultivariateNormalDiag(self.mu, self.sigma)


def kl_to_standard_normal(mu: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """Returns the KL of N(mu, sigma^2) from N(0, I) in nats, [batch] (Kingma & Welling 2014, appendix B)."""
    return tf.reduce_sum(0.5 * (tf.square(mu) + tf.square(sigma) - 1.0) - tf.math.log(sigma), -1)
