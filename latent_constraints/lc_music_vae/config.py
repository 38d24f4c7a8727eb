"""Named configurations of LCMusicVAE."""

import dataclasses
from typing import Any

from base_vae.model.hparams import HParams
from base_vae.settings import from_dict, pick


@dataclasses.dataclass(frozen=True)
class LCConfig:
    """A named kind of small model with a decoder of its own.

    Attributes:
      name, description: what it is called and what it is, in a line.
      hparams: of the small model: `z_size` is that of the small latent, `dec_rnn_size` the decoder's. What
        the music is (`head`, `max_seq_len`) is the base's.
      num_steps: of training.
      transpose: lowest and highest transposition of the user's music in semitones, or None.
    """

    name: str
    description: str
    hparams: HParams
    num_steps: int
    transpose: tuple[int, int] | None = None

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "LCConfig":
        """The configuration whose `dataclasses.asdict` this is."""
        return from_dict(cls, {**values, "hparams": from_dict(HParams, values["hparams"])})


PRESETS = {
    config.name: config
    for config in (
        LCConfig(
            name="lc-cat-mel_2bar_big",
            description="as published, over cat-mel_2bar_big: a small latent with a decoder of its own",
            hparams=HParams(
                z_size=8,
                dec_rnn_size=(128, 128),
                batch_size=2,
                max_beta=0.5,
                beta_rate=0.99999,
                sampling_schedule="inverse_sigmoid",
                sampling_rate=1000.0,
            ),
            num_steps=100,
            transpose=(-5, 5),
        ),
        LCConfig(
            name="lc-mel_2bar",
            description="the same over the bundled mel_2bar, trained long enough for its decoder to learn",
            hparams=HParams(
                z_size=8,
                dec_rnn_size=(128, 128),
                batch_size=32,
                max_beta=0.2,
                beta_rate=0.998,
                learning_rate=3e-3,
                sampling_schedule="inverse_sigmoid",
                sampling_rate=200.0,
            ),
            num_steps=1500,
        ),
    )
}


def get_preset(name: str) -> LCConfig:
    """The named configuration. Raises UserError for an unknown name, listing the known ones."""
    return pick(PRESETS, name)
