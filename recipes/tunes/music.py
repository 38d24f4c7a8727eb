"""The songs of a recipe of tunes, and their latents, kept so that they are read and encoded once."""

import logging
import re
from pathlib import Path

import numpy as np

from base_vae.checkpoints.names import fingerprint
from base_vae.errors import UserError
from base_vae.files import atomic_folder
from base_vae.trained_model import TrainedModel
from base_vae.tunes.corpus import Corpus, encode_songs
from base_vae.tunes.song import Song, songs_in
from base_vae.tunes.songs_file import read_songs_file, write_songs
from recipes.tunes.recipe import Recipe, Selection

log = logging.getLogger(__name__)

_LEAST = 4  # segments
_SHARED = 0.25  # of its segments with one that is held out: another version of it
_LOWEST, _HIGHEST = -5, 6


def read(selection: Selection, data: Path, base: TrainedModel, cache: Path) -> tuple[list[Song], list[Song]]:
    """Training and held-out songs of a selection, read from the cache where they are there.

    Left out of training are songs that share a quarter of their segments with one that is held out.

    Raises:
      UserError: if there is none.
    """
    folder = cache / f"{base.config.name}-{_short(selection)}"
    songs = read_songs_file(folder)
    if not songs:
        songs, left_out = songs_in([data / path for path in selection.paths], base.config.converter)
        log.info("%s: %d songs, %d left out", selection.collection, len(songs), len(left_out))
        if not songs:
            raise UserError(f"{selection.collection}: there is no song in the base's metre")
        with atomic_folder(folder, replace=folder.exists()) as new:
            write_songs(new, songs)
    songs = [song for song in songs if len(song) >= _LEAST]
    held = [song for number, song in enumerate(songs) if _is_held_out(selection, number, song)]
    known = {segment.tobytes() for song in held for segment in song.segments}

    def is_new(song: Song) -> bool:
        return np.mean([segment.tobytes() in known for segment in song.segments]) < _SHARED

    kept = [s for n, s in enumerate(songs) if not _is_held_out(selection, n, s) and is_new(s)]
    return kept, held


def latents(
    recipe: Recipe, number: int, songs: tuple[list[Song], list[Song]], base: TrainedModel, cache: Path
) -> tuple[Corpus, Corpus]:
    """Training and held-out latents of a selection, by its number, from the cache where they are there."""
    kept, held = songs
    rng = np.random.default_rng(recipe.training.seed)
    every = np.arange(_LOWEST, _HIGHEST + 1)
    keys = [[0, *rng.permutation(every[every != 0])[: recipe.transpositions - 1].tolist()] for _ in kept]
    name = _short(recipe.music[number])
    found = []
    for part, some, intervals in (("train", kept, keys), ("held_out", held, [[0]] * len(held))):
        stem = f"{name}-{part}-{len(some)}-{recipe.transpositions}-{fingerprint(base.model)}.npz"
        if not (cache / stem).exists():
            cache.mkdir(parents=True, exist_ok=True)

            def show_progress(done: int, total: int, label: str = f"{name}, {part}") -> None:
                if done % (20 * 512) == 0 or done == total:
                    log.info("%s: %d of %d segments encoded", label, done, total)

            encode_songs(base, some, intervals, number, show_progress).save(cache / stem)
        found.append(Corpus.load(cache / stem))
    return found[0], found[1]


def _is_held_out(selection: Selection, number: int, song: Song) -> bool:
    by_place = bool(selection.every) and number % selection.every == selection.every - 1
    return by_place or bool(re.fullmatch(selection.held_out, Path(song.name).stem))


def _short(selection: Selection) -> str:
    return re.sub("[^a-z0-9]+", "_", selection.collection.lower())
