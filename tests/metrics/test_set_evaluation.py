"""Every measure together, on real tunes and the bundled base."""

from pathlib import Path

import pytest

from base_vae.loading import load
from base_vae.metrics import evaluation
from base_vae.metrics.music_set import read_set
from base_vae.metrics.table import markdown

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def base():
    return load("mel_2bar")


@pytest.fixture(scope="module")
def sets(base):
    """The hymns, and the reels in two halves, tune by tune."""
    reels = sorted((EXAMPLES / "reels").glob("*.abc"))
    halves = {"reels": reels[::2], "other reels": reels[1::2], "hymns": [EXAMPLES / "hymns"]}
    return {name: read_set(paths, base.config.converter) for name, paths in halves.items()}


@pytest.fixture(scope="module")
def results(base, sets):
    others = {name: sets[name] for name in ("other reels", "hymns")}
    return evaluation.evaluate(base, sets["reels"], others, training=sets["reels"])


def test_reels_are_closer_to_other_reels_than_to_hymns(results):
    reels, hymns = (results["references"][name] for name in ("other reels", "hymns"))
    for name in ("note_count", "inter_onset_interval", "note_length", "pitch_range", "onset_position"):
        near, far = reels["features"][name], hymns["features"][name]
        assert near["inter"] < far["inter"], name
        assert near["histograms"] > far["histograms"], name
        assert near["reference"]["overlap"] > far["reference"]["overlap"], name
        assert near["reference"]["divergence"] < far["reference"]["divergence"], name
    assert reels["frechet"]["distance"] < hymns["frechet"]["distance"]
    assert reels["frechet"]["shrunk"] and reels["frechet"]["dimensions"] == 256
    for reference in (reels, hymns):
        assert 0 < reference["frechet"]["part_of_reference"] < reference["frechet"]["distance"]


def test_every_set_is_encoded_once(base, sets, monkeypatch):
    encoded, encode = [], base.encode_arrays
    monkeypatch.setattr(base, "encode_arrays", lambda arrays: encoded.append(len(arrays)) or encode(arrays))
    references = {name: sets[name] for name in ("other reels", "hymns")}
    evaluation.evaluate(base, sets["reels"], references, standard=False)
    assert encoded == [len(sets[name]) for name in ("reels", "other reels", "hymns")]


def test_a_set_copies_itself_and_reels_are_not_hymns(results, sets):
    assert results["copies"]["exact"] == results["copies"]["near"] == results["copies"]["most_similar"] == 1
    foreign = evaluation.copies(sets["hymns"], sets["reels"])
    assert foreign["exact"] == foreign["near"] == 0 and foreign["nearest"] == []
    assert 0 < foreign["most_similar"] < 0.9
    assert foreign["examples"] == len(sets["reels"])


def test_the_table_has_all_of_it(results):
    text = markdown(results)
    assert "Generated against other reels:" in text and "Generated against hymns:" in text
    assert "100.0% note for note, 100.0% nearly" in text and "covariances are shrunk" in text
    for figure in (results["generated"]["standard"]["pitch_entropy"]["mean"],
                   results["references"]["hymns"]["frechet"]["distance"]):  # fmt: skip
        assert f"{figure:.3g}" in text
