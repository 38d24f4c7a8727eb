"""Music and chords that `music_vae_generate` is given, as examples of the model's."""

from typing import TYPE_CHECKING

import numpy as np
from midime_scripts.common.outputs import Numbering, write_files

from base_vae.converters import without_limits
from base_vae.converters.harmony.chords import NO_CHORD_FIGURE, UNREADABLE, chord_id
from base_vae.data.collection import collect
from base_vae.errors import UserError
from base_vae.files import atomic_outputs
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read_music import read_music

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel


def whole(
    model: "TrainedModel", inputs: dict[int, str], output_dir: str, limits: Limits = DEFAULT_LIMITS
) -> np.ndarray:
    """Each input as one example, [inputs, *shape]; what is longer than the model is not.

    Args:
      model: for whose examples they are.
      inputs: files by their number.
      output_dir: gets the examples in a file that is too long, input_1_extracted_01.mid and so on.
      limits: how large files and pieces may be.

    Raises:
      UserError: if an input is too long, with what to do, or cannot be used.
    """
    arrays, too_long = [], []
    for number, path in inputs.items():
        found, problem = _examples(model, path, limits)
        arrays.append(found[0])
        if len(found) > 1:
            stems = Numbering(output_dir, f"input_{number}_extracted").take(len(found))
            names = [f"{stem}.mid" for stem in stems]
            decode = model.config.converter.decode
            with atomic_outputs(output_dir) as folder:
                write_files(dict(zip(names, map(decode, found), strict=True)), folder, "", plot=False)
            too_long.append(
                f"{path}: {problem}; wrote the {len(found)} examples in it that do fit to {output_dir}, "
                f"{names[0]} to {names[-1]}: give one of them instead"
            )
    if too_long:
        raise UserError("; ".join(too_long))
    return np.stack(arrays)


def _examples(model: "TrainedModel", path: str, limits: Limits) -> tuple[np.ndarray, str]:
    """The one example that a file is, or those that are in it and why it is not one."""
    converter = model.config.converter
    sequences = read_music(path, limits=limits).sequences
    problem = f"it holds {len(sequences)} pieces of music, not one"
    if len(sequences) == 1:
        try:
            return model.arrays(sequences), ""
        except UserError as error:
            problem = str(error)
    try:
        found = collect(path, without_limits(converter.in_use), limits=limits).examples
    except UserError:
        raise UserError(f"{path}: {problem}; and no example that would fit could be found in it") from None
    return found, problem


def controls(
    model: "TrainedModel",
    chords: str | None,
    path: str | None,
    output_dir: str,
    limits: Limits = DEFAULT_LIMITS,
) -> np.ndarray | None:
    """The controls of new music: examples [segments, *shape] whose chords or hits hold, or None.

    Args:
      model: that gets them.
      chords: symbols, spread evenly over the music.
      path: a file that has them, instead.
      output_dir, limits: see `whole`.

    Raises:
      UserError: if the model has no such controls, or a chord is unknown.
    """
    converter = model.config.converter
    name = model.config.name
    if chords and path:
        raise UserError("give the chords with --chords or with --input_midi_1, one of them")
    if chords:
        figures = chords.replace(",", " ").split()
        unknown = [figure for figure in figures if chord_id(figure) == UNREADABLE]
        if unknown or not figures:
            raise UserError(
                f"unknown chords in --chords: {', '.join(unknown) or repr(chords)}; known are major (C), "
                f"minor (Cm), augmented (Caug) and diminished ones (Cdim), and {NO_CHORD_FIGURE} for none"
            )
        return converter.controls_from_chords(np.array([chord_id(figure) for figure in figures]))
    if path:
        if converter.spaces.controls is None:
            raise UserError(f"--input_midi_1 gives chords or hits in mode sample, and {name} has neither")
        return whole(model, {1: path}, output_dir, limits)
    if getattr(converter, "hits_as_controls", False):
        raise UserError(f"{name} plays given hits: give them with --input_midi_1, a MIDI file with drums")
    return None


def controls_for(model: "TrainedModel", examples: np.ndarray | None, n: int) -> np.ndarray | None:
    """The controls of `n` pieces from the prior.

    Args:
      model: that gets them.
      examples: music whose chords or hits hold for the new pieces, as often as needed, [examples, *shape].
      n: number of pieces.

    Returns:
      Examples [n, *shape], or None for a model without controls, and for chords that nobody gives.

    Raises:
      UserError: if the model plays given hits, and none are given.
    """
    converter = model.config.converter
    if converter.spaces.controls is None:
        return None
    if examples is not None:
        return np.asarray(examples)[np.arange(n) % len(examples)]
    if getattr(converter, "hits_as_controls", False):
        raise UserError(f"{model.config.name} plays given hits: give music with drums in --examples_path")
    return None


def sample(
    model: "TrainedModel",
    controls: np.ndarray | None,
    n: int,
    temperature: float,
    seed: int,
    qpm: float,
    same_z: bool,
) -> list:
    """`n` pieces from the prior under the controls of examples [segments, *shape]; a piece has one z."""
    if controls is None or len(controls) == 1:
        return model.sample(n, temperature=temperature, seed=seed, qpm=qpm, same_z=same_z, controls=controls)
    z = model.prior.draw(1 if same_z else n, seed)
    z = np.repeat(z, n * len(controls) // len(z), axis=0)
    arrays = model.decode_arrays(
        z, temperature=temperature, seed=seed, controls=np.concatenate([controls] * n)
    )
    converter, pieces = model.config.converter, arrays.reshape(n, *controls.shape)
    return [converter.decode(converter.join(piece), qpm=qpm) for piece in pieces]
