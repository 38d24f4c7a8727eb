"""Music from TensorFlow Datasets, such as `groove/2bar-midionly`: each example has a MIDI file in `midi`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from base_vae.converters.base import Converter
from base_vae.data.collection import Collection, CollectionBuilder, built
from base_vae.data.extraction import extract_pieces
from base_vae.errors import UserError
from base_vae.music.musical_grid import Grid
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.midi.read import read_midi
from base_vae.readers.read import PassedOver, ReadPiece


def collect_tfds(
    name: str,
    converter: Converter,
    *,
    split: str = "train",
    grid: Grid = "musical",
    data_dir: str | Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int, int], None] | None = None,
) -> Collection:
    """Collects from a split of a dataset, each of whose examples is a piece.

    Args:
      name: dataset and config, like `groove/2bar-midionly`; it is downloaded where it is not there yet.
      converter: makes the examples.
      split: of the dataset, like `train` or `validation`.
      grid: see `collect`.
      data_dir: where datasets are kept; None takes the usual place.
      limits: how large a piece may be.
      progress: called with the pieces done and their number after each.

    Raises:
      UserError: if nothing in it can be used, or there is no such dataset.
    """
    kept: list[np.ndarray] = []
    builder = CollectionBuilder(kept.append)
    total, files = read_tfds(name, split, data_dir=data_dir)
    for done, (known_as, data) in enumerate(files, 1):
        read: list[ReadPiece | PassedOver]
        try:
            music = read_midi(data, name=known_as, limits=limits)
            parts = (PassedOver(reason, is_part=True) for reason in music.passed_over)
            read = [ReadPiece(music.piece, has_bar_lines=False), *parts]
        except UserError as error:
            read = [PassedOver(str(error))]
        builder.add(extract_pieces(known_as, read, converter, grid=grid))
        if progress:
            progress(done, total)
    return built(builder, kept)


def read_tfds(
    name: str, split: str, *, data_dir: str | Path | None = None
) -> tuple[int, Iterator[tuple[str, bytes]]]:
    """The number of pieces in a split of a dataset, and the name and MIDI file of each.

    Raises:
      UserError: if there is no such dataset or split, it holds no MIDI, or the package is not installed.
    """
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise UserError("TensorFlow Datasets is not installed: pip install tensorflow-datasets") from error
    try:
        builder = tensorflow_datasets.builder(name, data_dir=str(data_dir) if data_dir else None)
        builder.download_and_prepare()
    except Exception as error:  # the package raises whatever its parts do
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise UserError(f"cannot load the dataset {name} ({reason})") from error
    if split not in builder.info.splits:
        known = ", ".join(builder.info.splits)
        raise UserError(f"the dataset {name} has no split {split!r}; it has {known}")
    if "midi" not in builder.info.features:
        raise UserError(
            f"the dataset {name} holds no MIDI (its features are {', '.join(builder.info.features)}); "
            "groove has a config that does, groove/2bar-midionly"
        )
    return builder.info.splits[split].num_examples, _files(builder, split)


def _files(builder: Any, split: str) -> Iterator[tuple[str, bytes]]:
    dataset = builder.as_dataset(split=split, shuffle_files=False)
    for number, example in enumerate(dataset.as_numpy_iterator(), 1):
        given = example.get("id", b"")
        known_as = given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
        yield known_as or f"{builder.info.full_name} {number}", example["midi"]
