"""What the page asks for: learning, verbs, taking away, saving and opening, and going on after damage."""

import io
import threading
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from midime_scripts.studio.fields import Fields
from midime_scripts.studio.notes import from_page
from midime_scripts.studio.studio import Studio
from midime_scripts.studio.verbs import verbs_of

import small_vae
from base_vae import grooves
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS
from base_vae.readers.read import read_file
from base_vae.tunes.tune_model import TuneModel
from tests.needs_fluidsynth import require_fluidsynth
from tests.paths import EXAMPLES
from tests.studio.conftest import Client
from tests.tunes.tiny import tiny_model

REEL = (EXAMPLES / "reels" / "devils_dream.abc").read_bytes()
WALTZ = b"X:1\nT:Waltz\nM:3/4\nL:1/4\nK:C\nCEG|cGE|CEG|cGE|\n"
MARKUP = "<img src=x onerror=alert(1)>.abc"
PLAY = {"knobs": [0.5, -1, 0, 1], "seed": 7, "temperature": 0.5, "bars": 2}


def verb(client, name, **fields):
    answer = client.post(f"/api/verbs/{name}", json=fields)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def fields_of(piece, **more):
    return {"notes": piece["notes"], "quarters": piece["quarters"], "title": "A <b>tune</b>", **more}


def music(data, suffix, tmp_path):
    """Rows of pitch, start and end in quarters of what a file holds, and its tempo."""
    file = tmp_path / f"piece.{suffix}"
    file.write_bytes(data)
    [read] = read_file(file).as_read
    beat = 60 / read.piece.qpm
    columns = read.piece.pitch, read.piece.start / beat, read.piece.end / beat
    return sorted(zip(*(np.round(column, 2).tolist() for column in columns), strict=True)), read.piece.qpm


def rows(notes):
    return sorted((note[0], round(note[1], 2), round(note[2], 2)) for note in notes)


def rows_of(sequence, qpm):
    beat = 60 / qpm
    return rows((note.pitch, note.start_time / beat, note.end_time / beat) for note in sequence.notes)


def test_the_state_says_what_was_read_and_what_the_knobs_do(learned):
    state = learned.state
    assert state["ready"] and state["working"] is None and state["problem"] is None
    assert state["files"][1]["name"].endswith("devils_dream.abc")
    assert all(file["examples"] > 0 and file["reason"] is None for file in state["files"])
    model = state["model"]
    assert len(model["knobs"]) == 4 and any(model["knobs"])
    places = np.array(model["places"])
    assert places.shape == (sum(file["examples"] for file in state["files"]), 5)
    assert set(places[:, -1]) == set(range(7))


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
    piece = verb(learned, "interpolate", start=0, end=50, steps=4)
    assert piece["quarters"] == 32 and len(piece["notes"]) > 0
    assert verb(learned, "interpolate", start=50, end=0, steps=4)["notes"] != piece["notes"]


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


def test_a_file_is_shown_as_the_model_reads_it(learned):
    answer = learned.get("/api/files/1")
    assert answer.status_code == 200, answer.json()
    roll = answer.json()
    assert len(roll["notes"]) > 100 and roll["quarters"] >= 64
    assert learned.get("/api/files/99").status_code == 400


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


def test_a_tune_is_taken_with_its_drums_and_written_without(learned, tmp_path):
    tune, drums = verb(learned, "play", **PLAY), verb(learned, "drums")
    piece = fields_of({**tune, "notes": [*tune["notes"], *drums["notes"]]})
    for kind, drum_count in (("mid", len(drums["notes"])), ("abc", 0)):
        file = tmp_path / f"piece.{kind}"
        file.write_bytes(learned.post(f"/api/take/{kind}", json=piece).content)
        [read] = read_file(file).as_read
        assert read.piece.is_drum.sum() == drum_count
        assert (~read.piece.is_drum).sum() == len(tune["notes"])


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


def until(piece, end):
    return [note for note in piece["notes"] if note[2] <= end]


