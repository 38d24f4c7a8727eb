"""Datasets of TensorFlow Datasets that hold MIDI: a tiny one in the format of groove/2bar-midionly."""

import io
import sys
from pathlib import Path

import note_seq
import pytest

from base_vae.configs.presets import get_preset
from base_vae.data.tfds import collect_tfds, read_tfds
from base_vae.errors import UserError
from tests.small_music import melody

CONVERTER = get_preset("cat-drums_2bar_small").converter


def midi(*pitches: int) -> bytes:
    file = io.BytesIO()
    note_seq.note_sequence_to_pretty_midi(melody(pitches * 2, is_drum=True)).write(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tensorflow as tf
    import tensorflow_datasets as tfds

    files = {
        "train": [midi(36, 38, 36, 38), midi(36, 42, 38, 42), b"MThd"],
        "validation": [midi(36, 36, 38, 42)],
    }
    folder = tmp_path_factory.mktemp("tfds")
    groove = tfds.builder("groove/2bar-midionly", data_dir=folder)  # says what the format is, and has no data
    splits = {
        split: tf.data.Dataset.from_tensor_slices(
            {
                "id": [f"drummer1/{split}:{i}" for i in range(len(contents))],
                "bpm": [120] * len(contents),
                "drummer": tf.zeros(len(contents), tf.int64),
                "midi": contents,
                "style": {
                    "primary": tf.zeros(len(contents), tf.int64),
                    "secondary": ["rock"] * len(contents),
                },
                "time_signature": tf.zeros(len(contents), tf.int64),
                "type": tf.zeros(len(contents), tf.int64),
            }
        )
        for split, contents in files.items()
    }
    words = {"train": tf.data.Dataset.from_tensor_slices({"text": ["no music"]})}
    store(tfds, folder, "groove", "2bar-midionly", str(groove.version), groove.info.features, splits)
    store(tfds, folder, "words", "plain", "1.0.0", tfds.features.FeaturesDict({"text": tf.string}), words)
    return folder


def store(tfds, folder: Path, name: str, config: str, version: str, features, splits: dict) -> None:
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version=version,
        features=features,
        split_datasets=splits,
        config=config,
        data_dir=folder,
        disable_shuffling=True,
    )


def test_each_example_is_a_piece(data_dir: Path) -> None:
    seen = []
    found = collect_tfds(
        "groove/2bar-midionly", CONVERTER, data_dir=data_dir, progress=lambda *figures: seen.append(figures)
    )
    assert len(found.examples) == 2
    assert found.sources.tolist() == [0, 1]
    assert [file.name for file in found.report.files] == [f"drummer1/train:{i}" for i in range(3)]
    assert found.report.left_out[0].reason.startswith("a damaged or truncated MIDI file")
    assert seen[-1] == (3, 3)
    held_out = collect_tfds(
        "groove/2bar-midionly", CONVERTER, split="validation", grid="exact", data_dir=data_dir
    )
    assert len(held_out.examples) == 1


def test_what_is_not_there(data_dir: Path) -> None:
    with pytest.raises(UserError, match="has no split 'test'; it has train, validation"):
        read_tfds("groove/2bar-midionly", "test", data_dir=data_dir)
    with pytest.raises(UserError, match="holds no MIDI"):
        read_tfds("words/plain", "train", data_dir=data_dir)
    with pytest.raises(UserError, match="cannot load the dataset no_such_thing"):
        read_tfds("no_such_thing", "train", data_dir=data_dir)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(UserError, match=r"pip install tensorflow-datasets"):
        read_tfds("groove/2bar-midionly", "train")
