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

SCRIPT = Path(__file__).with_name("use_page.cjs")
REELS = PAGE.parent / "reels"
STEP = 0.125  # seconds of a sixteenth note at 120 quarters a minute


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


def music(sequence):
    return steps((note.pitch, note.start_time, note.end_time) for note in sequence.notes)


@pytest.fixture
def site(tmp_path):
    """The page in a folder of its own, without models."""
    folder = tmp_path / "site"
    folder.mkdir()
    for file in PAGE.iterdir():
        if file.name != "models":
            (folder / file.name).symlink_to(file)
    return folder


def test_a_personal_model_is_turned_played_and_saved(node, chromium, serve, site, tmp_path, reels):
    tensorflow_js.save(reels, site / "models", "uint16")
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

    assert "Stop" in seen["playing"] and "Play" in seen["stopped"]
    assert np.all(np.abs(seen["drawn"]) <= 3) and seen["drawn"] != knobs[1].tolist()
    saved = read_file(tmp_path / "saved.mid").sequences[0]
    assert music(saved) == steps(seen["saved"])


def test_without_models_the_page_says_what_is_missing(node, chromium, serve, site, tmp_path):
    seen = used(node, chromium, serve(site), tmp_path)
    assert "models/personal/personal.json is not there" in seen["status"]
