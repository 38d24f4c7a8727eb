"""Decoders: a recurrent core times an output head, under conductors where there is a hierarchy."""

from base_vae.model.decoders.base import Decoder, DecoderInputs, Generated, Prompt, shift
from base_vae.model.decoders.heads import CategoricalHead, Head, make_head
from base_vae.model.decoders.hierarchical import HierarchicalDecoder
from base_vae.model.decoders.lstm_decoder import LstmDecoder
from base_vae.model.decoders.split import SplitDecoder
from base_vae.model.encoders import HierarchicalEncoder
from base_vae.model.fit import check_fit
from base_vae.model.hparams import HParams
from base_vae.spaces import Categorical, MultiCategorical, Spaces

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
    """Builds the decoder that `hparams` describe.

    Args:
      hparams: sizes and kinds.
      spaces: the spaces of its outputs and controls.
      control_width: width of the prepared controls.
      reencoder: the model's encoder, for `hparams.reencode`.

    Raises:
      UserError: if the model does not fit the representation.
    """
    check_fit(hparams, spaces)
    z_size = hparams.z_size if hparams.conditional else 0
    core_z = hparams.dec_rnn_size[-1] if hparams.decoder_levels else z_size
    core: Decoder
    if hparams.split_outputs and isinstance(spaces.outputs, MultiCategorical):
        width = hparams.dec_rnn_size[-1]
        heads = [CategoricalHead(Categorical(depth), width) for depth in spaces.outputs.depths]
        parts = [_core(hparams, head, core_z, control_width, None) for head in heads]
        core = SplitDecoder(parts, spaces.outputs)
    else:
        head = make_head(hparams, spaces.outputs, hparams.dec_rnn_size[-1])
        core = _core(hparams, head, core_z, control_width, spaces.end_token)
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


def _core(
    hparams: HParams, head: Head, z_size: int, control_width: int, end_token: int | None
) -> LstmDecoder:
    return LstmDecoder(
        hparams.dec_rnn_size,
        z_size,
        head,
        control_width,
        hparams.residual_decoder,
        hparams.dropout_keep_prob,
        end_token,
    )
