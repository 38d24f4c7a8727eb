"""Decoders: a recurrent core times an output head."""

from base_vae.decoders.categorical import CategoricalHead
from base_vae.decoders.lstm_decoder import LstmDecoder

__all__ = ["CategoricalHead", "LstmDecoder"]
