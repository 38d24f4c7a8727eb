"""The original MusicVAE's variable names for a model of ours: in its checkpoints, and in our folders."""

import hashlib
from collections.abc import Iterator

import keras

from base_vae.model.decoders import HierarchicalDecoder, LstmDecoder, SplitDecoder
from base_vae.model.decoders.base import Decoder
from base_vae.model.decoders.heads import NadeHead
from base_vae.model.encoders import BidirectionalEncoder, HierarchicalEncoder
from base_vae.model.layers.lstm_stack import LstmStack
from base_vae.model.music_vae import MusicVAE

_CELL = "multi_rnn_cell/cell_{}"


def named_layers(model: MusicVAE) -> Iterator[tuple[keras.layers.Layer, str, str]]:
    """Each layer with weights, the original's name for it, and its kind: "lstm", "dense" or "nade"."""
    if model.encoder is not None:
        yield from _encoder(model.encoder, "encoder")
        yield model.mu, "encoder/mu", "dense"
        yield model.sigma, "encoder/sigma", "dense"
    if model.control_rnn is not None:
        yield from _bidirectional(model.control_rnn, "control_preprocessing")
    yield from decoder_layers(model.decoder)


def named_weights(model: MusicVAE) -> dict[str, keras.Variable]:
    """Every weight of a model by a name of its own: the original's, with Keras' two kernels for an LSTM."""
    weights = {"global_step": model.global_step}
    for layer, name, _ in named_layers(model):
        own = [layer.encoding, layer.decoding] if isinstance(layer, NadeHead) else layer.weights
        weights.update({f"{name}/{weight.name}": weight for weight in own})
    return weights


def fingerprint(model: MusicVAE) -> str:
    """A short hash of a model's weights."""
    digest = hashlib.sha256()
    for name, weight in sorted(named_weights(model).items()):
        digest.update(name.encode() + weight.numpy().tobytes())
    return digest.hexdigest()[:16]


def _encoder(encoder, scope: str) -> Iterator[tuple[keras.layers.Layer, str, str]]:
    if isinstance(encoder, BidirectionalEncoder):
        yield from _bidirectional(encoder, scope)
    elif isinstance(encoder, HierarchicalEncoder):
        for level, below in enumerate(encoder.levels):
            yield from _bidirectional(below, f"{scope}/hierarchical_level_{level}")
    else:
        yield from _stack(encoder.stack, f"{scope}/{_CELL}")


def _bidirectional(
    encoder: BidirectionalEncoder, scope: str
) -> Iterator[tuple[keras.layers.Layer, str, str]]:
    for level, stacks in enumerate(encoder.directions):
        for stack, way in zip(stacks, ("fw", "bw"), strict=True):
            yield from _stack(stack, f"{scope}/cell_{level}/bidirectional_rnn/{way}/{_CELL}")


def _stack(stack: LstmStack, pattern: str) -> Iterator[tuple[keras.layers.Layer, str, str]]:
    """The layers of a stack; the number of each goes into `pattern`."""
    for level, (layer, projection) in enumerate(zip(stack.layers, stack.projections, strict=True)):
        scope = pattern.format(level)
        if projection is not None:
            scope = f"{scope}/input_projection_wrapper"
            yield projection, scope, "dense"
        yield layer, f"{scope}/lstm_cell", "lstm"


def decoder_layers(decoder: Decoder, scope: str = "") -> Iterator[tuple[keras.layers.Layer, str, str]]:
    """The `named_layers` of a decoder alone; its names begin with `scope`."""
    if isinstance(decoder, HierarchicalDecoder):
        for level, (conductor, initial) in enumerate(
            zip(decoder.conductors, decoder.initial_states, strict=True)
        ):
            name = f"{scope}decoder/hierarchical_level_{level}"
            if initial is not None:
                yield initial, f"{name}/initial_state", "dense"
            yield from _stack(conductor, f"{name}/cell_{{}}")
        yield from decoder_layers(decoder.core, f"{scope}core_decoder/")
    elif isinstance(decoder, SplitDecoder):
        for i, part in enumerate(decoder.decoders):
            yield from decoder_layers(part, f"{scope}core_decoder_{i}/")
    elif isinstance(decoder, LstmDecoder):
        if decoder.initial_state is not None:
            yield decoder.initial_state, f"{scope}decoder/z_to_initial_state", "dense"
        yield from _stack(decoder.stack, f"{scope}decoder/{_CELL}")
        yield decoder.head.projection, f"{scope}decoder/output_projection", "dense"
        if isinstance(decoder.head, NadeHead):
            yield decoder.head, f"{scope}decoder/nade", "nade"