def test_a_verb_that_is_none_is_answered_with_those_there_are(learned):
    answer = learned.post("/api/verbs/harmonize", json={})
    assert answer.status_code == 404 and "play, another" in answer.json()["error"]


@pytest.mark.parametrize("kind", ["mid", "abc"])
def test_a_piece_is_taken_in_its_key_at_its_tempo(learned, kind, tmp_path):
    piece = verb(learned, "play", **PLAY)
    taken = learned.post(f"/api/take/{kind}", json=fields_of(piece, qpm=90, transpose=2, program=40))
    assert taken.status_code == 200
    notes, qpm = music(taken.content, kind, tmp_path)
    assert notes == [(pitch + 2, start, end) for pitch, start, end in rows(piece["notes"])]
    assert qpm == pytest.approx(90, abs=0.01)


def test_a_piece_is_taken_as_sound_and_instruments_are_played(learned):
    require_fluidsynth()
    piece = verb(learned, "play", **PLAY)
    assert learned.post("/api/take/wav", json=fields_of(piece)).content[:4] == b"RIFF"
    sound = learned.state["sound"]
    assert sound["fluidsynth"]
    for program, layout in ((73, sound["keys"]), (128, sound["percussion"])):
        data = learned.get(f"/api/sound/{program}").content
        samples = np.frombuffer(data[44:], "<i2").reshape(layout["count"], -1)
        assert samples.shape[1] == round(layout["seconds"] * 44_100)
        assert np.all(np.abs(samples[:, :20_000]).max(axis=1) > 100)  # every note sounds


def test_favourites_come_in_one_archive(learned):
    pieces = [fields_of(verb(learned, "play", **{**PLAY, "seed": seed})) for seed in (1, 2)]
    pieces[1]["notes"] = verb(learned, "drums")["notes"]  # no ABC of drums alone
    data = learned.post("/api/favourites", json={"pieces": pieces}).content
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["01_A_b_tune_b.mid", "01_A_b_tune_b.abc", "02_A_b_tune_b.mid"]


def test_a_piece_is_dragged_out_by_an_address(learned):
    path = learned.post("/api/drag", json=fields_of(verb(learned, "play", **PLAY))).json()["path"]
    assert learned.get(path).content[:4] == b"MThd"


