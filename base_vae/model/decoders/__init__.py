"""Decoders: a recurrent core times an output head, under conductors where there is a hierarchy."""

from base_vae.model.decoders.base import Decoder, DecoderInputs, Generated, Prompt, shift
from base_vae.model.decoders.heads import CategoricalHead, make_head
from base_vae.model.decoders.hierarchical import HierarchicalDecoder
from base_vae.model.decoders.lstm_decoder import LstmDecoder
from base_vae.model.decoders.split import SplitDecoder
from base_vae.model.encoders import HierarchicalEncoder
from base_vae.model.fit import check_fit
from base_vae.model.hparams import HParams
from base_vae.spaces import Categorical, Spaces

__all__ = [
    "Decoder",
    "DecoderInputs",
    "Generated",
    "HierarchicalDecoder",
    "LstmDecoder",
    "Prompt",
    "SplitDecoder",
    "make_decoder",
    "shift",
]


def make_decoder(
    hparams: HParams, spaces: Spaces, control_width: int, reencoder: HierarchicalEncoder | None = None
) -> Decoder:
    """The decoder that `hparams` describe.

    Args:
      hparams: sizes and kinds.
      spaces: what it says.
      control_width: width of the controls as it is told them.
      reencoder: the model's encoder, for `hparams.reencode`.

    Raises:
      UserError: if the model cannot hear or say what the representation consists of.
    """
    check_fit(hparams, spaces)
    z_size = hparams.z_size if hparams.conditional else 0
    core_z = hparams.dec_rnn_size[-1] if hparams.decoder_levels else z_size
    if hparams.split_outputs:
        depths = spaces.outputs.depths
        parts = [
            _core(hparams, CategoricalHead, Categorical(d), spaces, core_z, control_width) for d in depths
        ]
        core = SplitDecoder(parts, spaces.outputs)
    else:
        core = _core(hparams, None, spaces.outputs, spaces, core_z, control_width)
    if not hparams.decoder_levels:
        return core
    return HierarchicalDecoder(
        hparams.decoder_levels,
        hparams.dec_rnn_size,
        z_size,
        core,
        hparams.autoregressive_levels,
        reencoder if hparams.reencode else None,
        hparams.residual_decoder,
        hparams.dropout_keep_prob,
    )


def _core(hparams: HParams, head_class, space, spaces: Spaces, z_size: int, control_width: int):
    width = hparams.dec_rnn_size[-1]
    head = head_class(space, width) if head_class else make_head(hparams, space, width)
    return LstmDecoder(
        hparams.dec_rnn_size,
        z_size,
        head,
        control_width,
        hparams.residual_decoder,
        hparams.dropout_keep_prob,
        None if hparams.split_outputs else spaces.end_token,
    )
