"""The sizes and the training of personal models."""

import dataclasses

from base_vae.errors import raise_all
from base_vae.ranges import (
    ABOVE_ZERO,
    AT_LEAST_ONE,
    AT_LEAST_ZERO,
    BELOW_ONE,
    FRACTION,
    check_transpose,
    field_errors,
)
from base_vae.settings import pick


@dataclasses.dataclass(frozen=True)
class SmallHParams:
    """Hyperparameters of a small VAE, under the names of the original where it had them.

    Attributes:
      encoded_z_size: size of the small latent space: the knobs.
      latent_encoder_layers, latent_decoder_layers: ReLU layers on the way in and out.
      batch_size: latents in a training step.
      num_steps: training steps at most.
      max_beta, beta_rate: weight of the KL, `(1 - beta_rate^step) * max_beta`.
      learning_rate, decay_rate, min_learning_rate:
        `(learning_rate - min_learning_rate) * decay_rate^step + min_learning_rate`.
      grad_clip: largest global norm of the gradients.
      held_out: fraction of the examples that decides when to stop; 0 trains for all steps.
      patience: checks without progress on the held-out examples before training stops.
    """

    encoded_z_size: int = 4
    latent_encoder_layers: tuple[int, ...] = (1024, 256, 64)
    latent_decoder_layers: tuple[int, ...] = (64, 256, 1024)
    batch_size: int = 64
    num_steps: int = 200
    max_beta: float = 0.5
    beta_rate: float = 0.99
    learning_rate: float = 2e-3
    decay_rate: float = 0.9999
    min_learning_rate: float = 1e-5
    grad_clip: float = 1.0
    held_out: float = 0.1
    patience: int = 4

    def __post_init__(self) -> None:
        raise_all(list(field_errors(self, _RANGES).values()))


_RANGES = {
    "encoded_z_size": AT_LEAST_ONE,
    "latent_encoder_layers": AT_LEAST_ONE,
    "latent_decoder_layers": AT_LEAST_ONE,
    "batch_size": AT_LEAST_ONE,
    "num_steps": AT_LEAST_ONE,
    "max_beta": AT_LEAST_ZERO,
    "beta_rate": FRACTION,
    "learning_rate": ABOVE_ZERO,
    "decay_rate": FRACTION,
    "min_learning_rate": AT_LEAST_ZERO,
    "grad_clip": ABOVE_ZERO,
    "held_out": BELOW_ONE,
    "patience": AT_LEAST_ONE,
}


@dataclasses.dataclass(frozen=True)
class SmallConfig:
    """A named kind of personal model.

    Attributes:
      name, description: what it is called and what it is, in a line.
      hparams: the small VAE and its training.
      transpose: lowest and highest transposition of the user's music in semitones, or None.
    """

    name: str
    description: str
    hparams: SmallHParams
    transpose: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        check_transpose(self.transpose)


PRESETS = {
    config.name: config
    for config in (
        SmallConfig(
            name="ae-cat-mel_2bar_big",
            description="as published, over cat-mel_2bar_big: near an autoencoder after a short run",
            hparams=SmallHParams(
                batch_size=2, num_steps=100, learning_rate=1e-3, max_beta=0.5, beta_rate=0.99999, held_out=0.0
            ),
            transpose=(-5, 5),
        ),
        SmallConfig(
            name="ae-mel_2bar",
            description="over the bundled mel_2bar, with a KL weight that makes new samples good",
            hparams=SmallHParams(),
        ),
    )
}


def get_preset(name: str | SmallConfig) -> SmallConfig:
    """The named configuration, or the one given. Raises UserError for an unknown name, listing all."""
    return name if isinstance(name, SmallConfig) else pick(PRESETS, name)
