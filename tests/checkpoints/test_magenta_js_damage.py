"""Folders for Magenta.js that are damaged, hostile or of other models: errors for people."""

import json
import re

import pytest

from base_vae.errors import UserError
from base_vae.loading import first_weights, load
from base_vae.training.train import make_model
from tests.checkpoints.magenta_js_files import MELODIES, same_weights


def changed(path, change):
    """Rewrites a JSON file as `change` changes it."""
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("shard", "size", "message"),
    [
        ("group1-shard1of1", None, "group1-shard1of1 is missing"),
        ("group1-shard1of1", -1, "and group1-shard1of1 has"),
        ("group1-shard1of1", 1, "and group1-shard1of1 has"),
    ],
)
def test_a_shard_that_is_not_whole_is_named(exported, shard, size, message):
    _, path = exported
    data = (path / shard).read_bytes()
    (path / shard).unlink()
    if size is not None:
        (path / shard).write_bytes(data[:size] if size < 0 else data + b"0")
    with pytest.raises(UserError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_the_short_one_of_several_shards_is_named(exported, monkeypatch):
    model, path = exported
    monkeypatch.setattr("base_vae.checkpoints.magenta_js.weights.SHARD_BYTES", 10000)
    model.export_magenta_js(path.parent / "many")
    shards = len(list((path.parent / "many").glob("group1-*")))
    assert shards > 3 and same_weights(load(path.parent / "many").model, model.model)
    second = path.parent / "many" / f"group1-shard2of{shards}"
    second.write_bytes(second.read_bytes()[:-4])
    with pytest.raises(UserError, match=f"and group1-shard2of{shards} has 9996 of them"):
        load(path.parent / "many")


def test_wrong_shapes_and_missing_variables_are_all_named(exported):
    _, path = exported

    def change(manifest):
        entries = {entry["name"]: entry for entry in manifest[0]["weights"]}
        entries["decoder/output_projection/kernel"]["shape"].reverse()
        entries["decoder/z_to_initial_state/bias"]["name"] = "something/else"

    changed(path / "weights_manifest.json", change)
    with pytest.raises(UserError) as caught:
        load(path)
    assert "decoder/output_projection/kernel has shape (90, 12), the model needs (12, 90)" in str(
        caught.value
    )
    assert "decoder/z_to_initial_state/bias is missing" in str(caught.value)
    with pytest.raises(UserError, match="decoder/output_projection/kernel"):
        first_weights(path, MELODIES)(make_model(MELODIES, seed=1))


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "..\\b", "C:\\b", "\\\\host\\b"])
def test_paths_that_leave_the_folder_are_refused(exported, name):
    _, path = exported
    changed(path / "weights_manifest.json", lambda manifest: manifest[0].update(paths=[name]))
    with pytest.raises(UserError, match=f"refused: the shard {re.escape(repr(name))} leaves the folder"):
        load(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda m: m.clear(),
        lambda m: m[0].pop("weights"),
        lambda m: m[0].update(paths=[]),
        lambda m: m[0].update(paths=None),
        lambda m: m.__setitem__(0, "group"),
        lambda m: m[0]["weights"][0].pop("dtype"),
        lambda m: m[0]["weights"][0].update(dtype="string"),
        lambda m: m[0]["weights"][0].update(shape=[-1, 4]),
        lambda m: m[0]["weights"][0].update(shape=7),
        lambda m: m[0]["weights"][0].update(quantization={"dtype": "uint8"}),
        lambda m: m[0]["weights"][0].update(quantization=["uint8"]),
    ],
)
def test_a_damaged_manifest_is_an_error_for_people(exported, damage):
    _, path = exported
    changed(path / "weights_manifest.json", damage)
    with pytest.raises(UserError, match=r"manifest of .* is (damaged|refused)"):
        load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "MusicRNN"}, "is a MusicRNN of Magenta.js"),
        ({"chordEncoder": "PitchChordEncoder"}, "only TriadChordEncoder"),
        ({"extraControls": [{"name": "mood", "depth": 2}]}, "extraControls"),
        (
            {"dataConverter": {"type": "MelodyShapeConverter", "args": {"numSteps": 32}}},
            "MelodyShapeConverter",
        ),
        ({"dataConverter": {"type": "DrumsConverter", "args": {"numSteps": 20}}}, "numSteps 20"),
        ({"dataConverter": {"type": "MelodyConverter", "args": {"numSteps": 32}}}, "minPitch"),
        ({"dataConverter": 3}, "damaged"),
    ],
)
def test_models_that_there_are_not_here_are_refused_by_name(exported, change, message):
    _, path = exported
    changed(path / "config.json", lambda spec: spec.update(change))
    with pytest.raises(UserError, match=message):
        load(path)


def test_nothing_is_overwritten(exported):
    model, path = exported
    with pytest.raises(UserError, match="exists already"):
        model.export_magenta_js(path)
