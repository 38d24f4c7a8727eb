"""Melodies over other chords than their own: what teaches a decoder that the chords it is given matter.

A model whose latent vector holds every pitch reconstructs well and ignores its chords. Here the encoder reads
a melody with its own chords, and the decoder is asked for the same melody over the chords of another example:
the latent vector has to say which notes belong to the chord, the decoder to find those of the chord it is
given.
"""

import numpy as np
import tensorflow as tf

from base_vae.configs.config import Config
from base_vae.converters import MelodyConverter
from base_vae.converters.harmony.chords import CHORD_DEPTH, NO_CHORD
from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.errors import UserError
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.music_vae import Rearrangement
from base_vae.spaces import Tensors

TRIADS = np.array([[0, 4, 7], [0, 3, 7], [0, 4, 8], [0, 3, 6]])  # semitones, in the order of chord ids
_MAJOR = np.array([0, 2, 4, 5, 7, 9, 11])


def chord_tones() -> np.ndarray:
    """Whether a pitch class belongs to a chord: bool [chord ids, 12]; nothing belongs to no chord."""
    tones = np.zeros((CHORD_DEPTH, 12), bool)
    for chord in range(NO_CHORD + 1, CHORD_DEPTH):
        kind, root = divmod(chord - 1, 12)
        tones[chord, (TRIADS[kind] + root) % 12] = True
    return tones


def nearest(members: np.ndarray) -> np.ndarray:
    """Semitones from a pitch class to the nearest one in a set, the lower of two; 0 for an empty set.

    Args:
      members: bool [sets, 12].

    Returns:
      int32 [sets, 12], -6 to 6.
    """
    moves = np.array(sorted(range(-6, 7), key=lambda move: (abs(move), move)))
    there = members[:, (np.arange(12)[:, np.newaxis] + moves) % 12]  # [sets, 12, moves]
    return np.where(members.any(1)[:, np.newaxis], moves[there.argmax(-1)], 0).astype(np.int32)


_TONES = chord_tones()
_SCALES = np.stack([np.isin((np.arange(12) - key) % 12, _MAJOR) for key in range(12)])  # [keys, 12]
_TO_TONE, _TO_SCALE = nearest(_TONES), nearest(_SCALES)


def over_other_chords(share: float, config: Config) -> Rearrangement:
    """A rearrangement that gives a share of the examples the chords of the one before them in the batch.

    Args:
      share: 0 to 1.
      config: of melodies with chords.

    Raises:
      UserError: if the music of `config` has no chords.
    """
    converter = config.converter
    if not (isinstance(converter, MelodyConverter) and converter.chord_encoding):
        raise UserError(f"other_chords is for melodies with chords (received {config.name})")
    pitches = (converter.min_pitch, converter.max_pitch)

    def rearranged(batch: Tensors, draws: RandomStream) -> Tensors:
        others = tf.roll(batch.controls, 1, 0)
        moved = moved_to_chords(batch.outputs, batch.controls, others, *pitches)
        chosen = draws.bernoulli([tf.shape(moved)[0], 1], share)
        return batch._replace(
            outputs=tf.where(chosen, moved, batch.outputs), controls=tf.where(chosen, others, batch.controls)
        )

    return rearranged


def moved_to_chords(
    events: tf.Tensor, chords: tf.Tensor, others: tf.Tensor, low: int, high: int
) -> tf.Tensor:
    """Melodies over other chords, each note as near to where it was as these allow.

    A note of its chord goes to the nearest note of the other chord, any other note to the nearest one of the
    key of the other chords: of the twelve major scales the one that holds most of them.

    Args:
      events: int32 [batch, time], as `MelodyConverter` has them.
      chords: int32 [batch, time], ids of the chords they are over.
      others: int32 [batch, time], ids of the chords to move them to.
      low, high: the lowest pitch, whose event is `FIRST_NOTE`, and the highest; a note stays between them.

    Returns:
      int32 [batch, time].
    """
    classes = (events - FIRST_NOTE + low) % 12
    held = tf.reduce_sum(tf.gather(tf.constant(_TONES, tf.float32), others), 1)  # [batch, 12]
    key = tf.argmax(tf.matmul(held, tf.constant(_SCALES, tf.float32), transpose_b=True), -1, tf.int32)
    belongs = tf.gather_nd(tf.constant(_TONES), tf.stack([chords, classes], -1))
    to_tone = tf.gather_nd(tf.constant(_TO_TONE), tf.stack([others, classes], -1))
    to_scale = tf.gather(tf.gather(tf.constant(_TO_SCALE), key), classes, batch_dims=1)
    moved = events + tf.where(belongs, to_tone, to_scale)
    moved -= 12 * tf.cast(moved > FIRST_NOTE + high - low, tf.int32)
    moved += 12 * tf.cast(moved < FIRST_NOTE, tf.int32)
    return tf.where(events < FIRST_NOTE, events, moved)
