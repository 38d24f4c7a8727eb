"""The page of examples/browser in a headless Chromium: loaded, turned, played and saved."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from base_vae.loading import load
from base_vae.readers.read import read_file
from small_vae import tensorflow_js
from small_vae.training import personalize
from tests.browser.conftest import PAGE
from tests.paths import ROOT

SCRIPT = Path(__file__).with_name("use_page.cjs")
SHARED = ROOT / "scripts" / "studio" / "page" / "shared"
REELS = PAGE.parent / "reels"
STEP = 0.25  # quarters of a sixteenth note


@pytest.fixture(scope="module")
def reels():
    return personalize(load("mel_2bar"), REELS, seed=1)


def used(node, chromium, url, out):
    """What `use_page.cjs` saw at an address."""
    done = subprocess.run(
        [node, SCRIPT, PAGE, chromium, url, out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads((out / "seen.json").read_text())


def steps(notes):
    return sorted([pitch, round(start / STEP), round(end / STEP)] for pitch, start, end in notes)


def music(sequence, qpm=120):
    beat = 60 / qpm
    return steps((note.pitch, note.start_time / beat, note.end_time / beat) for note in sequence.notes)


@pytest.fixture
def site(tmp_path):
    """The page in a folder of its own, without models."""
    folder = tmp_path / "site"
    folder.mkdir()
    served = PAGE / "node_modules" / "@magenta" / "music" / "dist" / "magentamusic.js"
    for file in (*PAGE.glob("*.*"), SHARED, served):
        (folder / file.name).symlink_to(file)
    return folder


def test_a_personal_model_is_turned_played_and_saved(node, chromium, serve, site, tmp_path, reels):
    tensorflow_js.save(reels, site / "models", quantize="uint16")
    seen = used(node, chromium, serve(site), tmp_path)
    assert seen["errors"] == []
    hosts = {
        re.match(r"https?://([^:/]+)", url)
        for url in seen["requests"]
        if not url.startswith(("data:", "blob:"))
    }
    assert {host[1] for host in hosts} == {"127.0.0.1"}

    assert seen["knobs"] == reels.size
    base = load(site / "models" / "base")  # quantised, as the page has it
    knobs = np.zeros((2, reels.size))
    knobs[1, [0, -1]] = 2.5, -1.5
    here = [music(piece) for piece in base.decode(reels.decode_latents(knobs))]
    assert [steps(seen["loaded"]), steps(seen["turned"])] == here
    assert here[0] != here[1]
    assert steps(seen["moved"]) != here[1]  # more of an attribute, and variety

    twice = here[0] + [[pitch, start + 32, end + 32] for pitch, start, end in here[0]]
    assert steps(seen["reset"]) == sorted(twice) and steps(seen["longer"])[-1][2] > 0
    assert "come from here, not from the knobs" in seen["changed"]

    assert "Stop" in seen["playing"] and "Play" in seen["stopped"]
    assert np.all(np.abs(seen["drawn"]) <= 3) and seen["drawn"] != knobs[1].tolist()
    saved = read_file(tmp_path / "saved.mid").sequences[0]
    assert music(saved, qpm=90) == steps(seen["saved"])


def test_without_models_the_page_says_what_is_missing(node, chromium, serve, site, tmp_path):
    seen = used(node, chromium, serve(site), tmp_path)
    assert "models/personal/personal.json is not there" in seen["status"]
