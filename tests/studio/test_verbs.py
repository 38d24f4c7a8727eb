"""What the page asks for: play, another, drums, whole tunes, faders."""

from types import SimpleNamespace

import numpy as np
import pytest
from midime_scripts.studio.fields import Fields
from midime_scripts.studio.notes import from_page
from midime_scripts.studio.verbs import verbs_of

from base_vae import grooves
from base_vae.errors import UserError
from base_vae.tunes.tune_model import TuneModel
from tests.studio.asking import PLAY, fields_of, rows, rows_of, verb
from tests.tunes.tiny import tiny_model


def test_play_gives_what_the_library_gives(learned):
    piece = verb(learned, "play", **PLAY)
    personal = learned.studio.held.model.personal
    [same] = personal.play(PLAY["knobs"], temperature=0.5, seed=7)
    assert rows(piece["notes"]) == rows_of(same, qpm=120)
    assert piece["quarters"] == 8
    assert verb(learned, "play", **PLAY) == piece
    assert verb(learned, "play", **{**PLAY, "seed": 8}) != piece


def test_another_is_played_at_the_place_that_it_says(learned):
    piece = verb(learned, "another", seed=3, temperature=0.5)
    assert verb(learned, "play", knobs=piece["knobs"], seed=3, temperature=0.5) == piece
    long = verb(learned, "another", seed=3, temperature=0.5, bars=8)
    assert long["quarters"] == 32 and long["knobs"] is None
    assert max(end for _, _, end, *_ in long["notes"]) > 24


def test_interpolation_goes_from_one_passage_to_the_other(learned):
    piece = verb(learned, "interpolate", start=0, end=40, steps=4)
    assert piece["quarters"] == 32 and len(piece["notes"]) > 0
    assert verb(learned, "interpolate", start=40, end=0, steps=4)["notes"] != piece["notes"]


def test_a_passage_is_moved_by_the_knobs(learned):
    """At its own knobs it is what the base makes of it."""
    place = learned.studio.held.model.places[5]
    base = learned.studio.held.model.personal.base
    here = {"place": 5, "seed": 1, "temperature": 0}
    piece = verb(learned, "play", knobs=place.knobs, **here)
    [same] = base.decode(base.encode_arrays(place.passage.example[None]).mu)
    assert rows(piece["notes"]) == rows_of(same, qpm=120)
    further = [knob + 2 for knob in place.knobs]
    assert verb(learned, "play", knobs=further, **here)["notes"] != piece["notes"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"knobs": [0, 0, 0]},
        {"knobs": [0, 0, 0, "0"]},
        {"knobs": [0, 0, 0, 1e9]},
        {"seed": -1},
        {"seed": 1.5},
        {"seed": True},
        {"temperature": -0.1},
        {"bars": 0},
        {"bars": 10_000},
    ],
)
def test_a_wrong_setting_is_named(learned, wrong):
    answer = learned.post("/api/verbs/play", json={**PLAY, **wrong})
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["error"]


def test_the_verbs_are_those_that_the_model_has(learned):
    assert {"play", "another", "interpolate", "compose"} <= set(learned.state["model"]["verbs"])
    tune = verb(learned, "compose", seed=3, temperature=0.5, bars=16)
    assert tune["quarters"] in (64, 68) and tune["form"] and tune["notes"]  # with a pickup or without
    nothing = SimpleNamespace(tunes=None, beats=3)
    assert set(verbs_of(nothing)) == {"play", "another", "interpolate", "fade"}
    songs_only = SimpleNamespace(tunes=TuneModel(tiny_model().base, None), beats=4)
    assert set(verbs_of(songs_only)) == {"play", "another", "interpolate", "compose", "fade", "drums"}


def test_drums_are_what_the_library_puts_under_a_tune(learned, tmp_path):
    """The page repeats eight bars of them; the library plays them up to the last bar of a tune."""
    drums = verb(learned, "drums", seed=2)
    assert drums["quarters"] == 32 and all(note[5] for note in drums["notes"])
    assert len({note[3] for note in drums["notes"]}) > 3  # velocities of a drummer
    assert verb(learned, "drums", seed=2) == drums != verb(learned, "drums", seed=3)
    tune = verb(learned, "play", **PLAY)
    sequence = from_page(Fields(fields_of(tune, qpm=90))).sequence
    under = [note for note in grooves.add_drums(sequence, seed=2).notes if note.is_drum]
    here = [note for note in drums["notes"] if note[1] < tune["quarters"] - 0.125]  # bar 3 may begin early
    assert [note.pitch for note in under] == [note[0] for note in here]
    starts = np.array([note.start_time * 90 / 60 for note in under])
    assert starts == pytest.approx([note[1] for note in here], abs=0.01)


def test_a_tune_is_faded_and_keeps_its_length(learned):
    tune = verb(learned, "play", **PLAY)
    names = [each["name"] for each in learned.state["model"]["attributes"]]
    assert "density" in names and "mean_pitch" in names
    piece = fields_of(tune)
    denser = verb(learned, "fade", piece=piece, attribute="density", amount=0.5, seed=1)
    assert len(denser["notes"]) > len(tune["notes"]) and denser["quarters"] == tune["quarters"]
    answer = learned.post("/api/verbs/fade", json={"piece": piece, "attribute": "loudness", "amount": 1})
    assert answer.status_code == 400 and "no attribute loudness" in answer.json()["error"]


def test_whole_tunes_are_composed_varied_continued_and_filled():
    tunes = tiny_model()
    model = SimpleNamespace(tunes=tunes, bars=2, beats=4)
    verbs = verbs_of(model)

    def ask(name, **fields):
        return verbs[name](model, Fields({"seed": 3, "temperature": 0.5, **fields}))

    tune = ask("compose", bars=8)
    assert tune["quarters"] == 32 and tune["notes"] and tune["form"]
    asked = ask("compose", bars=16, form="abA", section_bars=4)
    assert asked["quarters"] == 48 and asked["form"][:2] == asked["form"][4:] != asked["form"][2:4]
    piece = fields_of(tune)
    assert rows(ask("vary", piece=piece, amount=0)["notes"]) == rows(tune["notes"])
    assert ask("vary", piece=piece, amount=1)["notes"] != tune["notes"]
    longer = ask("go_on", piece=piece, bars=4)
    assert longer["quarters"] == 48
    assert [note for note in longer["notes"] if note[2] < 30] == [
        note for note in tune["notes"] if note[2] < 30
    ]
    filled = ask("fill", piece=piece, first=3, last=4)
    assert [note for note in filled["notes"] if note[2] <= 8] == [
        note for note in tune["notes"] if note[2] <= 8
    ]
    with pytest.raises(UserError, match="first and the last bar to fill, within 1 and 8"):
        ask("fill", piece=piece, first=90, last=91)


def test_a_verb_that_is_none_is_answered_with_those_there_are(learned):
    answer = learned.post("/api/verbs/harmonize", json={})
    assert answer.status_code == 404 and "play, another" in answer.json()["error"]
