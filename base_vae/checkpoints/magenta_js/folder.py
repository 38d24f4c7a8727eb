"""A model as a folder for Magenta.js, `@magenta/music` in a browser, and such folders as models here.

The folder holds `config.json` (see `spec_from_config`), `weights_manifest.json` and its shards (see
`weights`) under the original's names of the variables. What Magenta.js passes over: `midime.json`,
the configuration here; `attribute_vectors.json`, by name the vectors to add to a latent for more and less,
and `attributes.npz`, the same as they are kept here; and in the manifest what is lost when 1 is taken from a
forget bias, so that the same weights come back.
"""

import json
import os
from pathlib import Path

import numpy as np

from base_vae.attributes import AttributeVectors
from base_vae.checkpoints import finding
from base_vae.checkpoints.architecture import Shapes
from base_vae.checkpoints.magenta.variables import forget_remainders, to_original
from base_vae.checkpoints.magenta_js.config_from_spec import config_of
from base_vae.checkpoints.magenta_js.spec_from_config import spec_of
from base_vae.checkpoints.magenta_js.weights import (
    QUANTIZATIONS,
    Quantization,
    read_weights,
    weight_shapes,
    write_weights,
)
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.files import atomic_folder, reading
from base_vae.model.music_vae import MusicVAE

MANIFEST, OWN_CONFIG, ATTRIBUTES = "weights_manifest.json", "midime.json", "attribute_vectors.json"
# Of the sigma of a model without one: softplus of this is 5e-5, and its posterior nearly a point.
_CERTAIN = -10.0


def save(
    model: MusicVAE,
    config: Config,
    path: str | os.PathLike,
    *,
    vectors: AttributeVectors | None = None,
    quantize: Quantization | None = None,
) -> None:
    """Writes a new folder for Magenta.js, whole or not at all.

    Args:
      model: with trained weights.
      config: what the model is.
      path: the folder.
      vectors: attribute vectors that go along.
      quantize: store weights in 8 or 16 bits rather than 32.

    Raises:
      UserError: if such a model cannot run there, with the reasons, or the folder cannot be written.
    """
    if quantize is not None and quantize not in QUANTIZATIONS:
        raise UserError(f"`quantize` must be one of {', '.join(QUANTIZATIONS)} (received {quantize!r})")
    spec = spec_of(config)
    arrays = to_original(model, lambda weight: weight.numpy())
    if not quantize:
        arrays |= forget_remainders(model)
    with atomic_folder(path) as new:
        write_json(spec, new / finding.CONFIG)
        write_json(write_weights(arrays, new, quantize), new / MANIFEST)
        write_json(config.to_dict(), new / OWN_CONFIG)
        if vectors:
            write_json({name: _ways(vectors, name) for name in vectors}, new / ATTRIBUTES)
            vectors.save(new)  # with all that is known of them, for when the folder is loaded here


def _ways(vectors: AttributeVectors, name: str) -> dict[str, list[float] | None]:
    """The vectors to add to a latent for more and for less of an attribute; None where there is none."""
    row = vectors.names.index(name)
    rows = {"more": (1, vectors.more[row]), "less": (-1, vectors.less[row])}
    return {word: move.tolist() if vectors.has(name, way) else None for word, (way, move) in rows.items()}


def is_folder(path: Path) -> bool:
    """Whether a folder with a `config.json` is one for Magenta.js."""
    return "type" in finding.read_json(path / finding.CONFIG)


def read_config(path: Path, shapes: Shapes) -> Config:
    """Returns the configuration of the model in a folder for Magenta.js.

    Args:
      path: the folder.
      shapes: of its weights, from `read_shapes` or `read_variables`.

    Raises:
      UserError: if it is no MusicVAE, or none that there is here.
    """
    spec = finding.read_json(path / finding.CONFIG)
    if spec.get("type") != "MusicVAE":
        raise UserError(f"{path} is a {spec.get('type')} of Magenta.js, and only a MusicVAE can be read")
    if (path / OWN_CONFIG).is_file():
        with reading(path / OWN_CONFIG):
            return Config.from_dict(finding.read_json(path / OWN_CONFIG))
    with reading(path / finding.CONFIG):
        return config_of(spec, shapes, path.resolve().name)


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights in a folder, by the original's names."""
    return weight_shapes(finding.read_json(path / MANIFEST, list), path)


def read_variables(path: Path) -> dict[str, np.ndarray]:
    """The weights in a folder by the original's names, as `magenta.load_variables` takes them.

    A model that cannot say how sure it is (Magenta.js does not need to know) is nearly certain here.

    Raises:
      UserError: if the manifest is damaged or leaves the folder, or a shard is missing or too short.
    """
    variables = read_weights(finding.read_json(path / MANIFEST, list), path)
    for part, fill in (("kernel", 0.0), ("bias", _CERTAIN)):
        mu = variables.get(f"encoder/mu/{part}")
        if mu is not None:
            variables.setdefault(f"encoder/sigma/{part}", np.full_like(mu, fill))
    return variables


def write_json(values: object, path: Path) -> None:
    """Writes plain data as JSON on one line."""
    path.write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")
