"""Each mode of `latent_plot`: from the material to pictures with their words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from midime_scripts.common import command
from midime_scripts.common.inputs import controls_for, whole
from midime_scripts.report.material import Material

from base_vae import plots
from base_vae.attributes import get_attributes, measure_arrays
from base_vae.errors import UserError
from base_vae.metrics.differences import differing_steps
from base_vae.metrics.interpolations import interpolation_paths, random_pairs
from base_vae.model.posteriors import summarize
from base_vae.plots.latent_map import Layer, Values
from base_vae.plots.page import Picture
from base_vae.plots.projection import check_method, crowding, project
from base_vae.training.curves import read_curves
from small_vae.knob_grids import across, along, decode_places

_REACH = 2.0  # of the knobs: most of the user's music lies within
_GRID, _SWEEP = 5, 5  # places of a knob
_SAMPLES = 100
_NO_ATTRIBUTES = ("file", "crowding")  # that pieces can be coloured by
_RESPONSE_PIECES, _RESPONSE_STEPS = 64, 5


def rolls(material: Material) -> list[Picture]:
    """Samples of the model, or the examples in the music that is given without one."""
    flags, n = material.flags, material.flags.num_outputs
    converter = material.converter
    if material.has_personal:
        music, names = material.personal.sample(n, temperature=flags.temperature, seed=flags.seed), None
        title = f"Piano rolls: {n} samples of a personal model, temperature {flags.temperature:g}"
    elif flags.examples_path:
        arrays, names = material.some(n)
        music = [converter.decode(array) for array in arrays]
        title = f"Piano rolls: examples of {converter.bars} bar{'s' if converter.bars > 1 else ''}"
    else:
        controls = controls_for(material.base, None, n)
        music, names = (
            material.base.sample(n, temperature=flags.temperature, seed=flags.seed, controls=controls),
            None,
        )
        title = f"Piano rolls: {n} samples of {_base(material)}, temperature {flags.temperature:g}"
    figure = plots.piano_roll_figure(music, names, title, converter.bars)
    caption = "Bars from left to right; pitch upwards, rows of black keys grey. Drums have lanes below."
    return [Picture("rolls", caption, figure)]


def latent_map(material: Material) -> list[Picture]:
    """The user's pieces among other music in the base's latent space."""
    flags = material.flags
    check_method(flags.projection)  # before the work
    _check_colours(flags.colour_by)
    mine = material.latents.mu
    others, kind = material.background
    background = material.base.encode_arrays(others).mu
    plane = project(np.concatenate([mine, background]), flags.projection, seed=flags.seed)
    points, behind = plane.points[: len(mine)], plane.points[len(mine) :]
    figure = plots.latent_map_figure(
        points,
        _colours(material, points),
        plane.axes,
        f"Where your music lies in the latent space of {_base(material)}: posterior means, {plane.name}",
        Layer(behind, kind),
    )
    caption = f"Each mark is an example of your music; grey dots are {kind}. Near means similar."
    return [Picture("map", caption, figure)]


def personal_map(material: Material) -> list[Picture]:
    """The small latents of the user's pieces, with samples on top."""
    _check_colours(material.flags.colour_by)
    personal = material.personal
    mine = personal.model.encode(material.latents.mu)[0].numpy()
    samples = personal.draw(_SAMPLES, np.random.default_rng(material.flags.seed))
    knobs = f"{personal.size} knob{'s' if personal.size > 1 else ''}"
    title = f"Your music in the {knobs} of its personal model, and new samples"
    figure = plots.personal_map_figure(mine, _colours(material, mine), samples, title)
    caption = (
        "Every knob against every other; crosses are places that new pieces are drawn from."
        if personal.size > 1
        else "Where the knob is in each example of your music, and how often it is there in new pieces."
    )
    return [Picture("personal_map", caption, figure)]


def knob_grid(material: Material) -> list[Picture]:
    """Piano rolls across two knobs."""
    personal, values = material.personal, np.linspace(-_REACH, _REACH, _GRID)
    first, second = _two_knobs(material.flags.knobs)
    places = across(personal.size, (first - 1, second - 1), values)
    music = _played(material, places)
    grid = [music[row * _GRID :][:_GRID] for row in range(_GRID)]
    names = tuple(material.knob_words[knob - 1].split(";")[0] for knob in (first, second))
    title = f"Knobs {first} and {second} of a personal model, the others at 0"
    figure = plots.knob_grid_figure(grid, names, (values, values), title, material.converter.bars)
    return [Picture("knob_grid", "Each cell is what the model plays there, greedily.", figure)]