def test_the_command_makes_the_same_piece(learned, tmp_path, monkeypatch):
    personal = learned.studio.held.model.personal
    personal.save(str(tmp_path / "my_model"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(small_vae, "load", lambda path: small_vae.loading.load(path, base=personal.base))
    recipe = {**PLAY, "knobs": [0.25, 1, -1, 0], "variety": 0.5, "qpm": 90}
    shown = learned.post("/api/command", json=recipe).json()
    assert "--knobs=0.25,1,-1,0 --variety=0.5" in shown["shell"] and "--seed=7" in shown["shell"]
    names = {}
    exec(shown["python"], names)
    piece = verb(learned, "play", **recipe)
    assert rows(piece["notes"]) == rows_of(names["piece"], qpm=90)
    long = {"seed": 7, "temperature": 0.5, "bars": 8, "qpm": 120}
    shown = learned.post("/api/command", json={**long, "verb": "another"}).json()
    assert "mine.sample(1, temperature=0.5, seed=7, num_bars=8, qpm=120)" in shown["python"]
    tune = {**long, "verb": "compose", "form": "aba'", "section_bars": 4}
    shown = learned.post("/api/command", json=tune).json()
    assert "mine.tunes.compose(1, temperature=0.5" in shown["python"] and 'form="ABA\'"' in shown["python"]
    drummed = learned.post("/api/command", json={**recipe, "drums": 3}).json()
    assert "--mode=add_drums --midi=out/my_model_01.mid" in drummed["shell"]
    exec(drummed["python"], names)
    assert [note.pitch for note in names["piece"].notes if note.is_drum]
    assert "--section_bars=4" in shown["shell"] and "--form='ABA'" in shown["shell"]


def test_a_model_is_saved_opened_and_the_same(learned):
    data = learned.get("/api/model").content
    before = verb(learned, "play", **PLAY)
    with Client(Studio("mel_2bar", DEFAULT_LIMITS, {})) as other:
        other.load()
        other.post("/api/model", files={"file": ("My Reels.zip", data)})
        model = other.state["model"]
        assert (
            model["name"] == "My Reels"
            and len(model["songs"]) == 7
            and model["id"] == learned.state["model"]["id"]
        )
        assert verb(other, "play", **PLAY) == before
        assert verb(other, "interpolate", start=0, end=9)["notes"]
        # What is no model leaves the one that is there.
        hostile = io.BytesIO()
        with zipfile.ZipFile(hostile, "w") as archive:
            archive.writestr("../../config.json", b"{}")
        for damaged in (b"", b"PK", data[: len(data) // 2], hostile.getvalue()):
            other.post("/api/model", files={"file": ("x.zip", damaged)})
            assert other.state["model"]["id"] == model["id"]
        assert verb(other, "play", **PLAY) == before


def test_damaged_songs_are_named_and_cost_nothing(learned):
    with Client(Studio("mel_2bar", DEFAULT_LIMITS, {})) as client:
        client.load()
        client.bring({"bad.mid": b"MThd\0\0", "notes.txt": b"x", MARKUP: b"\0"})
        state = client.state
        assert state["model"] is None and "no music in these files" in state["problem"]
        assert [file["name"] for file in state["files"]] == [
            "bad.mid",
            "notes.txt",
            MARKUP,
        ]
        assert all(file["reason"] for file in state["files"])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("../../reel.abc", REEL)
            archive.writestr("waltz.abc", WALTZ)
        client.bring({"songs.zip": packed.getvalue(), "../../etc/passwd.abc": REEL, "bad.mid": b""})
        state = client.state
        assert state["problem"] is None and state["model"]["name"] == "your 2 songs"
        assert {file["name"]: file["examples"] for file in state["files"]} == {
            "songs.zip/../../reel.abc": 16,
            "songs.zip/waltz.abc": 0,
            "../../etc/passwd.abc": 16,
            "bad.mid": 0,
        }
        assert verb(client, "play", **PLAY)["quarters"] == 8
        kept = client.state["model"]["id"]
        client.bring({"worse.mid": b""})
        assert client.state["model"]["id"] == kept  # the model there was is still there


def test_many_at_once_and_pages_that_leave_do_no_harm(learned):
    expected = verb(learned, "play", **PLAY)
    wrong = []

    def many():
        for _ in range(25):
            answer = learned.post("/api/verbs/play", json=PLAY)
            if answer.status_code == 200 and answer.json() != expected:
                wrong.append(answer.json())

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert verb(learned, "play", **PLAY) == expected


def test_there_is_one_longer_work_at_a_time(learned):
    kept = learned.state["model"]["id"]
    assert learned.post("/api/example", json={"name": "reels"}).status_code == 202
    for answer in (
        learned.post("/api/example", json={"name": "reels"}),
        learned.post("/api/music", files=[("file", ("a.abc", REEL))]),
        learned.post("/api/model", files={"file": ("x.zip", b"")}),
    ):
        assert answer.status_code == 400
    assert learned.post("/api/cancel").status_code == 200
    learned.wait()
    assert learned.state["model"]["id"] == kept


def test_learning_can_be_cancelled(learned):
    """What was there before stays."""
    kept = learned.state["model"]["id"]
    studio = learned.studio
    seen = []

    def announce(stage, done, total):
        seen.append(stage)
        if stage == "Learning":
            studio.cancel()

    studio._announce, original = announce, studio._announce
    try:
        learned.bring({"a.abc": REEL})
    finally:
        studio._announce = original
    assert seen[-1] == "Learning" and learned.state["model"]["id"] == kept
    assert learned.state["working"] is None and learned.state["problem"] is None
