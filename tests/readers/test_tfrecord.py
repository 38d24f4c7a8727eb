"""TFRecords of NoteSequences: there and back, whole or not at all."""

from pathlib import Path

import pytest

from base_vae.errors import UserError
from base_vae.readers.tfrecord import read_sequences, write_sequences
from tests.small_music import SCALE, melody


def test_there_and_back(tmp_path: Path) -> None:
    sequences = [melody(SCALE[:length]) for length in (1, 5, 8)]
    path = tmp_path / "Übung 音.tfrecord"
    assert write_sequences(path, sequences) == 3
    assert list(read_sequences(path)) == sequences
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_none_is_a_file_too(tmp_path: Path) -> None:
    assert write_sequences(tmp_path / "empty.tfrecord", []) == 0
    assert list(read_sequences(tmp_path / "empty.tfrecord")) == []


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "songs.tfrecord"
    write_sequences(path, [melody()])

    def breaks_off():
        yield melody()
        raise RuntimeError("the disk of the reader is gone")

    with pytest.raises(RuntimeError):
        write_sequences(path, breaks_off())
    assert len(list(read_sequences(path))) == 1
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_damage_names_the_file_and_the_record(tmp_path: Path) -> None:
    path = tmp_path / "songs.tfrecord"
    write_sequences(path, [melody(), melody()])
    path.write_bytes(path.read_bytes()[:-5])
    reader = read_sequences(path)
    assert next(reader) == melody()
    with pytest.raises(UserError, match=r"songs\.tfrecord: a damaged TFRecord file \(after record 1\)"):
        next(reader)


def test_something_else_in_a_tfrecord(tmp_path: Path) -> None:
    import tensorflow as tf

    path = tmp_path / "other.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(b"\xff\xff\xff not a message")
    with pytest.raises(UserError, match="record 1 is not a NoteSequence"):
        list(read_sequences(path))


def test_places_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no\.tfrecord: cannot be read"):
        list(read_sequences(tmp_path / "no.tfrecord"))
    with pytest.raises(UserError, match="cannot be written"):
        write_sequences(tmp_path / "no folder" / "x.tfrecord", [melody()])
