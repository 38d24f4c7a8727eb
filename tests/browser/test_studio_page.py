"""The studio in a headless Chromium: bring, play, turn, map, take, save, open, undo; and what goes wrong."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from base_vae.readers.read import read_file
from tests.browser.conftest import PAGE
from tests.paths import EXAMPLES, ROOT

SCRIPT = Path(__file__).with_name("use_studio.cjs")
LONG = "a very long name of a hymn that nobody would give to a file, with <img src=x> & <b>more.abc"


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    for name, tune in (
        ("dream.abc", "reels/devils_dream"),
        ("home.abc", "reels/harvest_home"),
        (LONG, "hymns/dundee"),
    ):
        (folder / name).write_bytes((EXAMPLES / f"{tune}.abc").read_bytes())
    (folder / "broken.mid").write_bytes(b"MThd")
    return folder


@pytest.fixture(scope="module")
def address():
    """A studio that runs as a person's does."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "scripts" / "midime_studio.py", "--nobrowser", "--port=0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", process.stdout.readline())
    yield found[0]
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0


@pytest.fixture(scope="module")
def seen(node, chromium, address, songs, tmp_path_factory):
    """What `use_studio.cjs` saw, and the folder of what it took."""
    out = tmp_path_factory.mktemp("out")
    done = subprocess.run(
        [node, SCRIPT, PAGE, chromium, address, songs, out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {**json.loads((out / "seen.json").read_text()), "out": out}


def test_nothing_goes_wrong_and_nothing_is_fetched_from_elsewhere(seen):
    assert seen["errors"] == []
    own = re.match(r"http://[^/]+/", seen["address"])[0]
    assert all(url.startswith((own, "blob:", "data:")) for url in seen["requests"])


def test_the_token_does_not_stay_in_the_address_bar(seen):
    assert "token" not in seen["address"] and "token" not in seen["link"]


def test_axe_finds_nothing_serious_in_any_state(seen):
    assert seen["accessibility"] == {"empty": [], "error": [], "music": [], "drums": [], "phone": []}
    assert seen["phoneWidth"] == 390  # nothing sticks out


def test_the_tab_key_visits_everything_in_its_order(seen):
    usable, visited = seen["tabs"]["usable"], seen["tabs"]["visited"]
    first = visited.index(usable[0])
    assert len(usable) > 40 and visited[first:] + visited[:first] == usable


def test_files_are_listed_with_what_became_of_them(seen):
    assert "no music in these files" in seen["problem"] and "broken.mid" in seen["brokenFile"]
    assert seen["summary"] == "Read 3 of 4 files: 37 passages to learn from."
    assert any(LONG in row for row in seen["files"]) and seen["markup"] == 0
    assert any("broken.mid" in row and "Left out" in row for row in seen["files"])
    assert seen["song"][0] == LONG and seen["song"][1] > 20


def test_knobs_and_keys_play(seen):
    assert seen["knobs"] == 4
    assert "Stop" in seen["playing"] and "Play" in seen["stopped"]
    assert seen["first"] and seen["turned"] != seen["first"]
    assert seen["undone"] and seen["redone"] and seen["versionA"] and seen["versionB"]
    assert seen["undoneInA"] and seen["playhead"] == "visible"


@pytest.mark.parametrize("name", ["knob to roll", "knob to sound"])
def test_the_page_measures_how_long_a_turn_of_a_knob_takes(seen, name):
    """docs/studio.md has the figures of a machine that does nothing else; here other tests may run beside."""
    durations = [duration for measured, duration in seen["latency"] if measured == name]
    assert len(durations) >= 8 and min(durations) > 0
    print(f"{name}: {sorted(durations)[len(durations) // 2]:.0f} ms")


def test_the_map_goes_to_a_place_and_from_song_to_song(seen):
    assert seen["clicked"][0] > 2 and seen["clicked"][1] > 2
    assert seen["moved"][0] == pytest.approx(seen["clicked"][0] - 0.1)
    assert seen["passage"] in ("dream.abc", "home.abc", LONG)
    title, length, notes = seen["morph"]
    assert " to " in title and "10 bars" in length and notes > 0
    assert re.search("[89] bars", seen["longer"])  # with the bar of a pickup


@pytest.mark.parametrize("name", ["taken.mid", "taken.abc"])
def test_what_is_taken_is_what_was_shown(seen, name):
    [read] = read_file(seen["out"] / name).as_read
    beat = 60 / 90
    notes = sorted(
        [int(pitch), round(start / beat, 2), round(end / beat, 2)]
        for pitch, start, end in zip(read.piece.pitch, read.piece.start, read.piece.end, strict=True)
    )
    assert notes == sorted(seen["taken"])
    assert read.piece.qpm == pytest.approx(90, abs=0.01)


def test_drums_come_under_the_tune_and_go_along(seen):
    tune = len(seen["taken"])
    assert seen["undrummed"] == seen["taken"] == seen["drummed"][:tune] == seen["anotherBeat"][:tune]
    assert seen["drummed"][tune:] != seen["anotherBeat"][tune:]
    [read] = read_file(seen["out"] / "drummed.mid").as_read
    assert sorted(read.piece.pitch[read.piece.is_drum].tolist()) == sorted(
        pitch for pitch, _, _ in seen["anotherBeat"][tune:]
    )


def test_a_link_and_a_saved_model_make_the_same_piece_again(seen):
    assert seen["linked"] == seen["taken"] == seen["reopened"]
    assert seen["kept"] == seen["keptThere"] == 1
    assert "--knobs=" in seen["command"] and "small_vae.load" in seen["command"]


def test_a_tune_in_a_form_is_varied_and_there_again_after_a_reload(seen):
    """The script waits until its link has made it in another tab."""
    place, notes = seen["composed"]
    assert re.search("[45] bars, AB$", place)
    assert notes and seen["varied"] != notes
    assert seen["reloaded"] == seen["varied"]


def test_a_piece_is_dragged_out_as_a_midi_file(seen):
    name, data = seen["dragged"]
    assert re.fullmatch(r"tune_\d+\.mid", name) and data.startswith("MThd")


def test_a_tab_that_is_killed_as_it_learns_costs_the_others_nothing(seen):
    assert seen["afterwards"] > 0
