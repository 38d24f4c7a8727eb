"""Every named configuration of a MusicVAE, as plain data with a description each."""

import dataclasses
from typing import Any

from base_vae.config import HParams, from_dict, pick
from base_vae.converters import MelodyConverter, converter_from_dict, converter_to_dict


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that says what a model is.

    Attributes:
      name, description: what it is called and what it is, in a line.
      hparams: the model and its training.
      converter: between NoteSequences and the model's arrays.
      transpose: lowest and highest transposition in semitones while training, or None.
    """

    name: str
    description: str
    hparams: HParams
    converter: MelodyConverter
    transpose: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; `Config.from_dict` of the result gives an equal configuration."""
        return {**dataclasses.asdict(self), "converter": converter_to_dict(self.converter)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Config":
        """The configuration that `to_dict` described. Raises UserError for unknown names."""
        values = dict(values)
        values["hparams"] = from_dict(HParams, values["hparams"])
        values["converter"] = converter_from_dict(values["converter"])
        return from_dict(cls, values)


_TWO_BAR_MELODIES = MelodyConverter(slice_bars=2, max_bars=100, programs=tuple(range(32)))

PRESETS = {
    config.name: config
    for config in (
        Config(
            name="cat-mel_2bar_small",
            description="2-bar melodies, 4.4 million parameters: trains on a laptop",
            hparams=HParams(
                z_size=256,
                enc_rnn_size=(512,),
                dec_rnn_size=(256, 256),
                max_beta=0.2,
                beta_rate=0.99999,
                sampling_schedule="inverse_sigmoid",
                sampling_rate=1000.0,
            ),
            converter=_TWO_BAR_MELODIES,
            transpose=(-5, 5),
        ),
        Config(
            name="cat-mel_2bar_big",
            description="2-bar melodies, 134 million parameters: the original's published model",
            hparams=HParams(
                z_size=512,
                enc_rnn_size=(2048,),
                dec_rnn_size=(2048, 2048, 2048),
                max_beta=0.5,
                beta_rate=0.99999,
                sampling_schedule="inverse_sigmoid",
                sampling_rate=1000.0,
            ),
            converter=_TWO_BAR_MELODIES,
            transpose=(-5, 5),
        ),
    )
}


def get_preset(name: str) -> Config:
    """The named configuration. Raises UserError for an unknown name, listing the known ones."""
    return pick(PRESETS, name)
