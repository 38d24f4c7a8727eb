"""The model, the vectors and the music that `attribute_vectors` is given."""

from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import command, limit_flags
from midime_scripts.common.tensorflow_start import start_tensorflow

if TYPE_CHECKING:
    import numpy as np

    from base_vae.attributes import AttributeVectors
    from base_vae.trained_model import TrainedModel


def load_model(values: flags.FlagValues) -> "TrainedModel":
    """The model of --checkpoint_file; starts TensorFlow."""
    start_tensorflow(values)
    from base_vae.loading import load

    return load(values.checkpoint_file, values.config)


def load_vectors(
    values: flags.FlagValues, model: "TrainedModel", names: list[str] | None
) -> "AttributeVectors":
    """The vectors of --vectors, or of the model; those of `names`, or all."""
    from base_vae.attributes import AttributeVectors

    if values.vectors:
        vectors = AttributeVectors.load(Path(values.vectors).expanduser())
        vectors.require_size(model.z_size)
    else:
        vectors = model.attributes
    return vectors.chosen(names) if names else vectors


def read_examples(values: flags.FlagValues, model: "TrainedModel", most: int) -> "np.ndarray":
    """Examples of --examples_path, at most `most`, drawn with the seed; prints what was read."""
    import numpy as np

    from base_vae.data.collection import collect

    found = collect(
        command.paths(values.examples_path), model.config.converter.in_use, limits=limit_flags.given(values)
    )
    print(found.report, flush=True)
    if len(found.examples) <= most:
        return found.examples
    chosen = np.random.default_rng(values.seed).choice(len(found.examples), most, replace=False)
    return found.examples[np.sort(chosen)]
