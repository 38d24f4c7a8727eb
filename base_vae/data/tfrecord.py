"""NoteSequences in a TFRecord file, the format in which note-seq's and Magenta's tools keep them."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from google.protobuf.message import DecodeError
from note_seq.protobuf import music_pb2

from base_vae.errors import UserError

TFRECORD_SUFFIXES = (".tfrecord",)

# TensorFlow takes seconds to import: only what really touches a TFRecord pays for it.


def write_sequences(path: str | Path, sequences: Iterable[music_pb2.NoteSequence]) -> int:
    """Writes sequences into a new TFRecord, which appears whole or not at all; returns how many.

    Args:
      path: the file, in a folder that exists; one that is there already is replaced.
      sequences: in the order they are to be read.

    Raises:
      UserError: if the file cannot be written.
    """
    import tensorflow as tf

    path = Path(path)
    try:
        # A folder of its own beside the target: the same disk, so the rename cannot stop half-way.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            unfinished = os.path.join(folder, path.name)
            count = 0
            with tf.io.TFRecordWriter(unfinished) as writer:
                for sequence in sequences:
                    writer.write(sequence.SerializeToString())
                    count += 1
            os.replace(unfinished, path)
    except (OSError, tf.errors.OpError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        raise UserError(f"{path}: cannot be written ({reason})") from error
    return count


def read_sequences(path: str | Path) -> Iterator[music_pb2.NoteSequence]:
    """The sequences of a TFRecord, one after the other as they are asked for.

    Raises:
      UserError: with the file's name, where it cannot be opened, is damaged or holds something else.
    """
    import tensorflow as tf

    try:
        with open(path, "rb"):  # TensorFlow's own errors for a missing file are no help
            pass
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    records = iter(tf.data.TFRecordDataset(str(path)))
    count = 0
    while True:
        try:
            record = next(records, None)
            if record is None:
                return
            count += 1
            sequence = music_pb2.NoteSequence.FromString(record.numpy())
        except tf.errors.DataLossError as error:
            raise UserError(f"{path}: a damaged TFRecord file (after record {count})") from error
        except DecodeError as error:
            raise UserError(f"{path}: record {count} is not a NoteSequence") from error
        yield sequence
