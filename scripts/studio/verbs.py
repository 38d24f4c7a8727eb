"""What the page can ask of the model: each verb is a function here, a route by its name, and a control."""

from collections.abc import Callable
from typing import Any

import numpy as np
from midime_scripts.studio.fields import LARGEST_SEED, Fields
from midime_scripts.studio.model import StudioModel
from midime_scripts.studio.notes import to_page

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM

Verb = Callable[[StudioModel, Fields], dict[str, Any]]
VERBS: dict[str, Verb] = {}
_KNOB_REACH = 6.0
_MOST_BARS = 64
_LEAST_STEPS, _MOST_STEPS = 2, 32


def verb(function: Verb) -> Verb:
    """Makes a function a verb under its own name."""
    VERBS[function.__name__] = function
    return function


@verb
def play(model: StudioModel, fields: Fields) -> dict[str, Any]:
    """Music at one place of the knobs."""
    knobs = fields.numbers("knobs", model.personal.size, _KNOB_REACH)
    settings, bars = _settings(fields), _bars(model, fields)
    variety = fields.number("variety", 0, 2, 1)
    [piece] = model.personal.play(knobs, num_bars=bars, variety=variety, qpm=DEFAULT_QPM, **settings)
    return {"knobs": knobs, **_page(piece, bars or model.bars)}


@verb
def another(model: StudioModel, fields: Fields) -> dict[str, Any]:
    """New music in the user's style: at one place, or for more bars on a walk from place to place."""
    settings, bars = _settings(fields), _bars(model, fields)
    if bars is None or bars <= model.bars:
        [knobs] = model.personal.draw(1, np.random.default_rng(settings["seed"]))
        reached = np.clip(np.round(knobs.astype(float), 2), -_KNOB_REACH, _KNOB_REACH).tolist()
        variety = fields.number("variety", 0, 2, 1)
        [piece] = model.personal.play(reached, num_bars=bars, variety=variety, qpm=DEFAULT_QPM, **settings)
        return {"knobs": reached, **_page(piece, bars or model.bars)}
    [piece] = model.personal.sample(1, num_bars=bars, qpm=DEFAULT_QPM, **settings)
    return {"knobs": None, **_page(piece, bars)}


@verb
def interpolate(model: StudioModel, fields: Fields) -> dict[str, Any]:
    """Music that goes from one piece of the user's to another, step by step."""
    steps = fields.integer("steps", _LEAST_STEPS, _MOST_STEPS, 5)
    ends = [_place(model, fields, name) for name in ("start", "end")]
    settings = _settings(fields)
    pieces = model.personal.interpolate(*ends, num_steps=steps, qpm=DEFAULT_QPM, **settings)
    return {"knobs": None, **_page(_joined(pieces, model.bars), steps * model.bars)}


@verb
def piece_of_mine(model: StudioModel, fields: Fields) -> dict[str, Any]:
    """A piece of the user's music as the model reads it."""
    place = fields.integer("place", 0, len(model.places) - 1)
    return {"knobs": model.places[place].knobs, **_page(_place(model, fields, "place"), model.bars)}


def _settings(fields: Fields) -> dict[str, Any]:
    return {
        "seed": fields.integer("seed", 0, LARGEST_SEED, 0),
        "temperature": fields.number("temperature", 0, 2, 0.5),
    }


def _bars(model: StudioModel, fields: Fields) -> int | None:
    """Bars of the piece; None for the base's own length."""
    bars = fields.integer("bars", 1, _MOST_BARS, model.bars)
    return None if bars == model.bars else bars


def _place(model: StudioModel, fields: Fields, name: str) -> NoteSequence:
    example = model.places[fields.integer(name, 0, len(model.places) - 1)].example
    if example is None:
        raise UserError("this model was saved, and your songs were not saved with it: bring them again")
    return model.personal.base.config.converter.decode(example)


def _joined(pieces: list[NoteSequence], bars: int) -> NoteSequence:
    """Pieces of `bars` bars each, one after the other."""
    seconds = 4 * bars * 60.0 / DEFAULT_QPM
    joined = NoteSequence(total_time=len(pieces) * seconds)
    for number, piece in enumerate(pieces):
        for note in piece.notes:
            new = joined.notes.add()
            new.CopyFrom(note)
            new.start_time += number * seconds
            new.end_time += number * seconds
    return joined


def _page(piece: NoteSequence, bars: int) -> dict[str, Any]:
    return to_page(piece, DEFAULT_QPM, 4 * bars)
