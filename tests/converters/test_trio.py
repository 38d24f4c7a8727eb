"""Trios: which instruments play together, one spelling, there and back."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.converters import TrioConverter, converter_from_dict, converter_to_dict
from base_vae.converters.base import NoUsableNotesError
from base_vae.converters.trio.extraction import windows_together
from base_vae.errors import UserError
from base_vae.spaces import Categorical, MultiCategorical
from benchmarks.conformance.__main__ import check_file
from tests.converters.journey import check_journey

PLAIN = TrioConverter(slice_bars=2)
CHORDS = TrioConverter(slice_bars=1, chord_encoding="triad")
KEYS = TrioConverter(slice_bars=1, chord_encoding="triad", condition_on_key=True)
CONVERTERS = [PLAIN, CHORDS, KEYS, TrioConverter()]
PIANO, BASS, STRINGS, KICK, SNARE = 0, 33, 48, 36, 38


@st.composite
def examples(draw, converter=None):
    """A converter and any ids that a model of it can say and be told."""
    converter = converter or draw(st.sampled_from(CONVERTERS))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    depths = converter.spaces.outputs.depths + getattr(converter.spaces.controls, "depths", ())
    columns = [rng.integers(0, depth, converter.steps) for depth in depths]
    for column in columns[:3]:
        column[rng.random(converter.steps) < draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))] = 0
    return converter, np.stack(columns, -1).astype(np.int16)


def trio(bars, programs=(PIANO, BASS, None), seconds=2.0):
    """A note in every bar of each voice; None is a drum, a voice its own instrument."""
    sequence = music_pb2.NoteSequence(total_time=bars * seconds)
    sequence.tempos.add(qpm=120)
    for i, program in enumerate(programs):
        for bar in range(bars):
            note = sequence.notes.add(pitch=40 + 12 * i, velocity=90, instrument=i, program=program or 0)
            note.start_time, note.end_time = bar * seconds, bar * seconds + 0.5
            if program is None:
                note.pitch, note.is_drum = KICK, True
    return sequence


@given(examples(), st.floats(20, 300))
def test_any_array_becomes_canonical_in_one_pass_and_stays_so(case, qpm):
    check_journey(*case, qpm)


@given(examples())
def test_what_a_model_says_is_an_example(case):
    converter, array = case
    tensors = converter.tensors(tf.constant(array[np.newaxis]))
    controls = None if tensors.controls is None else tensors.controls.numpy()
    np.testing.assert_array_equal(converter.assemble(tensors.outputs.numpy(), controls)[0], array)
    assert converter.spaces.outputs.vectors(tensors.outputs).shape == (1, converter.steps, 692)
    assert tensors.lengths is None


@given(
    st.sampled_from(CONVERTERS),
    st.lists(st.tuples(st.integers(0, 127), st.floats(0, 1.9), st.integers(0, 127), st.booleans())),
)
def test_any_music_of_the_right_length_is_taken_whole(converter, notes):
    sequence = music_pb2.NoteSequence(total_time=2.0)
    for pitch, start, program, is_drum in notes:
        note = sequence.notes.add(pitch=pitch, start_time=start, end_time=1.9, velocity=90)
        note.program, note.is_drum = program, is_drum
    try:
        array = converter.encode_whole(sequence)
    except NoUsableNotesError:
        assert not any(21 <= pitch <= 108 and not is_drum for pitch, *_, is_drum in notes)
        return
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(array)), array)
    pitched = [(start, program) for pitch, start, program, drum in notes if 21 <= pitch <= 108 and not drum]
    for column, is_bass in enumerate((False, True)):
        starts = {int(start * 8 + 0.5) for start, program in pitched if (32 <= program < 40) == is_bass}
        assert set(np.flatnonzero(array[:, column] >= 2).tolist()) == starts


@given(examples(), st.integers(-12, 12))
def test_melody_bass_and_chords_move_together_and_drums_stay(case, semitones):
    converter, array = case
    moved, fits = converter.transposed(array[np.newaxis], semitones)
    before = array.astype(int)
    notes = before[:, :2] >= 2
    shifted = np.where(notes, before[:, :2] + semitones, before[:, :2])
    inside = np.all(~notes | ((shifted >= 2) & (shifted < 90)))
    assert fits.tolist() == [bool(inside)]
    if inside:
        np.testing.assert_array_equal(moved[0, :, :2], shifted)
        np.testing.assert_array_equal(moved[0, :, 2], before[:, 2])
        if converter.condition_on_key:
            np.testing.assert_array_equal(moved[0, :, 4], (before[:, 4] + semitones) % 12)


@pytest.mark.parametrize("converter", CONVERTERS)
def test_augmentation_is_a_transposition(converter):
    rng = np.random.default_rng(5)
    depths = converter.spaces.outputs.depths + getattr(converter.spaces.controls, "depths", ())
    columns = [rng.integers(0, depth, (12, converter.steps)) for depth in depths]
    columns[:2] = [30 + column % 30 for column in columns[:2]]
    arrays = np.stack(columns, -1).astype(np.int16)
    moved = converter.augment(tf.constant(arrays, tf.int32), (-3, 3), tf.constant([1, 2])).numpy()
    shifts = moved[:, 0, 0] - arrays[:, 0, 0]
    assert len(set(shifts)) > 1
    for array, shift, result in zip(arrays, shifts, moved, strict=True):
        np.testing.assert_array_equal(converter.transposed(array[np.newaxis], shift)[0][0], result)


@given(st.data())
def test_segments_joined_sound_as_they_do_alone(data):
    converter = data.draw(st.sampled_from(CONVERTERS[:3]))
    segments = [data.draw(examples(converter))[1] for _ in range(data.draw(st.integers(1, 3)))]
    joined = converter.decode(converter.join(np.stack(segments)))
    expected = [
        (n.instrument, n.start_time + i * converter.steps / 8, n.pitch, n.end_time + i * converter.steps / 8)
        for i, segment in enumerate(segments)
        for n in converter.decode(segment).notes
    ]
    found = [(n.instrument, n.start_time, n.pitch, n.end_time) for n in joined.notes]
    np.testing.assert_allclose(np.reshape(sorted(found), (-1, 4)), np.reshape(sorted(expected), (-1, 4)))


def test_an_example_by_hand():
    sequence = trio(2)
    extra = sequence.notes.add(pitch=SNARE, velocity=90, instrument=2, is_drum=True)
    extra.start_time, extra.end_time = 2.0, 2.1
    (example,) = PLAIN.extract(sequence).examples
    assert example.dtype == np.int16
    assert example[:, 0].tolist() == ([21, 0, 0, 0, 1] + [0] * 11) * 2
    assert example[:, 1].tolist() == ([33, 0, 0, 0, 1] + [0] * 11) * 2
    assert example[:, 2].tolist() == [1] + [0] * 15 + [3] + [0] * 15
    np.testing.assert_array_equal(PLAIN.encode_whole(sequence), example)
    notes = [(n.pitch, n.instrument, n.program, n.is_drum) for n in PLAIN.decode(example).notes]
    assert set(notes) == {(40, 0, 0, False), (52, 1, 33, False), (KICK, 9, 0, True), (SNARE, 9, 0, True)}
    assert PLAIN.spaces.outputs == MultiCategorical((90, 90, 512), ("melody", "bass", "drums"))
    assert CHORDS.spaces.controls == Categorical(49)


def test_every_combination_and_every_bar():
    sequence = trio(4, (PIANO, 5, BASS, None, None))
    assert len(PLAIN.extract(sequence).examples) == 2 * 1 * 2 * 3
    assert len(TrioConverter(slice_bars=2, max_bars=3).extract(sequence).examples) == 2 * 1 * 2 * 2
    assert len(TrioConverter(slice_bars=2, max_examples_per_sequence=5).extract(sequence).examples) == 5


def test_chords_are_inferred():
    sequence = trio(2)
    (example, *_) = CHORDS.extract(sequence).examples
    assert example[0, 3] > 0
    assert CHORDS.decode(example).text_annotations[0].time == 0


def test_a_voice_may_rest_for_as_many_bars_as_the_gap():
    playing = np.ones((12, 3), bool)
    playing[3:8, 1] = False  # five bars of rest: the middle one is further than two from any note
    assert windows_together(playing, 4, 2).tolist() == [0, 1, 6, 7, 8]
    playing[7, 1] = True
    assert windows_together(playing, 4, 2).tolist() == list(range(9))


def test_at_the_edges_one_voice_is_enough():
    playing = np.ones((8, 3), bool)
    playing[5:, 1:] = False
    assert windows_together(playing, 8, 2).tolist() == [0]
    playing[4:, 1:] = False
    assert windows_together(playing, 7, 2).tolist() == [0, 1]
    playing[3:, 1:] = False
    assert windows_together(playing, 8, 2).tolist() == []
    assert windows_together(np.ones((1, 3), bool), 4, 2).tolist() == []


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ((PIANO, None), "no bass"),
        ((STRINGS, BASS, None), "no melody"),
        ((BASS,), "no melody and no drums"),
        ((STRINGS, BASS, None), "instrument that is no melody, bass or drums"),
    ],
)
def test_what_is_missing_is_named(programs, reason):
    extraction = PLAIN.extract(trio(4, programs))
    assert not len(extraction.examples)
    assert extraction.rejected[reason] == 1


def test_more_reasons():
    short = trio(1)
    assert PLAIN.extract(short).rejected == {"trio that never plays 2 bars together": 1}
    low = trio(4)
    for note in low.notes:
        note.pitch -= 30 * (note.instrument == 0)
    assert PLAIN.extract(low).rejected["instrument without a note that counts"] == 1
    waltz = trio(4)
    waltz.time_signatures.add(numerator=3, denominator=4)
    assert PLAIN.extract(waltz).rejected == {"time signature 3/4, not 4/4": 1}


def test_too_long_for_the_model_says_how_long():
    with pytest.raises(UserError, match="36 steps long and the model takes 32"):
        PLAIN.encode_whole(trio(3))


def test_settings():
    assert converter_from_dict(converter_to_dict(KEYS)) == KEYS
    with pytest.raises(UserError, match="at least 1"):
        TrioConverter(gap_bars=0)
    with pytest.raises(UserError, match="'triad' or None"):
        TrioConverter(chord_encoding="jazz")


def test_agrees_with_the_original(shared):
    paths = sorted((shared / "golden" / "converters_synthetic").glob("trio_*.npz"))
    assert paths
    for path in paths:
        good, line = check_file(path)
        assert good, f"{path.stem}: {line}"
