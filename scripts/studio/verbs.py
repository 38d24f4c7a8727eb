"""What the page can ask of the model: each verb is a function here, a route by its name, and a control."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from midime_scripts.studio.fields import LARGEST_SEED, Fields
from midime_scripts.studio.notes import from_page, to_page

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from small_vae.latents import PersonalLatents

if TYPE_CHECKING:
    from midime_scripts.studio.model import Passage, StudioModel

    from base_vae.tunes.tune_model import TuneModel

Verb = Callable[["StudioModel", Fields], dict[str, Any]]
_Condition = Callable[["StudioModel"], bool]
_VERBS: dict[str, tuple[Verb, _Condition]] = {}
_KNOB_REACH = 6.0
_MOST_FADE = 3.0  # standard deviations
_MOST_BARS = 64
_LEAST_STEPS, _MOST_STEPS = 2, 32


def verbs_of(model: "StudioModel") -> dict[str, Verb]:
    """The verbs that a model has, by name."""
    return {name: function for name, (function, possible) in _VERBS.items() if possible(model)}


def verb(possible: _Condition = lambda model: True) -> Callable[[Verb], Verb]:
    """Makes a function a verb, under its own name, of those models that `possible` is true of."""

    def register(function: Verb) -> Verb:
        _VERBS[function.__name__] = function, possible
        return function

    return register


def _composes(model: "StudioModel") -> bool:
    return model.tunes is not None


def _changes_tunes(model: "StudioModel") -> bool:
    """Whether there is a model of sequences of latents, which tunes are varied, continued and filled with."""
    try:
        return model.tunes is not None and bool(model.tunes.denoising)
    except UserError:
        return False


def _has_drums(model: "StudioModel") -> bool:
    from midime_scripts.studio.drums import can_drum

    return can_drum(model.beats)


@verb()
def play(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """Music at one place of the knobs; with a `place`, the passage that is there, moved to these knobs."""
    knobs = fields.numbers("knobs", model.personal.size, _KNOB_REACH)
    if fields.has("place"):
        return {"knobs": knobs, **_page(model, _moved(model, knobs, fields), model.bars)}
    settings, bars = _settings(fields), _bars(model, fields)
    variety = fields.number("variety", 0, 2, 1)
    [piece] = model.personal.play(knobs, num_bars=bars, variety=variety, qpm=DEFAULT_QPM, **settings)
    return {"knobs": knobs, **_page(model, piece, bars or model.bars)}


@verb()
def another(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """New music in the user's style: at one place, or for more bars on a walk from place to place."""
    settings, bars = _settings(fields), _bars(model, fields)
    variety = fields.number("variety", 0, 2, 1)
    if bars is None or bars <= model.bars:
        [knobs] = model.personal.draw(1, np.random.default_rng(settings["seed"]))
        reached = np.clip(np.round(knobs.astype(float), 2), -_KNOB_REACH, _KNOB_REACH).tolist()
        [piece] = model.personal.play(reached, num_bars=bars, variety=variety, qpm=DEFAULT_QPM, **settings)
        return {"knobs": reached, **_page(model, piece, bars or model.bars)}
    [piece] = model.personal.sample(1, num_bars=bars, variety=variety, qpm=DEFAULT_QPM, **settings)
    return {"knobs": None, **_page(model, piece, bars)}


