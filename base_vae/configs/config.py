"""The configuration of a MusicVAE: its hyperparameters and its converter."""

import dataclasses
from typing import Any

from base_vae.converters import (
    Converter,
    converter_from_dict,
    converter_to_dict,
)
from base_vae.errors import UserError
from base_vae.model.fit import check_fit
from base_vae.model.hparams import HParams
from base_vae.ranges import check_transpose, wrong_value
from base_vae.settings import from_dict


@dataclasses.dataclass(frozen=True)
class Config:
    """The complete configuration of a model.

    >>> from base_vae.configs.presets import get_preset
    >>> preset = get_preset("cat-mel_2bar_small")
    >>> smaller = dataclasses.replace(preset, hparams=dataclasses.replace(preset.hparams, z_size=64))
    >>> smaller.name, smaller.hparams.z_size, smaller.converter.bars
    ('cat-mel_2bar_small', 64, 2)
    >>> Config.from_dict(smaller.to_dict()) == smaller
    True

    Attributes:
      name: of the configuration.
      description: of the model, in a line.
      hparams: the model and its training.
      converter: between NoteSequences and the model's arrays.
      transpose: lowest and highest transposition in semitones while training, or None.
    """

    name: str
    description: str
    hparams: HParams
    converter: Converter
    transpose: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name, kind in (("hparams", HParams), ("converter", Converter)):
            if not isinstance(getattr(self, name), kind):
                wrong = wrong_value(name, f"a {kind.__name__}", getattr(self, name))
                raise UserError(f"config {self.name}: {wrong}")
        check_transpose(self.transpose)
        if self.hparams.max_seq_len != self.converter.steps:
            raise UserError(
                f"config {self.name}: `max_seq_len` must be the {self.converter.steps} steps of an example "
                f"(received {self.hparams.max_seq_len})"
            )
        check_fit(self.hparams, self.converter.spaces)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain data for JSON; `Config.from_dict` of the result gives an equal configuration."""
        return {**dataclasses.asdict(self), "converter": converter_to_dict(self.converter)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Config":
        """Returns the configuration that `to_dict` described.

        Raises:
          UserError: naming what is unknown, missing or of another type.
        """
        hparams = from_dict(HParams, values["hparams"])
        converter = converter_from_dict(values["converter"])
        return from_dict(cls, {**values, "hparams": hparams, "converter": converter})
