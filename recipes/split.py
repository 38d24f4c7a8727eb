"""Holds pieces out, and balances the others."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recipes.music import Pieces, Selection, held_out_files, title

# A piece this much of which is in one that is held out is taken for another version of it.
_SHARED = 0.25


class Part(NamedTuple):
    """The training or the validation music of a collection.

    Attributes:
      examples: distinct ones, [examples, *shape].
      names: of a piece that each is from, [examples].
    """

    examples: np.ndarray
    names: np.ndarray


def split(
    music: Sequence[tuple[Selection, Pieces]], data: Path = Path()
) -> tuple[dict[str, Part], dict[str, Part]]:
    """Training and validation examples by collection.

    The pieces of a collection are counted in order, over all its selections. Held out with a piece are all of
    the same title, and left out of training, in whatever collection, those that share a quarter of their
    examples with one that is held out, as well as every single example that is held out.

    Args:
      music: what was selected, and what was found in it.
      data: the folder of the music.
    """
    held = _held_out(music, data)
    training: dict[str, list[Part]] = {}
    validation: dict[str, list[Part]] = {}
    for (selection, pieces), out in zip(music, held, strict=True):
        validation.setdefault(selection.collection, []).append(_part(pieces, out[pieces.piece]))
    learned = {
        example.tobytes() for parts in validation.values() for part in parts for example in part.examples
    }
    for (selection, pieces), out in zip(music, held, strict=True):
        known = np.array([example.tobytes() in learned for example in pieces.examples], bool)
        size = np.bincount(pieces.piece, minlength=len(pieces.names))
        shared = np.bincount(pieces.piece, known, minlength=len(pieces.names))
        kept = ~out & (shared < _SHARED * np.maximum(size, 1))
        training.setdefault(selection.collection, []).append(_part(pieces, kept[pieces.piece] & ~known))
    return tuple({name: _joined(parts) for name, parts in some.items()} for some in (training, validation))


def _held_out(music: Sequence[tuple[Selection, Pieces]], data: Path) -> list[np.ndarray]:
    """Whether each piece of each selection is held out, bool [pieces]."""
    counted: dict[str, int] = {}
    titles: dict[str, set[str]] = {}
    for selection, pieces in music:
        first = counted.get(selection.collection, 0)
        counted[selection.collection] = first + len(pieces.names)
        listed = held_out_files(selection, data)
        for place, name in enumerate(pieces.names, first):
            by_place = selection.every and place % selection.every == selection.every - 1
            if by_place or name in listed or re.fullmatch(selection.held_out, os.path.basename(name)):
                titles.setdefault(selection.collection, set()).add(_same(selection, name))
    return [
        np.array(
            [_same(selection, name) in titles.get(selection.collection, ()) for name in pieces.names], bool
        )
        for selection, pieces in music
    ]


def _same(selection: Selection, name: str) -> str:
    """A key that is equal for versions of a piece; where a collection lists its files, each is a piece."""
    return name if selection.splits else title(name)


def _part(pieces: Pieces, rows: np.ndarray) -> Part:
    return Part(pieces.examples[rows], np.array(pieces.names)[pieces.piece[rows]])


def _joined(parts: Sequence[Part]) -> Part:
    examples, names = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if not len(examples):
        return Part(examples, names)
    examples, first = np.unique(examples, axis=0, return_index=True)
    return Part(examples, names[first])


def balanced(
    examples: Mapping[str, np.ndarray], weights: Mapping[str, float], balance: float, seed: int
) -> np.ndarray:
    """One array in which each collection has its share, so that none drowns the others.

    A share is weight * number ** balance. Nothing is lost: the collection with the most for its share is
    there once, the others as often as their shares say, the last time in part.

    Args:
      examples: by collection, [examples, *shape].
      weights: of the collections.
      balance: 0 gives all of the same weight the same share, 1 goes by their numbers.
      seed: chooses the parts.

    Returns:
      [all, *shape].
    """
    shares = {name: weights[name] * len(some) ** balance for name, some in examples.items() if len(some)}
    most = max(len(examples[name]) / share for name, share in shares.items())
    rng = np.random.default_rng(seed)
    parts = []
    for name, share in shares.items():
        some, count = examples[name], round(share * most)
        parts += [some] * (count // len(some))
        parts.append(some[np.sort(rng.permutation(len(some))[: count % len(some)])])
    return np.concatenate(parts)
