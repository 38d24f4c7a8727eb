"""The studio's model: learned, saved and opened; going on after damage, many pages and a change of mind."""

import io
import threading
import zipfile
from pathlib import Path

import numpy as np
from midime_scripts.studio.studio import Studio

from base_vae.readers.limits import DEFAULT_LIMITS
from tests.studio.asking import PLAY, REEL, rows, verb
from tests.studio.conftest import Client

WALTZ = b"X:1\nT:Waltz\nM:3/4\nL:1/4\nK:C\nCEG|cGE|CEG|cGE|\n"
MARKUP = "<img src=x onerror=alert(1)>.abc"


def test_the_state_says_what_was_read_and_what_the_knobs_do(learned):
    state = learned.state
    assert state["ready"] and state["working"] is None and state["problem"] is None
    assert state["files"][1]["name"].endswith("devils_dream.abc")
    assert all(file["examples"] > 0 and file["reason"] is None for file in state["files"])
    model = state["model"]
    assert len(model["knobs"]) == 4 and any(model["knobs"])
    places = np.array(model["places"])
    assert places.shape[1] == 5 and set(places[:, -1]) == set(range(7))
    assert state["files"][1]["about"] == "32 bars in A major, 4/4, at 184"  # with its repeats


def test_a_file_is_shown_as_the_model_reads_it(learned):
    answer = learned.get("/api/files/1")
    assert answer.status_code == 200, answer.json()
    roll = answer.json()
    assert len(roll["notes"]) > 100 and roll["quarters"] >= 64
    assert learned.get("/api/files/99").status_code == 400


def test_a_model_is_saved_opened_and_the_same(learned):
    data = learned.get("/api/model").content
    before = verb(learned, "play", **PLAY)
    with Client(Studio("mel_2bar", DEFAULT_LIMITS, {})) as other:
        other.load()
        other.post("/api/model", files={"file": ("My Reels.zip", data)})
        model = other.state["model"]
        same = learned.state["model"]
        assert model["name"] == "My Reels" and model["id"] == same["id"]
        # Passages are there under the same names and numbers, so that a link to one leads to it.
        assert model["songs"] == [name.rpartition("/")[2] for name in same["songs"]]
        assert model["places"] == same["places"]
        assert verb(other, "play", **PLAY) == before
        for name, fields in (("play", {**PLAY, "place": 9}), ("interpolate", {"start": 0, "end": 9})):
            assert rows(verb(other, name, **fields)["notes"]) == rows(verb(learned, name, **fields)["notes"])
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
        assert "--base=mel_2bar_3beat" in state["problem"]  # for whoever brought waltzes
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
    """What was there before stays, the list of songs too."""
    before = learned.state
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
    assert seen[-1] == "Learning" and learned.state == before
    assert before["working"] is None and before["problem"] is None
    assert not list(Path(studio._folder.name).iterdir())


def test_the_model_there_is_can_be_played_while_another_is_learned(learned):
    """It plays as ever, and does not change what is learned."""
    before, kept = verb(learned, "play", **PLAY), learned.state["model"]["id"]
    assert learned.post("/api/example", json={"name": "reels"}).status_code == 202
    played = [verb(learned, "play", **PLAY) for _ in range(3)]
    assert learned.state["working"]
    learned.wait()
    assert played == [before] * 3 and learned.state["model"]["id"] == kept
