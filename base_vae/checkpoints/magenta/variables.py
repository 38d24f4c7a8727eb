"""The original MusicVAE's variables, by their names, into a model of ours and back.

An LSTM of the original holds one kernel [inputs + units, 4 * units] for input and hidden state, with
gates in the order i, j, f, o, and adds 1 to the forget gate when it runs. Keras holds two kernels in the
order i, f, j, o and adds nothing. Taking 1 from a forget bias and adding it again can round its last bits
away (below 1/2, where float32 is finer than near 1); `forget_remainders` keeps them.
"""

from collections.abc import Callable, Iterable, Mapping

import keras
import numpy as np

from base_vae.checkpoints.names import named_layers
from base_vae.errors import UserError
from base_vae.model.music_vae import MusicVAE

_REMAINDER = "bias_remainder"  # beside an LSTM's kernel and bias, where somebody kept it


def load_variables(model: MusicVAE, variables: Mapping[str, np.ndarray]) -> None:
    """Sets every weight of `model` from arrays under the original's names.

    Raises:
      UserError: listing every variable that is missing or has another shape; the model is then unchanged.
    """
    load_layers(named_layers(model), variables)


def load_layers(layers: Iterable[tuple[object, str, str]], variables: Mapping[str, np.ndarray]) -> None:
    """Loads variables into layers with the names and kinds of `named_layers`; see `load_variables`."""
    errors, assignments = [], []
    for layer, name, kind in layers:
        arrays, shapes = [], _original_shapes(layer, kind)
        if f"{name}/{_REMAINDER}" in variables:
            shapes[_REMAINDER] = shapes["bias"]
        for part, shape in shapes.items():
            value = variables.get(f"{name}/{part}")
            if value is None:
                errors.append(f"{name}/{part} is missing")
            elif tuple(value.shape) != shape:
                errors.append(f"{name}/{part} has shape {tuple(value.shape)}, the model needs {shape}")
            else:
                arrays.append(np.asarray(value, np.float32))
        if not errors:
            assignments.append((_weights(layer, kind), _from_original(arrays, layer, kind)))
    if errors:
        raise UserError("this checkpoint does not fit the model: " + "; ".join(errors))
    for weights, arrays in assignments:
        for weight, array in zip(weights, arrays, strict=True):
            weight.assign(array)


def to_original(
    model: MusicVAE, values: Callable[[keras.Variable], np.ndarray], offset: float = 1.0
) -> dict[str, np.ndarray]:
    """Arrays under the original's names, from `values(weight)` for each weight of `model`.

    Args:
      model: its layers give the names.
      values: the weight itself, or what belongs to it (its gradient, say).
      offset: what Keras' forget bias has more than the original's; 0 for gradients.
    """
    out = {}
    for layer, name, kind in named_layers(model):
        arrays = [np.asarray(values(weight)) for weight in _weights(layer, kind)]
        if kind == "lstm":
            kernel, recurrent, bias = (_swap_gates(a) for a in arrays)
            arrays = [np.concatenate([kernel, recurrent], 0), bias - offset * _forget_gate(layer.units)]
        for (part, shape), array in zip(_original_shapes(layer, kind).items(), arrays, strict=True):
            out[f"{name}/{part}"] = array.reshape(shape)
    return out


def forget_remainders(model: MusicVAE) -> dict[str, np.ndarray]:
    """Returns what `to_original` rounds away of each LSTM's bias, by name; `load_variables` adds it again."""
    remainders = {}
    for layer, name, kind in named_layers(model):
        if kind == "lstm":
            bias, one = _swap_gates(layer.weights[2].numpy()), _forget_gate(layer.units)
            remainders[f"{name}/{_REMAINDER}"] = bias - ((bias - one) + one)
    return remainders


def _from_original(arrays: list[np.ndarray], layer, kind: str) -> list[np.ndarray]:
    """Our weights from the original's."""
    if kind == "nade":
        return [array.reshape(layer.encoding.shape) for array in arrays]
    if kind == "dense":
        return arrays
    kernel, bias, *remainder = arrays
    kernel, units = _swap_gates(kernel), layer.units
    bias = sum(remainder, bias + _forget_gate(units))
    return [kernel[:-units], kernel[-units:], _swap_gates(bias)]


def _weights(layer, kind: str) -> list[keras.Variable]:
    return [layer.encoding, layer.decoding] if kind == "nade" else layer.weights


def _original_shapes(layer, kind: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the original's variables for a layer."""
    if kind == "nade":
        width, hidden = layer.encoding.shape
        return {"w_enc": (width, 1, hidden), "w_dec_t": (width, hidden, 1)}
    shapes = [tuple(weight.shape) for weight in layer.weights]
    if kind == "lstm":
        kernel, recurrent, bias = shapes
        return {"kernel": (kernel[0] + recurrent[0], kernel[1]), "bias": bias}
    return dict(zip(("kernel", "bias"), shapes, strict=True))


def _swap_gates(array: np.ndarray) -> np.ndarray:
    """Gates i, j, f, o to i, f, j, o on the last axis, or back."""
    i, second, third, o = np.split(array, 4, -1)
    return np.concatenate([i, third, second, o], -1)


def _forget_gate(units: int) -> np.ndarray:
    return np.repeat(np.array([0, 0, 1, 0], np.float32), units)
