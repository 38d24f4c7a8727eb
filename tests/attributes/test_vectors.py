"""Attribute vectors: groups, errors, right angles, arithmetic, files."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import base_vae
from base_vae.attributes import AttributeVectors, compute_vectors
from base_vae.errors import UserError
from base_vae.metrics.attribute_tables import vector_table


def some_vectors(seed=0, n=200, size=6, names=("density", "interval", "contour")):
    rng = np.random.default_rng(seed)
    latents = rng.normal(size=(n, size))
    values = latents @ rng.normal(size=(size, len(names))) + rng.normal(size=(n, len(names)))
    return compute_vectors(latents, values, names)


def test_the_top_quarter_less_the_bottom_quarter():
    latents = np.array([[0, 0], [2, 0], [9, 9], [9, 9], [9, 9], [9, 9], [4, 1], [6, 3]], float)
    values = np.array([[0], [1], [2], [3], [4], [5], [6], [7]], float)
    vectors = compute_vectors(latents, values, ["density"])
    np.testing.assert_allclose(vectors["density"], [5 - 1, 2 - 0])
    assert vectors["density"].dtype == np.float32
    np.testing.assert_array_equal(vectors.counts, [[2, 2]])
    np.testing.assert_allclose(vectors.thresholds, [[1.75, 5.25]])
    # Of 4 and 6, 1 and 3: variance 2 each, over 2 examples; of 0 and 2, 0 and 0: 2 and 0, over 2.
    np.testing.assert_allclose(vectors.standard_errors, [np.sqrt((2 + 2) / 2 + (2 + 0) / 2)])


def test_one_example_says_nothing_of_the_error():
    vectors = compute_vectors(np.eye(2), np.array([[0.0], [1.0]]), ["density"])
    assert np.isnan(vectors.standard_errors).all()
    row = next(line for line in vector_table(vectors).splitlines() if line.startswith("| density"))
    assert "| - " in row and "nan" not in row


@pytest.mark.parametrize(
    ("values", "top", "bottom"),
    [
        ([0, 0, 0, 0, 0, 0, 1, 2], [6, 7], [0, 1, 2, 3, 4, 5]),  # most have none: those with any are the top
        ([3, 3, 3, 3, 3, 3, 1, 2], [0, 1, 2, 3, 4, 5], [6, 7]),  # most have all
        ([1, 2, 2, 2, 2, 2, 2, 3], [7], [0]),  # most are in the middle
        ([0, 0, 0, 1, 2, 3, 3, 3], [5, 6, 7], [0, 1, 2]),  # ties belong together
        ([0, np.nan, 1, np.nan, 2, np.nan, 3, np.nan], [6], [0]),  # what is not defined is in neither
    ],
)
def test_ties(values, top, bottom):
    latents = np.eye(len(values))
    vectors = compute_vectors(latents, np.array(values, float)[:, np.newaxis], ["rests"])
    np.testing.assert_allclose(vectors["rests"], latents[top].mean(0) - latents[bottom].mean(0), atol=1e-7)
    np.testing.assert_array_equal(vectors.counts, [[len(top), len(bottom)]])


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]), min_size=2, max_size=30))
def test_no_example_is_in_both_groups(values):
    column = np.array(values)
    defined = column[~np.isnan(column)]
    if len(set(defined)) < 2:
        with pytest.raises(UserError, match="never change"):
            compute_vectors(np.eye(len(values)), column[:, np.newaxis], ["rests"])
        return
    vectors = compute_vectors(np.eye(len(values)), column[:, np.newaxis], ["rests"])
    (top, bottom), vector = vectors.counts[0], vectors["rests"]
    assert np.sum(vector > 0) == top and np.sum(vector < 0) == bottom and top and bottom
    assert column[vector > 0].min() > column[vector < 0].max()


def test_what_never_changes_is_named():
    values = np.array([[0, 1, np.nan], [1, 1, np.nan]])
    with pytest.raises(UserError, match=r"never change in this music: rests, contour"):
        compute_vectors(np.eye(2), values, ["density", "rests", "contour"])


def test_the_standard_error_is_how_far_samples_are_off():
    rng = np.random.default_rng(0)
    truth = np.array([1.0, -2.0, 0.5])

    def sample(n):
        value = rng.normal(size=n)
        return compute_vectors(
            value[:, np.newaxis] * truth + rng.normal(size=(n, 3)), value[:, np.newaxis], ["x"]
        )

    precise = sample(200_000)["x"]
    errors = [np.linalg.norm(sample(400)["x"] - precise) for _ in range(200)]
    said = sample(400).standard_errors[0]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(said, rel=0.15)


def test_they_are_a_mapping():
    vectors = some_vectors()
    assert (
        list(vectors) == ["density", "interval", "contour"] and len(vectors) == 3 and "rests" not in vectors
    )
    np.testing.assert_array_equal(vectors["interval"], vectors.more[1])
    with pytest.raises(KeyError):
        vectors["rests"]
    some = vectors.chosen(["contour", "density"])
    np.testing.assert_array_equal(some["density"], vectors["density"])
    np.testing.assert_array_equal(some.counts, vectors.counts[[2, 0]])
    with pytest.raises(UserError, match=r"no attribute vectors for rests; it has density, interval, contour"):
        vectors.chosen(["rests"])


def test_arithmetic():
    vectors = some_vectors()
    z = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    moved = vectors.moved(z, {"density": 1.5, "contour": -0.5})
    np.testing.assert_allclose(moved, z + 1.5 * vectors["density"] - 0.5 * vectors["contour"], rtol=1e-5)
    np.testing.assert_array_equal(vectors.moved(z, {name: 0.0 for name in vectors}), z)
    np.testing.assert_array_equal(vectors.moved(z, {}), z)
    back = vectors.moved(vectors.moved(z, {"density": 2.0}), {"density": -2.0})
    np.testing.assert_allclose(back, z, atol=1e-5)
    with pytest.raises(UserError, match="rests"):
        vectors.moved(z, {"rests": 1.0})


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), "x", None, 1e39])
def test_amounts_and_latents_that_are_not_finite_are_refused(amount):
    vectors, z = some_vectors(), np.zeros((4, 6), np.float32)
    with pytest.raises(UserError, match="`amounts` must be finite"):
        vectors.moved(z, {"density": amount})
    with pytest.raises(UserError, match="`z` must be finite"):
        vectors.moved(z + np.nan, {"density": 1.0})
    with pytest.raises(UserError, match=r"z must be \[..., 6\] numbers"):
        vectors.moved(z[:, :3], {"density": 1.0})
    with pytest.raises(UserError, match="amounts must be numbers by attribute"):
        vectors.moved(z, 5)


def test_a_way_to_less_of_its_own():
    plain = some_vectors()
    np.testing.assert_allclose(plain.straightness(), 1.0)
    other = np.random.default_rng(2).normal(size=plain.more.shape).astype(np.float32)
    vectors = dataclasses.replace(plain, less=other)
    z = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    moved = vectors.moved(z, {"density": 1.5, "contour": -0.5})
    np.testing.assert_allclose(moved, z + 1.5 * vectors.more[0] + 0.5 * vectors.less[2], rtol=1e-5)
    cosine = np.dot(vectors.more[1], -other[1]) / np.linalg.norm(vectors.more[1]) / np.linalg.norm(other[1])
    assert vectors.straightness()[1] == pytest.approx(cosine, rel=1e-5)
    apart = vectors.orthogonal()
    for ways, old in ((apart.more, vectors.more), (apart.less, vectors.less)):
        np.testing.assert_allclose(ways @ ways.T, np.diag(np.sum(old**2, axis=1)), atol=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_orthogonal_vectors_are_orthogonal_and_keep_their_lengths(seed, n):
    vectors = some_vectors(seed, names=tuple("abcdef"[:n]))
    straight = vectors.orthogonal()
    np.testing.assert_allclose(straight.correlations(), np.eye(n), atol=1e-5)
    np.testing.assert_allclose(straight.lengths, vectors.lengths, rtol=1e-5)
    again = straight.orthogonal()
    np.testing.assert_allclose(again.more, straight.more, atol=1e-5)
    np.testing.assert_allclose(straight.less, -straight.more, atol=1e-5)


def test_orthogonal_vectors_stay_near_their_own():
    # Two vectors at 60 degrees: each is turned away from the other by 15.
    more = np.array([[2, 0, 0], [0.5, np.sqrt(0.75), 0]], np.float32)
    plain = AttributeVectors(
        ("a", "b"),
        more,
        -more,
        np.ones((2, 2), np.int64),
        np.ones(2),
        np.ones((2, 2)),
    )
    np.testing.assert_allclose(plain.correlations(), [[1, 0.5], [0.5, 1]], atol=1e-6)
    turned = plain.orthogonal()
    for name in plain:
        cosine = plain[name] @ turned[name] / np.linalg.norm(plain[name]) ** 2
        assert cosine == pytest.approx(np.cos(np.pi / 12), abs=1e-5)


def test_dependent_vectors_cannot_be_orthogonal():
    latents, value = np.eye(4), np.arange(4.0)
    vectors = compute_vectors(latents, np.stack([value, -value], 1), ["density", "rests"])
    with pytest.raises(UserError, match="2 attribute vectors in 4 dimensions"):
        vectors.orthogonal()
    with pytest.raises(UserError, match="7 attribute vectors in 6 dimensions"):
        some_vectors(names=tuple("abcdefg")).orthogonal()


def test_save_and_load(tmp_path):
    vectors = some_vectors()
    path = vectors.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["attributes.npz"]
    written = path.read_bytes()
    again = AttributeVectors.load(tmp_path)
    assert again.names == vectors.names
    for name in ("more", "less", "counts", "standard_errors", "thresholds"):
        np.testing.assert_array_equal(getattr(again, name), getattr(vectors, name))
        assert getattr(again, name).dtype == getattr(vectors, name).dtype
    again.save(tmp_path)
    assert path.read_bytes() == written
    with np.load(path, allow_pickle=False) as file:  # raises where there is a pickle
        assert {file[name].dtype.kind for name in file.files} == {"U", "f", "i"}


def test_files_that_are_not_ours(tmp_path):
    with pytest.raises(UserError, match="attribute_vectors compute"):
        AttributeVectors.load(tmp_path)
    (tmp_path / "attributes.npz").write_bytes(b"no such thing")
    with pytest.raises(UserError, match=r"cannot be (read|used)"):
        AttributeVectors.load(tmp_path)
    for damaged in (b"", b"PK\x03\x04 and no more"):
        (tmp_path / "attributes.npz").write_bytes(damaged)
        with pytest.raises(UserError, match=r"cannot be (read|used)"):
            AttributeVectors.load(tmp_path)
    np.savez(tmp_path / "attributes.npz", names=np.array([{"a": 1}], object))
    with pytest.raises(UserError, match=r"cannot be (read|used)"):
        AttributeVectors.load(tmp_path)
    rows = {name: np.ones((1, 3)) for name in ("more", "less")}
    rows |= {"counts": np.ones((2, 2)), "standard_errors": np.ones(2), "thresholds": np.ones((2, 2))}
    np.savez(tmp_path / "attributes.npz", names=np.array(["a", "b"]), **rows)
    with pytest.raises(UserError, match="do not fit its names"):
        AttributeVectors.load(tmp_path)


def test_a_model_without_vectors_says_how_to_make_them(tmp_path):
    from base_vae.checkpoints import model_folder
    from base_vae.trained_model import TrainedModel
    from tests.tiny_models import CONFIG, lively_model

    never_saved = TrainedModel(lively_model(), CONFIG)
    with pytest.raises(UserError, match="attribute_vectors compute"):
        never_saved.attributes  # noqa: B018
    model_folder.save(never_saved.model, CONFIG, tmp_path / "model", "A base for tests.")
    model = base_vae.load(tmp_path / "model")
    with pytest.raises(UserError, match=f"attribute_vectors compute --checkpoint_file={tmp_path / 'model'}"):
        model.attributes  # noqa: B018
    some_vectors(size=CONFIG.hparams.z_size + 1).save(tmp_path / "model")
    with pytest.raises(UserError, match=r"latents of size 9, the model's have 8"):
        model.attributes  # noqa: B018
    vectors = some_vectors(size=CONFIG.hparams.z_size)
    vectors.save(tmp_path / "model")
    np.testing.assert_array_equal(model.attributes["contour"], vectors["contour"])
