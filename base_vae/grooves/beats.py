"""Beats to play under music: between two of the example beats, in the latent space of a drum model."""

import numpy as np

from base_vae.data.stretches import cut
from base_vae.grooves.bundled import load_bundled
from base_vae.model.interpolation import slerp
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.read import ReadPiece
from base_vae.readers.read_music import read_music

MODEL = "drums_2bar_hikl"
_EXAMPLES = "examples:beats"
_WAY = (0.25, 0.7)  # least and most of the way from one beat to another


def beat(seed: int) -> NoteSequence:
    """A beat on the grid, eight bars of 4/4 with a fill at their end; the same seed gives the same one."""
    rng, model = np.random.default_rng(seed), load_bundled(MODEL)
    examples = read_music(_EXAMPLES).sequences
    first, second = (
        cut(ReadPiece.of(examples[number]).on_musical_grid(), model.config.converter)
        for number in rng.permutation(len(examples))[:2]
    )
    amount = rng.uniform(*_WAY)
    start, end = (model.encode_arrays(stretches.arrays).mu for stretches in (first, second))
    z = np.stack([slerp(*ends, amount) for ends in zip(start, end, strict=True)])
    return first.played(model.config.converter, model.decode_arrays(z))
