"""Bars of several instruments as ids: one spelling for one music, there and back."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.converters import MultitrackConverter, converter_from_dict, converter_to_dict
from base_vae.errors import UserError
from tests.converters.multitrack_music import (
    BASS,
    CHORDS,
    CONVERTER,
    DRUMS,
    END,
    OFF,
    PIANO,
    PROGRAM,
    SCALE,
    SCALE_IDS,
    SHIFT,
    TWO_BARS,
    VELOCITY,
    array_of,
    notes_of,
    sequence_of,
)

# A few pitches and short shifts, so that notes meet; the rest of the ids now and then.
EVENTS = st.one_of(
    st.sampled_from([60, 61, 60 + OFF, 61 + OFF]),
    st.integers(SHIFT + 1, SHIFT + 12),
    st.integers(VELOCITY + 1, VELOCITY + 8),
    st.sampled_from([PROGRAM, PROGRAM + BASS, DRUMS]),
    st.integers(-1, END),
)
SEGMENTS = st.one_of(st.just([END]), st.lists(EVENTS, max_size=64))
ARRAYS = st.lists(SEGMENTS, min_size=8, max_size=8).map(lambda segments: array_of(*segments))


def with_chords(array, chords):
    """An array with chords in a second column wherever there is an id."""
    return np.stack([array, np.where(array < 0, -1, np.resize(chords, len(array)))], 1).astype(np.int16)


CHORD_ARRAYS = st.builds(with_chords, ARRAYS, st.lists(st.integers(0, 48), min_size=1, max_size=64))


def test_one_bar_by_hand():
    sequence = sequence_of([("drums", [(36, 127, 0, 6), (36, 1, 48, 54)]), (BASS, SCALE)])
    hit = [36, SHIFT + 6, 36 + OFF, SHIFT + 42]
    expected = array_of(
        [PROGRAM + BASS, *SCALE_IDS, END],
        [DRUMS, VELOCITY + 8, *hit, VELOCITY + 1, *hit, END],
    )
    np.testing.assert_array_equal(CONVERTER.encode_whole(sequence), expected)
    (example,) = CONVERTER.extract(sequence).examples
    np.testing.assert_array_equal(example, expected)
    assert example.dtype == np.int16
    assert notes_of(CONVERTER.decode(expected)) == [
        *((0, BASS, 60 + i, 65, 12 * i, 12 * i + 12) for i in range(8)),
        (1, "drums", 36, 113, 0, 6),
        (1, "drums", 36, 1, 48, 54),
    ]


def test_what_a_model_is_given():
    array = array_of([PROGRAM, *SCALE_IDS, END], [DRUMS, VELOCITY + 1, 36, SHIFT + 96, 36 + OFF, END])
    tensors = CONVERTER.tensors(tf.constant(array[np.newaxis]))
    np.testing.assert_array_equal(tensors.lengths, [[27, 6, 1, 1, 1, 1, 1, 1]])
    np.testing.assert_array_equal(tensors.inputs, [array])
    assert tensors.inputs.dtype == tf.int32
    assert tensors.controls is None
    spaces = CONVERTER.spaces
    assert (spaces.inputs.width, spaces.outputs.width, spaces.end_token) == (490, 490, 489)
    told = CHORDS.tensors(tf.constant(with_chords(array, [5])[np.newaxis]))
    np.testing.assert_array_equal(told.controls, np.where(array < 0, -1, 5)[np.newaxis])
    assert CHORDS.spaces.controls.width == 49
    np.testing.assert_array_equal(
        TWO_BARS.tensors(tf.constant(np.tile(array, (1, 2)))).lengths[0, 8:10], [27, 6]
    )


@settings(deadline=None)
@given(ARRAYS)
def test_canonical_arrays_survive_the_journey(array):
    once = CONVERTER.encode_whole(CONVERTER.decode(array))
    np.testing.assert_array_equal(once, CONVERTER.canonical(array))
    np.testing.assert_array_equal(CONVERTER.encode_whole(CONVERTER.decode(once)), once)
    np.testing.assert_array_equal(CONVERTER.canonical(once), once)


@settings(deadline=None)
@given(CHORD_ARRAYS)
def test_chords_survive_the_journey(array):
    once = CHORDS.encode_whole(CHORDS.decode(array))
    np.testing.assert_array_equal(once, CHORDS.canonical(array))
    np.testing.assert_array_equal(CHORDS.encode_whole(CHORDS.decode(once)), once)
    np.testing.assert_array_equal(CHORDS.canonical(once), once)


@settings(deadline=None, max_examples=25)
@given(ARRAYS, ARRAYS)
def test_two_bars_survive_the_journey(first, second):
    array = np.concatenate([first, second])
    once = TWO_BARS.encode_whole(TWO_BARS.decode(array))
    np.testing.assert_array_equal(once, TWO_BARS.canonical(array))
    np.testing.assert_array_equal(once[:512], CONVERTER.canonical(first))


@settings(deadline=None, max_examples=25)
@given(ARRAYS, st.floats(20, 300))
def test_the_tempo_does_not_matter(array, qpm):
    whole = CONVERTER.encode_whole(CONVERTER.decode(array, qpm=qpm))
    np.testing.assert_array_equal(whole, CONVERTER.canonical(array))


@settings(deadline=None, max_examples=25)
@given(ARRAYS, st.integers(0, 32))
def test_other_numbers_of_velocities(array, bins):
    converter = MultitrackConverter(num_velocity_bins=bins)
    canonical = converter.canonical(array % converter.spaces.inputs.depth)
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(canonical)), canonical)


@settings(deadline=None, max_examples=25)
@given(st.lists(ARRAYS, min_size=1, max_size=3))
def test_bars_joined_sound_as_they_do_alone(arrays):
    joined = notes_of(CONVERTER.decode(CONVERTER.join(np.stack(arrays))))
    alone = [
        (program, pitch, velocity, start + 96 * bar, end + 96 * bar)
        for bar, array in enumerate(arrays)
        for _, program, pitch, velocity, start, end in notes_of(CONVERTER.decode(array))
    ]
    assert sorted(map(str, alone)) == sorted(str(note[1:]) for note in joined)


def test_silence_is_music():
    silence = array_of()
    assert not CONVERTER.decode(silence).notes
    np.testing.assert_array_equal(CONVERTER.encode_whole(CONVERTER.decode(silence)), silence)
    told = np.stack([silence, np.where(silence == END, 0, -1)], 1)
    np.testing.assert_array_equal(CHORDS.encode_whole(CHORDS.decode(told)), told)


def test_an_instrument_goes_on_in_the_next_bar():
    note = [VELOCITY + 1, 60, SHIFT + 96, 60 + OFF, END]
    first = array_of([PROGRAM, *note], [PROGRAM, *note], [DRUMS, *note])
    second = array_of([PROGRAM, *note], [PROGRAM + BASS, *note], [DRUMS, *note])
    joined = CONVERTER.join(np.stack([first, second]))
    found = {note[:2] + note[4:] for note in notes_of(CONVERTER.decode(joined))}
    assert found == {
        (0, PIANO, 0, 96),
        (1, PIANO, 0, 96),
        (2, "drums", 0, 96),
        (0, PIANO, 96, 192),
        (3, BASS, 96, 192),
        (2, "drums", 96, 192),
    }


def test_whatever_a_model_says_has_a_meaning():
    said = array_of(
        # a velocity unsaid, a note-off for nothing, a note that never ends, a program in its midst
        [61 + OFF, 60, SHIFT + 4, PROGRAM + 7, 62, SHIFT + 4, 60 + OFF, DRUMS, END, 63],
        # a shift past the bar, and what comes after it; a note of no length
        [
            PROGRAM + 9,
            VELOCITY + 2,
            50,
            51,
            51 + OFF,
            SHIFT + 90,
            SHIFT + 20,
            50 + OFF,
            52,
            SHIFT + 1,
            52 + OFF,
        ],
    )
    canonical = array_of(
        [PROGRAM + 7, VELOCITY + 7, 60, SHIFT + 4, 62, SHIFT + 4, 60 + OFF, SHIFT + 88, 62 + OFF, END],
        [PROGRAM + 9, VELOCITY + 2, 50, SHIFT + 96, 50 + OFF, END],
    )
    np.testing.assert_array_equal(CONVERTER.canonical(said), canonical)
    np.testing.assert_array_equal(CONVERTER.canonical(said.astype(np.int32)), canonical)


def test_the_first_to_begin_is_the_first_to_end():
    sequence = sequence_of([(PIANO, [(60, 1, 0, 96), (60, 127, 24, 48)])])
    assert [note[3:] for note in notes_of(CONVERTER.decode(CONVERTER.encode_whole(sequence)))] == [
        (1, 0, 48),
        (113, 24, 96),
    ]


def test_what_does_not_fit_is_left_out_from_the_last_on():
    said = array_of([PROGRAM, *range(63)])  # 63 notes at once need a note-off each
    canonical = CONVERTER.canonical(said).reshape(8, 64)[0]
    assert canonical[:3].tolist() == [PROGRAM, VELOCITY + 7, 0]
    assert (canonical == END).any()
    assert len(CONVERTER.decode(said).notes) == np.sum((canonical >= 0) & (canonical < OFF)) == 30


def test_a_model_may_go_on_after_the_end():
    said = np.array(array_of([PROGRAM, VELOCITY + 1, 60, SHIFT + 96, 60 + OFF, END, 60, 61]), np.int32)
    (array,) = CONVERTER.assemble(said[np.newaxis])
    np.testing.assert_array_equal(array, CONVERTER.canonical(said))
    assert array.dtype == np.int16
    (told,) = CHORDS.assemble(said[np.newaxis], np.full((1, 512), 3))
    np.testing.assert_array_equal(told[:, 1], np.where(array < 0, -1, 3))
    (untold,) = CHORDS.assemble(said[np.newaxis])
    assert set(np.unique(untold[:, 1])) == {-1, 0}


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ([(PIANO, [(60, 80, 0, 97)])], "97 steps long and the model takes 96"),
        ([(PIANO, SCALE)] * 9, "9 instruments play in one bar and the model takes 8"),
        ([(PIANO, [(i, 80, 0, 96) for i in range(40)])], "one instrument has 84 events"),
    ],
)
def test_what_a_model_cannot_take_is_said(tracks, message):
    with pytest.raises(UserError, match=message):
        CONVERTER.encode_whole(sequence_of(tracks))


@settings(deadline=None, max_examples=30)
@given(CHORD_ARRAYS, st.integers(-128, 128))
def test_transposition_moves_all_but_drums_or_leaves_the_example_out(array, semitones):
    array = CHORDS.canonical(array)
    moved, fits = CHORDS.transposed(array[np.newaxis], semitones)
    before = notes_of(CHORDS.decode(array))
    expected = [(*n[:2], n[2] + semitones * (n[1] != "drums"), *n[3:]) for n in before]
    assert fits[0] == all(0 <= note[2] < 128 for note in expected)
    if fits[0]:
        assert notes_of(CHORDS.decode(moved[0])) == expected
        chords = array[:, 1]
        turned = (chords - 1) // 12 * 12 + (chords - 1 + semitones) % 12 + 1
        np.testing.assert_array_equal(moved[0, :, 1], np.where(chords > 0, turned, chords))
        assert moved.dtype == np.int16
        plain, _ = CONVERTER.transposed(array[np.newaxis, :, 0], semitones)
        np.testing.assert_array_equal(plain[0], moved[0, :, 0])


@settings(deadline=None, max_examples=15)
@given(st.lists(CHORD_ARRAYS, min_size=1, max_size=4), st.integers(0, 99))
def test_augmentation_is_a_transposition_that_fits(arrays, seed):
    arrays = np.stack([CHORDS.canonical(array) for array in arrays])
    augmented = np.asarray(CHORDS.augment(tf.constant(arrays, tf.int32), (-3, 3), tf.constant([seed, 1])))
    for before, after in zip(arrays, augmented, strict=True):
        possible = [CHORDS.transposed(before[np.newaxis], k) for k in range(-3, 4)]
        assert any(fits[0] and np.array_equal(moved[0], after) for moved, fits in possible)
    plain = CONVERTER.augment(tf.constant(arrays[..., 0], tf.int32), (-3, 3), tf.constant([seed, 1]))
    np.testing.assert_array_equal(plain, augmented[..., 0])


def test_every_transposition_that_fits_is_drawn():
    array = array_of([PROGRAM, VELOCITY + 5, 126, SHIFT + 96, 126 + OFF, END])
    arrays = tf.constant(np.tile(array, (200, 1)), tf.int32)
    augmented = np.asarray(CONVERTER.augment(arrays, (-3, 3), tf.constant([1, 2])))
    assert set(augmented[:, 2]) == {123, 124, 125, 126, 127}
    out_of_reach = np.asarray(CONVERTER.augment(arrays, (3, 5), tf.constant([1, 2])))
    np.testing.assert_array_equal(out_of_reach, arrays)


def test_a_converter_as_data():
    converter = MultitrackConverter(max_num_instruments=4, chord_encoding="triad")
    assert converter_from_dict(converter_to_dict(converter)) == converter
    with pytest.raises(UserError, match="triad"):
        MultitrackConverter(chord_encoding="jazz")