def knob_sweep(material: Material) -> list[Picture]:
    """Each knob by itself."""
    personal, values = material.personal, np.linspace(-_REACH, _REACH, _SWEEP)
    places = along(personal.size, values)
    music = _played(material, places)
    rows = [music[row * _SWEEP :][:_SWEEP] for row in range(personal.size)]
    names = [words.split(";")[0].replace(": ", "\n", 1) for words in material.knob_words]
    title = f"Each knob of a personal model from {-_REACH:g} to {_REACH:g}, the others at 0"
    figure = plots.knob_sweep_figure(rows, names, values, title, material.converter.bars)
    caption = "The middle column is the same piece in every row: all knobs at 0. Turned up: "
    return [Picture("knob_sweep", caption + "; ".join(material.knob_words), figure)]


def interpolation(material: Material) -> list[Picture]:
    """The way from one piece to another, beside a mix in data space."""
    flags, converter = material.flags, material.converter
    if flags.input_midi_1 or flags.input_midi_2:
        command.require(flags, "input_midi_1", "input_midi_2")
        inputs = {1: flags.input_midi_1, 2: flags.input_midi_2}
        ends = whole(material.base, inputs, flags.output_dir or flags.run_dir)
        names = [Path(path).stem for path in inputs.values()]
    else:
        ends, names = material.some(2)
        if len(ends) < 2:
            raise UserError("an interpolation needs two examples, and the music holds one")
    paths = interpolation_paths(material.base, ends[:1], ends[1:], num_steps=flags.num_steps, seed=flags.seed)
    latent = [converter.decode(array) for array in paths.latent[0]]
    mixed = [converter.decode(converter.canonical(array)) for array in paths.mixed[0]]
    title = f"Interpolation from {names[0]} to {names[1]}"
    figure = plots.interpolation_figure(latent, mixed, paths, title, converter.bars)
    caption = (
        "Above, what the base decodes on the way; below, steps of both pieces picked by chance. The curves "
        "say how many steps differ from each of the two pieces."
    )
    return [Picture("interpolation", caption, figure)]


def distances(material: Material) -> list[Picture]:
    """Distance over alpha, of many pairs."""
    flags, (examples, kind) = material.flags, material.many
    if len(examples) < 2:
        raise UserError("pairs need at least two examples, and the music holds one")
    pairs = random_pairs(len(examples), flags.num_pairs, flags.seed)
    paths = interpolation_paths(
        material.base,
        examples[pairs[:, 0]],
        examples[pairs[:, 1]],
        num_steps=flags.num_steps,
        seed=flags.seed,
    )
    title = f"Interpolations between {len(pairs)} pairs of {kind}: distance over the way"
    caption = "A smooth latent space moves away from the start, and towards the end, steadily."
    return [Picture("distances", caption, plots.distances_figure(paths, title))]


def reconstruction(material: Material) -> list[Picture]:
    """Originals above what the base makes of them."""
    converter = material.converter
    arrays, names = material.some(material.flags.num_outputs)
    again = material.base.decode_arrays(material.base.encode_arrays(arrays).mu, controls=arrays)
    rows_are_steps = converter.rows_a_bar == converter.bar
    wrong = differing_steps(arrays, again, converter) if rows_are_steps else np.zeros((len(arrays), 0), bool)
    figure = plots.reconstruction_figure(
        [converter.decode(array) for array in arrays],
        [converter.decode(array) for array in again],
        wrong[:, : converter.bars * converter.bar],
        names,
        converter.steps_per_quarter,
        f"Reconstructions by {_base(material)}, greedy, from the posterior mean",
        converter.bars,
    )
    return [Picture("reconstruction", "Hollow notes are in one of the two only.", figure)]


