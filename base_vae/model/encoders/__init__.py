"""Encoders: from a sequence to the embedding that the posterior is computed from."""

from base_vae.model.encoders.bidirectional import BidirectionalEncoder
from base_vae.model.encoders.hierarchical import HierarchicalEncoder
from base_vae.model.encoders.unidirectional import LstmEncoder
from base_vae.model.hparams import HParams

__all__ = ["BidirectionalEncoder", "HierarchicalEncoder", "LstmEncoder", "make_encoder"]


def make_encoder(
    hparams: HParams, input_width: int
) -> BidirectionalEncoder | HierarchicalEncoder | LstmEncoder:
    """Builds the encoder that `hparams` describe, for inputs (and controls) `input_width` wide."""
    shared = (hparams.enc_rnn_size, input_width, hparams.residual_encoder, hparams.dropout_keep_prob)
    if hparams.encoder == "hierarchical":
        return HierarchicalEncoder(hparams.encoder_levels, *shared)
    return (LstmEncoder if hparams.encoder == "lstm" else BidirectionalEncoder)(*shared)
