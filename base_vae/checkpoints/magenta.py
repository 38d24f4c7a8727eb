"""The original MusicVAE's variables, by their names, into a model of ours and back.

An LSTM of the original holds one kernel [inputs + units, 4 * units] for input and hidden state, with
gates in the order i, j, f, o, and adds 1 to the forget gate when it runs. Keras holds two kernels in the
order i, f, j, o and adds nothing.
"""

from collections.abc import Callable, Iterator, Mapping

import keras
import numpy as np

from base_vae.errors import UserError
from base_vae.model import MusicVAE

_CELL = "multi_rnn_cell/cell_{}/lstm_cell"


def load_variables(model: MusicVAE, variables: Mapping[str, np.ndarray]) -> None:
    """Sets every weight of `model` from arrays under the original's names.

    Raises:
      UserError: listing every variable that is missing or has another shape; the model is then unchanged.
    """
    errors, assignments = [], []
    for layer, name, is_lstm in _layers(model):
        kernel, bias = (variables.get(f"{name}/{part}") for part in ("kernel", "bias"))
        expected = _original_shapes(layer, is_lstm)
        for part, value, shape in zip(("kernel", "bias"), (kernel, bias), expected, strict=True):
            if value is None:
                errors.append(f"{name}/{part} is missing")
            elif value.shape != shape:
                errors.append(f"{name}/{part} has shape {value.shape}, the model needs {shape}")
        if not errors:
            weights = from_original(kernel, bias, layer.units) if is_lstm else [kernel, bias]
            assignments.append((layer, weights))
    if errors:
        raise UserError("this checkpoint does not fit the model: " + "; ".join(errors))
    for layer, weights in assignments:
        layer.set_weights(weights)


def to_original(model: MusicVAE, values: Callable[[keras.Variable], np.ndarray], offset: float = 1.0):
    """Arrays under the original's names, from `values(weight)` for each weight of `model`.

    Args:
      values: the weight itself, or what belongs to it (its gradient, say).
      offset: what Keras' forget bias has more than the original's; 0 for gradients.
    """
    out = {}
    for layer, name, is_lstm in _layers(model):
        arrays = [np.asarray(values(weight)) for weight in layer.weights]
        if is_lstm:
            kernel, recurrent, bias = (_swap_gates(a) for a in arrays)
            bias = bias - offset * _forget_gate(layer.units)
            arrays = [np.concatenate([kernel, recurrent], 0), bias]
        out[f"{name}/kernel"], out[f"{name}/bias"] = arrays
    return out


def from_original(kernel: np.ndarray, bias: np.ndarray, units: int) -> list[np.ndarray]:
    """Keras' kernel, recurrent kernel and bias from the original's kernel and bias."""
    kernel = _swap_gates(kernel)
    return [kernel[:-units], kernel[-units:], _swap_gates(bias + _forget_gate(units))]


def _swap_gates(array: np.ndarray) -> np.ndarray:
    """Gates i, j, f, o to i, f, j, o on the last axis, or back."""
    i, second, third, o = np.split(array, 4, -1)
    return np.concatenate([i, third, second, o], -1)


def _forget_gate(units: int) -> np.ndarray:
    return np.repeat(np.array([0, 0, 1, 0], np.float32), units)


def _original_shapes(layer: keras.layers.Layer, is_lstm: bool) -> list[tuple[int, ...]]:
    if is_lstm:
        kernel, recurrent, bias = (tuple(w.shape) for w in layer.weights)
        return [(kernel[0] + recurrent[0], kernel[1]), bias]
    return [tuple(w.shape) for w in layer.weights]


def _layers(model: MusicVAE) -> Iterator[tuple[keras.layers.Layer, str, bool]]:
    """Each layer with weights, the original's name for it, and whether it is an LSTM."""
    for level, directions in enumerate(model.encoder.directions):
        for layer, direction in zip(directions, ("fw", "bw"), strict=True):
            yield layer, f"encoder/cell_{level}/bidirectional_rnn/{direction}/{_CELL.format(0)}", True
    yield model.mu, "encoder/mu", False
    yield model.sigma, "encoder/sigma", False
    yield model.decoder.initial_state, "decoder/z_to_initial_state", False
    for level, layer in enumerate(model.decoder.layers):
        yield layer, f"decoder/{_CELL.format(level)}", True
    yield model.decoder.head.projection, "decoder/output_projection", False