def attributes(material: Material) -> list[Picture]:
    """Effects of the attribute vectors: a table, and curves along each."""
    from base_vae.attributes import attributes_for
    from base_vae.metrics import attribute_response

    flags = material.flags
    if flags.evaluation:
        responses = attribute_response.load(Path(flags.evaluation).expanduser())
    else:
        rng = np.random.default_rng(flags.seed)
        z = rng.standard_normal((_RESPONSE_PIECES, material.base.z_size), np.float32)
        vectors, measured = material.base.attributes, attributes_for(material.converter)
        music = material.music.examples if flags.examples_path else None
        settings = {"steps": _RESPONSE_STEPS, "controls": controls_for(material.base, music, len(z))}
        responses = [
            attribute_response.evaluate(
                material.base, vectors, measured, z, "samples of the prior", **settings
            )
        ]
    pictures = []
    for number, response in enumerate(responses, 1):
        suffix = f"_{number}" if len(responses) > 1 else ""
        music = f"{response.pieces} pieces ({response.music})"
        table = plots.attribute_table_figure(response, f"What attribute vectors change: {music}")
        along_each = plots.attribute_curves_figure(response, f"Along attribute vectors: {music}")
        caption = "A good vector moves its own attribute, framed, and no other."
        pictures += [
            Picture(f"attributes{suffix}", caption, table),
            Picture(f"attribute_curves{suffix}", "How an attribute grows with its vector.", along_each),
        ]
    return pictures


def posterior(material: Material) -> list[Picture]:
    """Posterior against prior, of the personal model where there is one."""
    examples, kind = material.many
    latents = material.base.encode_arrays(examples)
    name = _base(material)
    if material.has_personal:
        latents = [part.numpy() for part in material.personal.model.encode(latents.mu)]
        name = "a personal model"
    figure = plots.posterior_figure(summarize(*latents), f"Latent dimensions of {name} on {kind}")
    caption = "A dimension in use has posteriors narrower than the prior, and means that vary."
    return [Picture("posterior", caption, figure)]


def curves(material: Material) -> list[Picture]:
    """Training curves of a run."""
    found = read_curves(material.run_dir)
    steps = max(int(curve.steps[-1]) for curve in found.values())
    figure = plots.curves_figure(
        found, f"Training curves of the run {material.run_dir.name}, {steps:,} steps"
    )
    caption = (
        "Means since the checkpoint before, at each checkpoint; of an evaluation, over all of its music."
    )
    return [Picture("curves", caption, figure)]


# In the order of the report.
MODES: dict[str, Callable[[Material], list[Picture]]] = {
    "rolls": rolls,
    "map": latent_map,
    "personal_map": personal_map,
    "knob_sweep": knob_sweep,
    "knob_grid": knob_grid,
    "interpolation": interpolation,
    "distances": distances,
    "reconstruction": reconstruction,
    "attributes": attributes,
    "posterior": posterior,
    "curves": curves,
}


def _base(material: Material) -> str:
    """The base model in a title."""
    return material.base.config.name


def _played(material: Material, places: np.ndarray) -> list:
    """The personal model's music at places [..., size], one after the other."""
    arrays = decode_places(material.personal, places.reshape(-1, places.shape[-1]), seed=material.flags.seed)
    return [material.converter.decode(array) for array in arrays]


def _check_colours(by: str) -> None:
    """Raises UserError unless pieces can be coloured by that."""
    if by not in _NO_ATTRIBUTES:
        get_attributes([by])


def _colours(material: Material, points: np.ndarray) -> list[str] | Values:
    """The colours of the user's pieces, at points [pieces, dimensions]."""
    by = material.flags.colour_by
    if by == "file":
        return material.files
    if by == "crowding":
        return Values(crowding(points), "how densely your music lies here (1: densest)")
    (attribute,) = get_attributes([by])
    numbers = measure_arrays(material.music.examples, material.converter, [attribute])[:, 0]
    return Values(numbers, f"{attribute.name.replace('_', ' ')} ({attribute.unit})")


def _two_knobs(text: str) -> tuple[int, int]:
    """The two knobs in a flag, counted from 1."""
    try:
        first, second = (int(number) for number in text.split(","))
    except ValueError:
        raise UserError(f"--knobs takes the numbers of two knobs, like 1,2 (received {text!r})") from None
    return first, second
