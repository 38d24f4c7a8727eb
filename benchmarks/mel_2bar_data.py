"""The music that the bundled model was trained and judged on: POP909 and three ABC collections."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from base_vae.configs.presets import get_preset
from base_vae.converters import Extraction
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from base_vae.readers.abc.read import parse_tune, split_tunes
from base_vae.readers.midi.read import midi_to_sequence
from base_vae.readers.read import ReadPiece, read_text

CONFIG = get_preset("cat-mel_2bar_small")
FIDDLE = "FIDDLE"
LAST_TRAINING_SONG = 750
HELD_OUT_EVERY = 20


def load(data: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Training and validation examples by kind of track: MELODY, BRIDGE, PIANO and FIDDLE.

    POP909 001 to 750 and nineteen of every twenty ABC tunes (sorted by file name) train; POP909 from 751
    on and each twentieth tune validate.

    Args:
      data: folder with `pop909/` and `abc_tunes/`.

    Returns:
      Two dicts of uint8 ids [examples, 32]; within a kind each example is there once.
    """
    parts: list[tuple[bool, str, np.ndarray]] = []
    with ProcessPoolExecutor() as pool:
        songs = sorted((data / "pop909").glob("*.mid"))
        for song, tracks in zip(songs, pool.map(_song, songs, chunksize=16), strict=True):
            training = int(song.stem) <= LAST_TRAINING_SONG
            parts += [(training, name, examples) for name, examples in tracks.items()]
        for position, examples in enumerate(pool.map(_tune, _tunes(data / "abc_tunes"), chunksize=64)):
            parts.append((position % HELD_OUT_EVERY != HELD_OUT_EVERY - 1, FIDDLE, examples))
    return tuple(_by_kind(part[1:] for part in parts if part[0] == training) for training in (True, False))


def _by_kind(parts: Iterable[tuple[str, np.ndarray]]) -> dict[str, np.ndarray]:
    kinds: dict[str, list[np.ndarray]] = {}
    for kind, examples in parts:
        kinds.setdefault(kind, []).append(examples)
    return {kind: np.unique(np.concatenate(kinds[kind]), axis=0) for kind in sorted(kinds)}


def _song(path: Path) -> dict[str, np.ndarray]:
    sequence = midi_to_sequence(path.read_bytes())
    piece = ReadPiece(Piece.from_sequence(sequence), has_bar_lines=False).on_musical_grid()
    return {
        info.name: CONFIG.converter.extract(piece.where(piece.instrument == info.instrument)).examples
        for info in sequence.instrument_infos
    }


def _tunes(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.abc")):
        yield from split_tunes(read_text(path))


def _tune(text: str) -> np.ndarray:
    warnings.simplefilter("ignore")
    try:
        extraction: Extraction = CONFIG.converter.extract(parse_tune(text))
    except UserError as error:
        logging.debug("left out: %s", error)
        return np.zeros((0, CONFIG.converter.steps), np.uint8)
    return extraction.examples
