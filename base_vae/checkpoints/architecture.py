"""The settings that decide the shapes of a model's variables, from a configuration or from a checkpoint.

An original checkpoint holds variables and nothing about their model. Their names and shapes give the
layers away, and so the presets it can belong to.
"""

import re
from collections.abc import Mapping
from typing import Any

from base_vae.configs.config import Config
from base_vae.configs.presets import PRESETS

_LSTM = r"((?:/input_projection_wrapper)?)/lstm_cell/bias$"
_WAY = "/bidirectional_rnn/fw/multi_rnn_cell/cell_0"
_DECODER = r"(?:core_decoder/)?(?:core_decoder_0/)?decoder"
Shapes = Mapping[str, tuple[int, ...]]


def architecture(config: Config) -> dict[str, Any]:
    """The hyperparameters of `config` that decide over shapes, by name, and the widths of its music."""
    hparams, spaces = config.hparams, config.converter.spaces
    controls = spaces.controls.width if spaces.controls else 0
    out = {
        "dec_rnn_size": hparams.dec_rnn_size,
        "levels of the decoder": max(len(hparams.decoder_levels), 1),
        "residual_decoder": hparams.residual_decoder,
        "decoders side by side": len(getattr(spaces.outputs, "depths", ())) if hparams.split_outputs else 1,
        "nade_num_hidden": hparams.nade_num_hidden if hparams.head == "nade" else 0,
        "control_preprocessing_rnn_size": hparams.control_preprocessing_rnn_size if controls else (),
        "width of the output": spaces.outputs.width,
    }
    if hparams.conditional:
        out |= {
            "z_size": hparams.z_size,
            "encoder": hparams.encoder,
            "enc_rnn_size": hparams.enc_rnn_size,
            "levels of the encoder": max(len(hparams.encoder_levels), 1),
            "residual_encoder": hparams.residual_encoder,
            "width of the input": spaces.inputs.width + controls,
        }
    return out


def architecture_of(shapes: Shapes) -> dict[str, Any]:
    """The same of a checkpoint, from its shapes by variable; what they do not tell is left out."""
    encoder, scope, way = "lstm", "encoder/multi_rnn_cell/cell_", ""
    levels = _count(shapes, r"encoder/hierarchical_level_(\d+)/")
    if levels:
        encoder, scope, way = "hierarchical", "encoder/hierarchical_level_0/cell_", _WAY
    elif any(name.startswith("encoder/cell_") for name in shapes):
        encoder, scope, way = "bidirectional", "encoder/cell_", _WAY
    encoder_cells = _cells(shapes, rf"{scope}(\d+){way}{_LSTM}")
    decoder_cells = _cells(shapes, rf"{_DECODER}/multi_rnn_cell/cell_(\d+){_LSTM}")
    controls = _cells(shapes, rf"control_preprocessing/cell_(\d+){_WAY}{_LSTM}")
    hidden = sum(_at(shapes, name, -1) or 0 for name in shapes if name.endswith("nade/w_enc"))
    widths = [_at(shapes, name, 0) or 0 for name in shapes if name.endswith("decoder/output_projection/bias")]
    out = {
        "levels of the decoder": 1 + _count(shapes, r"decoder/hierarchical_level_(\d+)/"),
        "decoders side by side": max(_count(shapes, r"(?:core_decoder/)?core_decoder_(\d+)/"), 1),
        "nade_num_hidden": hidden,
        "control_preprocessing_rnn_size": tuple(units for units, _ in controls),
        "width of the output": sum(widths) - hidden if widths else None,
        "z_size": _at(shapes, "encoder/mu/bias", 0),
    }
    if decoder_cells:
        out["dec_rnn_size"] = tuple(units for units, _ in decoder_cells)
        out["residual_decoder"] = bool(decoder_cells[0][1])
    if encoder_cells:
        units, wrapped = encoder_cells[0]
        first = f"{scope}0{way}{wrapped}"
        rows = _at(shapes, f"{first}/kernel" if wrapped else f"{first}/lstm_cell/kernel", 0)
        out |= {
            "encoder": encoder,
            "levels of the encoder": max(levels, 1),
            "enc_rnn_size": tuple(units for units, _ in encoder_cells),
            "residual_encoder": bool(wrapped),
            "width of the input": rows if wrapped or rows is None else rows - units,
        }
    return {name: value for name, value in out.items() if value is not None}


def differences(theirs: Mapping[str, Any], config: Config) -> list[str]:
    """How an architecture differs from that of `config`, in words; what it does not tell is no difference."""
    ours = architecture(config)
    return [
        f"{name} is {theirs[name]} there and {value} in the config"
        for name, value in ours.items()
        if theirs.get(name, value) != value
    ]


def presets_like(theirs: Mapping[str, Any]) -> list[str]:
    """The presets with such an architecture, in 4/4, as all of the original's are."""
    return [
        name
        for name, config in PRESETS.items()
        if config.converter.takes_metre(4, 4) and not differences(theirs, config)
    ]


def _cells(shapes: Shapes, pattern: str) -> list[tuple[int, str]]:
    """Units of each LSTM layer whose bias has a name of this pattern, and what its cell is wrapped in."""
    found = [(match, shape) for name, shape in shapes.items() if (match := re.match(pattern, name))]
    found.sort(key=lambda pair: int(pair[0][1]))
    return [(shape[0] // 4, match[2]) for match, shape in found if shape]


def _count(shapes: Shapes, pattern: str) -> int:
    """How many different numbers stand in the names of this pattern."""
    return len({match[1] for name in shapes if (match := re.match(pattern, name))})


def _at(shapes: Shapes, name: str, axis: int, default: int | None = None) -> int | None:
    """Size of a variable along an axis; `default` where there is none, or it is a single number."""
    shape = shapes.get(name)
    return shape[axis] if shape else default
