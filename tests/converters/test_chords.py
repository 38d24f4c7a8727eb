"""Chords and keys: ids and symbols, steps, transposition, and what is inferred from notes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from note_seq import chord_inference, chords_encoder_decoder, sequences_lib
from note_seq.protobuf import music_pb2

from base_vae.converters.harmony import chords
from base_vae.music.chord_inference import HarmonyError, infer_harmony
from base_vae.music.piece import Piece

CHORD_SYMBOL = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL
TRIADS = chords_encoder_decoder.TriadChordOneHotEncoding()


def piece_of(notes=(), symbols=(), keys=(), seconds=4.0, qpm=120.0):
    """Notes (pitch, start, end), chord symbols (time, figure) and keys (time, pitch class), in seconds."""
    pitch, start, end = np.array(notes, np.float64).reshape(-1, 3).T
    count = len(pitch)
    return Piece(
        pitch=pitch.astype(np.int64),
        velocity=np.full(count, 80),
        start=start,
        end=end,
        instrument=np.zeros(count, np.int64),
        program=np.zeros(count, np.int64),
        is_drum=np.zeros(count, bool),
        total_time=seconds,
        tempos=np.array([(0.0, qpm)]),
        metres=np.zeros((0, 3)),
        keys=np.array(keys, np.float64).reshape(-1, 2),
        chords=tuple(symbols),
    )


@pytest.mark.parametrize(
    ("figure", "expected"),
    [("N.C.", 0), ("C", 1), ("Db", 2), ("B", 12), ("Cm7", 13), ("C+", 25), ("Edim", 41), ("Bo7", 48)],
)
def test_a_chord_symbol_is_its_triad(figure, expected):
    assert chords.chord_id(figure) == expected


@pytest.mark.parametrize("figure", ["Gsus4", "C5", "hello", ""])
def test_what_is_no_triad_is_unreadable(figure):
    assert chords.chord_id(figure) == chords.UNREADABLE


def test_every_id_has_a_symbol_of_its_own():
    figures = [chords.chord_figure(i) for i in range(chords.CHORD_DEPTH)]
    assert [chords.chord_id(figure) for figure in figures] == list(range(chords.CHORD_DEPTH))
    assert figures[:3] == ["N.C.", "C", "C#"]
    assert figures[-1] == "Bdim"


@given(st.lists(st.integers(0, 48), min_size=1, max_size=8), st.integers(-24, 24))
def test_rotation_moves_the_root_and_keeps_the_triad(ids, semitones):
    moved = chords.rotated(np.array(ids, np.uint8), semitones)
    expected = [i and (i - 1) // 12 * 12 + (i - 1 + semitones) % 12 + 1 for i in ids]
    assert moved.tolist() == expected
    tensor = chords.rotated_tensor(tf.constant([ids]), tf.constant([semitones]))
    assert tensor.numpy().tolist() == [expected]
    keys = chords.rotated(np.arange(12), semitones, keys=True)
    assert keys.tolist() == [(key + semitones) % 12 for key in range(12)]


def test_a_chord_holds_until_the_next_one():
    piece = piece_of(symbols=[(0.5, "Am"), (1.02, "F")])
    assert chords.chord_ids(piece, 4, 12).tolist() == [0] * 4 + [22] * 4 + [6] * 4
    assert chords.chord_ids(piece_of(), 4, 3).tolist() == [0] * 3


def test_a_chord_after_the_last_note_is_not_heard():
    piece = piece_of(symbols=[(0.0, "C"), (1.0, "F")], seconds=1.0)
    assert chords.chord_ids(piece, 4, 12).tolist() == [1] * 12
    assert chords.lenient_chord_ids(piece, 4, 12).tolist() == [1] * 8 + [6] * 4


def test_two_chords_at_once():
    piece = piece_of(symbols=[(0.0, "C"), (0.01, "Gsus4")])
    with pytest.raises(HarmonyError, match="two different chords"):
        chords.chord_ids(piece, 4, 2)
    assert chords.lenient_chord_ids(piece, 4, 2).tolist() == [0, 0]
    twice = piece_of(symbols=[(0.0, "C"), (0.01, "C")])
    assert chords.chord_ids(twice, 4, 2).tolist() == [1, 1]


def test_a_key_begins_at_the_first_step_that_is_not_before_it():
    piece = piece_of(keys=[(0.26, 7), (0.13, 2)])
    assert chords.key_ids(piece, 4, 5).tolist() == [2, 2, 2, 7, 7]
    assert chords.key_ids(piece, 4, 5, slack=0.5).tolist() == [2, 2, 7, 7, 7]


def test_symbols_are_written_where_something_changes():
    sequence = music_pb2.NoteSequence()
    chords.add_chords(sequence, np.array([0, 0, 5, 5]), np.array([0.0, 1.0, 1.5, 3.0]))
    chords.add_keys(sequence, np.array([3, 3, 4]), np.arange(3.0))
    written = [(a.time, a.text, a.annotation_type) for a in sequence.text_annotations]
    assert written == [(0.0, "N.C.", CHORD_SYMBOL), (1.5, "E", CHORD_SYMBOL)]
    assert [(k.time, k.key) for k in sequence.key_signatures] == [(0.0, 3), (2.0, 4)]


def test_what_a_piece_has_is_not_inferred():
    arpeggio = [(pitch, i / 2, i / 2 + 0.5) for i, pitch in enumerate((60, 64, 67, 72) * 2)]
    told = chords.with_harmony(piece_of(arpeggio), 4, chords=True, keys=True)
    assert told.chords == ((0.0, "C"),)
    assert told.keys.tolist()[0][0] == 0.0
    named = piece_of(arpeggio, symbols=[(0.0, "Am")])
    assert chords.with_harmony(named, 4, chords=True, keys=False) is named
    with pytest.raises(HarmonyError, match="without a key"):
        chords.with_harmony(named, 4, chords=True, keys=True)
    assert chords.with_any_harmony(named, 4, chords=True, keys=True).chords == named.chords


def test_a_piece_without_length_has_no_chords():
    empty = piece_of(seconds=0.0)
    with pytest.raises(HarmonyError, match="0 half bars"):
        infer_harmony(empty, 4)
    assert chords.with_any_harmony(empty, 4, chords=True, keys=True).keys.tolist() == [[0.0, 0.0]]


@pytest.fixture(scope="module", autouse=True)
def fast_note_seq():
    """note-seq works its 1.4 million transitions out again for every piece, in Python: do it once."""
    matrix = chord_inference._key_chord_transition_distribution(
        chord_inference._key_chord_distribution(0.01), 0.001, 0.5
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chord_inference, "_key_chord_transition_distribution", lambda *_, **__: matrix)
        yield


NOTES = st.lists(
    st.tuples(st.integers(48, 72), st.integers(0, 40), st.integers(1, 12)).map(
        lambda note: (note[0], note[1] / 7, (note[1] + note[2]) / 7)
    ),
    max_size=20,
)


@settings(max_examples=15, deadline=None)
@given(NOTES, st.sampled_from([120.0, 97.3, 60.0]))
def test_inference_is_note_seqs_to_the_last_bit(notes, qpm):
    piece = piece_of(notes, seconds=7.5, qpm=qpm)
    sequence = sequences_lib.quantize_note_sequence(piece.to_sequence(), 4)
    chord_inference.infer_chords_for_sequence(sequence, add_key_signatures=True)
    harmony = infer_harmony(piece, 4)
    assert list(harmony.chords) == [(a.time, a.text) for a in sequence.text_annotations]
    assert harmony.keys.tolist() == [[k.time, k.key] for k in sequence.key_signatures]