@verb()
def interpolate(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """Music that goes from one piece of the user's to another, step by step."""
    steps = fields.integer("steps", _LEAST_STEPS, _MOST_STEPS, 5)
    decode = model.personal.base.config.converter.decode
    ends = [decode(_passage(model, fields, name).example) for name in ("start", "end")]
    settings = _settings(fields)
    pieces = model.personal.interpolate(*ends, num_steps=steps, qpm=DEFAULT_QPM, **settings)
    return {"knobs": None, **_page(model, _joined(model, pieces), steps * model.bars)}


@verb(_composes)
def compose(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """A whole tune, in the form that is asked for or that the user's songs have."""
    bars = fields.integer("bars", 1, _MOST_BARS, 32)
    form = fields.text("form").strip().upper() or None
    section_bars = fields.integer("section_bars", 1, 32, 8)
    composition = _tunes(model).compose(
        num_bars=bars, qpm=DEFAULT_QPM, form=form, section_bars=section_bars, **_settings(fields)
    )
    return {"knobs": None, "form": composition.forms[0], **_page(model, composition.sequences[0])}


@verb()
def fade(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """A piece of the page with more or less of an attribute, as much of the rest kept as can be."""
    music = fields.part("piece")
    piece, bars = from_page(music).sequence, music.number("quarters", 1, 16_000) / model.beats
    change = {fields.text("attribute"): fields.number("amount", -_MOST_FADE, _MOST_FADE)}
    seed = fields.integer("seed", 0, LARGEST_SEED, 0)
    [faded] = model.personal.fade([piece], change, seed=seed, qpm=DEFAULT_QPM)
    return {"knobs": None, **_page(model, faded, math.ceil(bars))}


@verb(_changes_tunes)
def vary(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """A piece of the page with some of its notes changed."""
    piece, amount = from_page(fields.part("piece")).sequence, fields.number("amount", 0, 1)
    seed = fields.integer("seed", 0, LARGEST_SEED, 0)
    return {"knobs": None, **_page(model, _tunes(model).vary(piece, amount, seed=seed))}


@verb(_changes_tunes)
def go_on(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """A piece of the page with more bars after it."""
    piece = from_page(fields.part("piece")).sequence
    more = fields.integer("bars", 1, _MOST_BARS, 8)
    return {"knobs": None, **_page(model, _tunes(model).continued(piece, num_bars=more, **_settings(fields)))}


@verb(_changes_tunes)
def fill(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """A piece of the page with some of its bars made anew."""
    piece = from_page(fields.part("piece")).sequence
    bars = fields.integer("first", 1, 4000), fields.integer("last", 1, 4000)
    return {"knobs": None, **_page(model, _tunes(model).fill(piece, bars, **_settings(fields)))}


@verb(_has_drums)
def drums(model: "StudioModel", fields: Fields) -> dict[str, Any]:
    """Drums under whatever the page plays: its seed draws the beat."""
    from midime_scripts.studio.drums import drums

    return drums(fields.integer("seed", 0, LARGEST_SEED, 0))


def _tunes(model: "StudioModel") -> "TuneModel":
    assert model.tunes is not None  # or it would not have these verbs
    return model.tunes


def _settings(fields: Fields) -> dict[str, Any]:
    return {
        "seed": fields.integer("seed", 0, LARGEST_SEED, 0),
        "temperature": fields.number("temperature", 0, 2, 0.5),
    }


def _bars(model: "StudioModel", fields: Fields) -> int | None:
    """Bars of the piece; None for the base's own length."""
    bars = fields.integer("bars", 1, _MOST_BARS, model.bars)
    return None if bars == model.bars else bars


def _passage(model: "StudioModel", fields: Fields, name: str) -> "Passage":
    """A passage of the user's by its number on the map. Raises UserError where it is of no song."""
    passage = model.places[fields.integer(name, 0, len(model.places) - 1)].passage
    if passage is None:
        raise UserError("this model was saved without your songs: bring them again")
    return passage


def _moved(model: "StudioModel", knobs: list[float], fields: Fields) -> NoteSequence:
    """A passage of the user's, all that the knobs leave out of it kept, at other knobs."""
    mu = np.array([knobs], np.float32)
    residual = _passage(model, fields, "place").residual
    latents = PersonalLatents(mu, np.zeros_like(mu), residual[np.newaxis])
    [piece] = model.personal.decode(latents, qpm=DEFAULT_QPM, **_settings(fields))
    return piece


def _joined(model: "StudioModel", pieces: list[NoteSequence]) -> NoteSequence:
    """Pieces of the base's length, one after the other."""
    seconds = model.bars * model.beats * 60.0 / DEFAULT_QPM
    joined = NoteSequence(total_time=len(pieces) * seconds)
    for number, piece in enumerate(pieces):
        for note in piece.notes:
            new = joined.notes.add()
            new.CopyFrom(note)
            new.start_time += number * seconds
            new.end_time += number * seconds
    return joined


def _page(model: "StudioModel", piece: NoteSequence, bars: int | None = None) -> dict[str, Any]:
    """A piece for the page; None for as many bars as it takes."""
    if bars is None:
        bars = max(1, math.ceil(piece.total_time / 60 * DEFAULT_QPM / model.beats - 1e-6))
    return to_page(piece, DEFAULT_QPM, bars, model.beats)
