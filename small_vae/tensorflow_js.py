"""A personal model for a browser: its base for Magenta.js, and layers models that TensorFlow.js loads.

    const decoder = await tf.loadLayersModel('personal/decoder/model.json');
    const z = decoder.predict(tf.tensor2d([[1, -0.5, 0, 2]]));
    const music = await base.decode(z, 0.5);

The folder holds `base/`, as `magenta_js` writes it, and `personal/`: `decoder` (knobs to latents of the
base, with what they leave out of a typical tune added), `encoder` (latents of the base to mean and standard
deviation of the knobs), `variety` (standard normal numbers, as many as the base has latents, to what can be
added instead, so that the music varies as the person's does) and `personal.json`: the number of knobs, their
names, what `decoder` adds (`typical`), the mixture of Gaussians that the person's own music makes among the
knobs, and the names of the base's attribute vectors.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from base_vae.checkpoints import finding
from base_vae.checkpoints.magenta_js import folder as magenta_js
from base_vae.checkpoints.magenta_js.weights import Quantization, write_weights
from base_vae.files import atomic_folder
from small_vae.personal_model import PersonalModel


class _Dense(NamedTuple):
    """A dense layer of a layers model.

    Attributes:
      name: of the layer.
      kernel: [inputs, units].
      bias: [units], or None for none.
      activation: its name.
    """

    name: str
    kernel: np.ndarray
    bias: np.ndarray | None
    activation: str


def save(
    personal: PersonalModel, path: str | os.PathLike[str], *, quantize: Quantization | None = None
) -> None:
    """Writes a new folder with a personal model and its base for a browser, whole or not at all.

    Args:
      personal: the model.
      path: the folder.
      quantize: store the weights of the base in 8 or 16 bits; the personal model is small already.

    Raises:
      UserError: if the base cannot run in Magenta.js, with the reasons, or the folder cannot be written.
    """
    small = personal.model
    with atomic_folder(path) as new:
        personal.base.export_magenta_js(new / "base", quantize=quantize)
        mine = new / "personal"
        decoder, encoder = map(_dense, small.decoder), map(_dense, small.encoder)
        kernel, bias = small.decoded.get_weights()
        decoded = _Dense(small.decoded.name, kernel, bias + personal.typical, "linear")
        _write_model(mine / "decoder", list(decoder), [decoded])
        _write_model(mine / "encoder", list(encoder), [_dense(small.mu), _dense(small.sigma)])
        spread = _Dense("spread", np.asarray(personal.spread), None, "linear")
        _write_model(mine / "variety", [], [spread])
        vectors = new / "base" / magenta_js.ATTRIBUTES
        about = {
            "base": personal.base.config.name,
            "knobs": personal.size,
            "names": [] if personal.weights is None else personal.weights.names(),
            "typical": personal.typical.tolist(),
            "mixture": {name: array.tolist() for name, array in vars(personal.mixture).items()},
            "attributes": list(finding.read_json(vectors)) if vectors.exists() else [],
        }
        magenta_js.write_json(about, mine / "personal.json")


def _dense(layer: keras.layers.Dense) -> _Dense:
    kernel, bias = layer.get_weights()
    return _Dense(layer.name, kernel, bias, keras.activations.serialize(layer.activation))


def _write_model(path: Path, chain: Sequence[_Dense], outputs: Sequence[_Dense]) -> None:
    """Writes a layers model, `model.json` and its shards.

    Args:
      path: a new folder.
      chain: layers one after the other.
      outputs: layers that all take the last one of the chain, and are what the model gives.
    """
    path.mkdir(parents=True)
    first = {"batch_input_shape": [None, len([*chain, *outputs][0].kernel)], "dtype": "float32"}
    layers = [_layer("InputLayer", {"name": "input", **first}, None)]
    for dense, before in zip(chain, ["input", *(dense.name for dense in chain)], strict=False):
        layers.append(_dense_layer(dense, before))
    last = layers[-1]["name"]
    layers += [_dense_layer(dense, last) for dense in outputs]
    config = {
        "name": path.name,
        "layers": layers,
        "input_layers": [["input", 0, 0]],
        "output_layers": [[dense.name, 0, 0] for dense in outputs],
    }
    arrays = {}
    for dense in (*chain, *outputs):
        arrays[f"{dense.name}/kernel"] = dense.kernel
        if dense.bias is not None:
            arrays[f"{dense.name}/bias"] = dense.bias
    model = {
        "format": "layers-model",
        "generatedBy": "MidiMe for Python",
        "convertedBy": None,
        "modelTopology": {"class_name": "Model", "config": config, "keras_version": keras.__version__},
        "weightsManifest": write_weights(arrays, path),
    }
    magenta_js.write_json(model, path / "model.json")


def _dense_layer(dense: _Dense, before: str) -> dict[str, Any]:
    settings = {
        "name": dense.name,
        "units": dense.kernel.shape[1],
        "activation": dense.activation,
        "use_bias": dense.bias is not None,
    }
    return _layer("Dense", settings, before)


def _layer(kind: str, settings: dict[str, Any], before: str | None) -> dict[str, Any]:
    """A layer of a topology, which takes what the layer called `before` gives."""
    nodes = [[[before, 0, 0, {}]]] if before else []
    return {"name": settings["name"], "class_name": kind, "config": settings, "inbound_nodes": nodes}
