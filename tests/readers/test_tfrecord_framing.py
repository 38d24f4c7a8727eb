"""TFRecords as TensorFlow writes and reads them."""

from pathlib import Path

import pytest

from base_vae.errors import UserError
from base_vae.readers.limits import Limits
from base_vae.readers.tfrecord import raw_records, shard_names, without_shard, write_whole
from base_vae.readers.tfrecord_framing import read_records


def test_tensorflow_reads_and_writes_the_same(tmp_path: Path) -> None:
    import tensorflow as tf

    written = [b"", b"a", b"some more" * 30, bytes(range(256)) * 100]
    ours, theirs = tmp_path / "ours.tfrecord", tmp_path / "theirs.tfrecord"
    assert write_whole(ours, written) == 4
    with tf.io.TFRecordWriter(str(theirs)) as writer:
        for record in written:
            writer.write(record)
    assert ours.read_bytes() == theirs.read_bytes()
    assert list(raw_records(theirs)) == written


def test_damage_anywhere_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.tfrecord"
    write_whole(path, [b"first", b"second" * 20])
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=r"a damaged TFRecord file \(after record [01]\)"):
            list(raw_records(path))


def test_an_endless_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tfrecord"
    write_whole(path, [b"x" * 5000])
    with pytest.raises(
        UserError, match=r"record 1 is too large: 0.001 MB .*\(limits=base_vae.Limits\(max_file_mb"
    ):
        list(raw_records(path, limits=Limits(max_file_mb=0.001)))
    with open(path, "rb") as file, pytest.raises(UserError, match=r"record 1 is too large \(5,000 bytes\)"):
        list(read_records(file, 1000))


def test_names_of_shards() -> None:
    assert shard_names("a.tfrecord") == ["a.tfrecord"]
    assert shard_names("a.tfrecord@2") == ["a.tfrecord-00000-of-00002", "a.tfrecord-00001-of-00002"]
    assert {without_shard(name) for name in shard_names("a.tfrecord@2")} == {"a.tfrecord"}
    with pytest.raises(UserError, match="1 to 99,999 shards"):
        shard_names("a.tfrecord@0")
    for count in ("100000", "9" * 5_000):
        with pytest.raises(UserError, match="1 to 99,999 shards") as error:
            shard_names(f"a.tfrecord@{count}")
        assert len(str(error.value)) < 200
