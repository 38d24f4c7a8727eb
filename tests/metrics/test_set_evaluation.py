"""Every measure together, on real tunes and the bundled base."""

import numpy as np
import pytest

from base_vae.loading import load
from base_vae.metrics import evaluation
from base_vae.metrics.music_set import read_set
from base_vae.metrics.table import markdown
from tests.paths import EXAMPLES


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
    # Three other reels are further from each other than from the first four; not so the hymns.
    assert reels["frechet"]["part_of_generated"] < reels["frechet"]["part_of_reference"]
    assert hymns["frechet"]["part_of_generated"] > 1.3 * hymns["frechet"]["part_of_reference"]
    assert reels["frechet"]["shrunk"] and reels["frechet"]["dimensions"] == 256


def test_music_like_the_reference_comes_as_close_as_a_part_of_it():
    """Where all is drawn from one Gaussian; 400 examples are more than dimensions, 200 of a part are not."""
    ours, theirs = np.random.default_rng(0).normal(size=(2, 400, 256))
    found = evaluation.latent_distances(ours, theirs, np.arange(400))
    assert found["part_examples"] == (200, 200) and found["examples"] == (400, 400) and found["shrunk"]
    assert found["part_of_generated"] == pytest.approx(found["part_of_reference"], rel=0.1)
    assert found["distance"] < found["part_of_reference"]  # of more examples, and shrunk too


@pytest.mark.parametrize(("generated", "reference", "parts"), [(40, 200, (40, 100)), (300, 100, (50, 50))])
def test_the_two_parts_are_as_good_as_each_other(generated, reference, parts):
    rng = np.random.default_rng(1)
    scale = np.linspace(0.2, 3, 8)
    distances = []
    for seed in range(100):
        ours, theirs = (rng.normal(size=(n, 8)) * scale for n in (generated, reference))
        pieces = np.arange(reference)
        found = evaluation.latent_distances(ours, theirs, pieces, seed=seed)
        assert found["part_examples"] == parts and not found["shrunk"]
        distances.append((found["part_of_reference"], found["part_of_generated"], found["distance"]))
        further = evaluation.latent_distances(ours + scale, theirs, pieces, seed=seed)
        assert further["part_of_generated"] > 2 * further["part_of_reference"]
    ours, theirs, _ = np.transpose(distances)
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.1)
    assert 35 <= np.sum(ours < theirs) <= 65


def test_no_piece_is_in_both_halves_of_a_reference():
    """Each piece is one example again and again: the halves differ as the pieces do."""
    rng = np.random.default_rng(3)
    ours, pieces = rng.normal(size=(40, 4)), np.arange(5).repeat(8)
    theirs = 100 * np.eye(5)[pieces, :4] + rng.normal(size=(40, 4))
    for seed in range(5):
        found = evaluation.latent_distances(ours, theirs, pieces, seed=seed)
        assert found["part_examples"] == (16, 24)
        assert found["part_of_reference"] > 1000


@pytest.mark.parametrize(("n", "pieces"), [(3, range(3)), (8, [0] * 8), (8, [0] * 7 + [1])])
def test_a_reference_too_small_for_parts(n, pieces):
    ours, theirs = np.random.default_rng(2).normal(size=(2, n, 4))
    found = evaluation.latent_distances(ours, theirs, np.array(pieces))
    assert found["distance"] > 0 and found["shrunk"] == (n < 5)
    assert found["part_of_reference"] is found["part_of_generated"] is found["part_examples"] is None
    assert evaluation.latent_distances(ours[:1], theirs, np.array(pieces)) is None


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
    assert "any two | each and its nearest | bars of one" in text
    reels = results["references"]["other reels"]["frechet"]
    part, rest = reels["part_examples"]
    assert f"from half of the reference ({rest} examples): of {part} of the other half" in text
    alone = {**reels, **dict.fromkeys(("part_of_reference", "part_of_generated", "part_examples"))}
    one = {**results["references"]["other reels"], "frechet": alone}
    assert "too few pieces to judge" in markdown({**results, "references": {"one": one}})
    assert "too few pieces" not in text
    assert "100.0% note for note, 100.0% nearly" in text and "covariances are shrunk" in text
    for figure in (results["generated"]["standard"]["pitch_entropy"]["mean"],
                   results["references"]["hymns"]["frechet"]["distance"]):  # fmt: skip
        assert f"{figure:.3g}" in text
