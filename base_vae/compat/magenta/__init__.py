"""The Python interface of Magenta's MusicVAE, as notebooks call it, over our models.

    from base_vae.compat.magenta import TrainedModel, configs

    config = configs.CONFIG_MAP["cat-mel_2bar_small"]
    model = TrainedModel(config, batch_size=4, checkpoint_dir_or_path="mel_2bar")
    samples = model.sample(n=4, length=32, temperature=0.5)

It is thin: everything is done by `base_vae.TrainedModel`. docs/magenta.md says what differs.
"""

from base_vae.compat.magenta import configs
from base_vae.compat.magenta.data_converter import ConverterTensors, DataConverter
from base_vae.compat.magenta.trained_model import (
    MultipleExtractedExamplesError,
    NoExtractedExamplesError,
    TrainedModel,
)

__all__ = [
    "ConverterTensors",
    "DataConverter",
    "MultipleExtractedExamplesError",
    "NoExtractedExamplesError",
    "TrainedModel",
    "configs",
]
