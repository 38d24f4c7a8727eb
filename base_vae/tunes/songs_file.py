"""Songs in a file, to be there when a model of them is loaded again."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from base_vae.array_file import read_arrays
from base_vae.files import reading
from base_vae.tunes.song import Song

NAME = "songs.npz"
_UNKNOWN = (0, 0)  # metre


def write_songs(folder: Path, songs: Sequence[Song]) -> None:
    """Writes songs to a folder."""
    np.savez(
        folder / NAME,
        names=np.array([song.name for song in songs]),
        segments=np.concatenate([song.segments for song in songs]),
        tied=np.concatenate([song.tied for song in songs]),
        lengths=np.array([len(song) for song in songs]),
        pickups=np.concatenate([song.pickup for song in songs]),
        pickup_lengths=np.array([len(song.pickup) for song in songs]),
        qpm=np.array([song.qpm for song in songs]),
        program=np.array([song.program for song in songs]),
        metres=np.array([song.metre or _UNKNOWN for song in songs]),
    )


def read_songs_file(folder: Path) -> list[Song]:
    """The songs in a folder, none where there is no such file. Raises UserError if it cannot be read."""
    path = folder / NAME
    if not path.exists():
        return []
    names = (
        "names",
        "segments",
        "tied",
        "lengths",
        "pickups",
        "pickup_lengths",
        "qpm",
        "program",
    )
    arrays = read_arrays(path, names, text=("names",), optional=("metres",))  # which older files have not
    with reading(path):
        ends, pickup_ends = np.cumsum(arrays["lengths"]), np.cumsum(arrays["pickup_lengths"])
        metres = arrays.get("metres", np.tile(_UNKNOWN, (len(arrays["qpm"]), 1)))
        columns = (
            arrays["names"].tolist(),
            np.split(arrays["segments"], ends[:-1]),
            np.split(arrays["tied"], ends[:-1]),
            np.split(arrays["pickups"], pickup_ends[:-1]),
            arrays["qpm"].tolist(),
            arrays["program"].tolist(),
            [None if row == _UNKNOWN else row for row in map(tuple, metres.tolist())],
        )
        return [Song(*row) for row in zip(*columns, strict=True)]
