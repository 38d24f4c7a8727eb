"""`attribute_vectors evaluate`: what the vectors do to samples and to music."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.vectors.given import load_model, load_vectors, read_examples

from base_vae.errors import UserError
from base_vae.files import atomic_outputs

if TYPE_CHECKING:
    from base_vae.metrics.attribute_response import Response
    from base_vae.trained_model import TrainedModel


def evaluate(values: flags.FlagValues) -> None:
    """Prints what each vector does to music, and writes it where a folder is given."""
    from base_vae.metrics.attribute_response import check_amounts, save
    from base_vae.metrics.attribute_tables import response_tables

    if len(values.amount) > 1:
        raise UserError(f"evaluate takes one --amount, the largest (received {len(values.amount)})")
    most = values.amount[0] if values.amount else 1.0
    check_amounts(most, values.steps)
    with atomic_outputs(values.output_dir) if values.output_dir else nullcontext() as folder:
        responses = _responses(values, load_model(values), most)
        text = "\n\n".join(map(response_tables, responses))
        print(text)
        if folder:
            (folder / "attributes.md").write_text(f"{text}\n", encoding="utf-8")
            save(responses, folder / "attributes.json")
    if folder:
        print(f"wrote attributes.md and attributes.json to {values.output_dir}")


def _responses(values: flags.FlagValues, model: "TrainedModel", most: float) -> "list[Response]":
    """Responses to amounts of at most `most`: of samples from the prior and, where it is given, of music."""
    import numpy as np
    from midime_scripts.common.inputs import controls_for

    from base_vae.attributes import attributes_for, get_attributes
    from base_vae.metrics.attribute_response import evaluate as evaluate_vectors

    vectors = load_vectors(values, model, values.attributes)
    known = [attribute.name for attribute in attributes_for(model.config.converter)]
    attributes = get_attributes(dict.fromkeys([*known, *vectors]))
    n, seed = values.num_pieces, values.seed
    settings = {"temperature": values.temperature, "seed": seed, "most": most, "steps": values.steps}
    z = np.random.default_rng(seed).standard_normal((n, model.z_size), np.float32)
    examples = read_examples(values, model, n) if values.examples_path else None
    controls = controls_for(model, examples, n)
    music = "samples from the prior"
    responses = [evaluate_vectors(model, vectors, attributes, z, music, **settings, controls=controls)]
    if examples is not None:
        z, music = model.encode_arrays(examples).mu, f"music of {values.examples_path}"
        responses.append(
            evaluate_vectors(model, vectors, attributes, z, music, **settings, controls=examples)
        )
    return responses
