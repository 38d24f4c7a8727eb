"""`attribute_vectors compute`: vectors of music, those that are kept beside the model."""

from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments
from midime_scripts.common.progress import Progress
from midime_scripts.common.tensorflow_start import start_tensorflow
from midime_scripts.vectors.given import load_model, read_examples

from base_vae.errors import UserError
from base_vae.files import atomic_outputs

if TYPE_CHECKING:
    import numpy as np

    from base_vae.attributes import AttributeVectors
    from base_vae.trained_model import TrainedModel


def compute(values: flags.FlagValues) -> None:
    """Computes the vectors that the flags ask for and writes them to a folder."""
    start_tensorflow(values)
    folder = values.output_dir or own_folder(values)
    with atomic_outputs(folder) as unfinished:
        vectors = _computed(values, load_model(values))
        path = vectors.save(unfinished)
    print(f"wrote {Path(folder) / path.name}")


def _computed(values: flags.FlagValues, model: "TrainedModel") -> "AttributeVectors":
    """The vectors of the music in --examples_path; prints them."""
    from base_vae.attributes import attributes_for, compute_vectors, get_attributes, measure_arrays
    from base_vae.attributes.vectors import varies
    from base_vae.metrics.attribute_tables import vector_table

    converter = model.config.converter
    chosen = get_attributes(values.attributes) if values.attributes else attributes_for(converter)
    examples = read_examples(values, model, values.num_examples)
    measured = measure_arrays(examples, converter.in_use, chosen)
    used = [varies(column) for column in measured.T]
    constant = [attribute.name for attribute, use in zip(chosen, used, strict=True) if not use]
    if constant:
        print(f"left out, since they are the same in all of this music: {', '.join(constant)}")
    if not any(used):
        raise UserError("no attribute changes in this music: give more of it")
    names = [attribute.name for attribute, use in zip(chosen, used, strict=True) if use]
    latents = model.encode_arrays(examples).mu
    vectors = compute_vectors(latents, measured[:, used], names)
    if values.tune:
        from base_vae.training.attribute_tuning import tune

        progress = Progress("attribute vectors")
        vectors = tune(model, vectors, examples, latents, seed=values.seed, progress=progress)
    if values.orthogonal:
        vectors = vectors.orthogonal()
    print(f"attribute vectors of {len(examples)} examples\n\n{vector_table(vectors)}\n")
    return vectors if values.keep_all else _good(values, model, vectors, examples, latents)


def _good(
    values: flags.FlagValues,
    model: "TrainedModel",
    vectors: "AttributeVectors",
    examples: "np.ndarray",
    latents: "np.ndarray",
) -> "AttributeVectors":
    """The vectors that leave enough of the music unchanged; prints what each does, and what is dropped."""
    from base_vae.faders import find_directions
    from base_vae.metrics.vector_judgement import judge_vectors, judgement_table, keep_good

    spreads = find_directions(model).spread_of()
    judgements = judge_vectors(model, vectors, examples, latents, spreads, seed=values.seed)
    print("at the amount that moves its own attribute by one standard deviation\n")
    print(f"{judgement_table(judgements)}\n", flush=True)
    good = keep_good(vectors, judgements)
    if not good:
        raise UserError(
            "no vector leaves half of the steps as they were and every other attribute within half a "
            "standard deviation, so none is kept: --keep_all keeps them all; apply needs none"
        )
    dropped = [each.words for each in judgements if not each.is_good]
    if dropped:
        print(f"dropped, since they change too much else: {', '.join(dropped)}")
    return good


def own_folder(values: flags.FlagValues) -> Path:
    """The model's folder, where it is the user's. Raises UserError where it is not, with what to do."""
    from base_vae.checkpoints.finding import BUNDLED_DIR, find

    source = values.checkpoint_file
    arguments.check_model(source)
    try:
        folder = find(source)
    except UserError:
        folder = None
    if folder is None or folder.parent == BUNDLED_DIR:
        raise UserError(
            f"{source} has no folder of yours to keep the vectors in: give one with --output_dir, and use "
            "them from there with --vectors"
        )
    return folder
