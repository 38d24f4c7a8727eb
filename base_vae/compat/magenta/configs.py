"""The configurations by the names that notebooks look them up by: `CONFIG_MAP["cat-mel_2bar_big"]`."""

import dataclasses
from collections.abc import Iterator, Mapping

from base_vae.compat.magenta.data_converter import DataConverter
from base_vae.configs import config as ours
from base_vae.configs.presets import ALIASES, PRESETS
from base_vae.model.hparams import HParams


@dataclasses.dataclass(frozen=True)
class Config:
    """A configuration with the attributes that notebooks use.

    Attributes:
      ours: the configuration itself.
    """

    ours: ours.Config

    @property
    def hparams(self) -> HParams:
        """The hyperparameters, under the names of the original."""
        return self.ours.hparams

    @property
    def data_converter(self) -> DataConverter:
        """The converter, with `to_tensors` and `from_tensors`."""
        return DataConverter(self.ours.converter)


class _Configs(Mapping[str, Config]):
    """All presets, those that a plug-in registered and other names among them."""

    def __getitem__(self, name: str) -> Config:
        return Config(PRESETS[ALIASES.get(name, name)])

    def __iter__(self) -> Iterator[str]:
        return iter((*PRESETS, *ALIASES))

    def __len__(self) -> int:
        return len(PRESETS) + len(ALIASES)


CONFIG_MAP = _Configs()
