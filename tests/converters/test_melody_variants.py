"""Melodies of any length, with an end token, and with chords and keys: one spelling, there and back."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.converters import MelodyConverter, converter_from_dict, converter_to_dict
from base_vae.converters.base import NoUsableNotesError
from base_vae.errors import UserError
from base_vae.spaces import Categorical, MultiCategorical
from benchmarks.conformance.__main__ import check_file
from tests.converters.journey import check_journey

CHORD_SYMBOL = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL
WHOLE = MelodyConverter(slice_bars=None, max_bars=2, add_end_token=True)
CHORDS = MelodyConverter(slice_bars=1, chord_encoding="triad")
KEYS = MelodyConverter(slice_bars=1, chord_encoding="triad", condition_on_key=True)
VARIANTS = [
    MelodyConverter(slice_bars=16),
    WHOLE,
    CHORDS,
    KEYS,
    MelodyConverter(slice_bars=1, condition_on_key=True),
    MelodyConverter(slice_bars=1, add_end_token=True),
    MelodyConverter(slice_bars=None, max_bars=2, add_end_token=True, chord_encoding="triad"),
    MelodyConverter(
        slice_bars=None, max_bars=2, add_end_token=True, chord_encoding="triad", condition_on_key=True
    ),
]
NAMES = ["16 bars", "whole", "chords", "chords and keys", "keys", "end", "whole, chords", "whole, all"]
END = 90


@st.composite
def examples(draw, converter=None):
    """A converter and any ids that a model of it can say and be told; changes of chord and key are few."""
    converter = converter or draw(st.sampled_from(VARIANTS))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, converter.depth, converter.steps)
    ids[rng.random(converter.steps) < draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))] = 0
    if converter.add_end_token and draw(st.booleans()):
        ids[draw(st.integers(0, converter.steps - 1))] = END
    columns = [ids]
    for depth in converter.spaces.controls.depths if converter.spaces.controls else ():
        changes = rng.random(converter.steps) < draw(st.sampled_from([0.0, 0.1, 1.0]))
        columns.append(
            rng.integers(0, depth, converter.steps)[np.maximum.accumulate(changes * np.arange(len(ids)))]
        )
    return converter, np.stack(columns, -1).astype(np.uint8).reshape(converter.shape)


@given(examples(), st.floats(20, 300))
def test_any_array_becomes_canonical_in_one_pass_and_stays_so(case, qpm):
    check_journey(*case, qpm)


@given(examples())
def test_what_a_model_says_is_an_example(case):
    converter, array = case
    tensors = converter.tensors(tf.constant(array[np.newaxis]))
    spaces = converter.spaces
    assert spaces.outputs.vectors(tensors.outputs).shape == (1, converter.steps, spaces.outputs.width)
    controls = None if tensors.controls is None else tensors.controls.numpy()
    again = converter.assemble(tensors.outputs.numpy(), controls)[0]
    np.testing.assert_array_equal(again, array)
    ends = np.flatnonzero(np.reshape(array, (converter.steps, -1))[:, 0] == END)
    if converter.add_end_token:
        assert tensors.lengths.numpy().tolist() == [ends[0] + 1 if len(ends) else converter.steps]
    else:
        assert tensors.lengths is None


@given(
    st.sampled_from(VARIANTS[1:]),
    st.lists(st.tuples(st.integers(0, 127), st.floats(0, 1.9), st.floats(0, 1.9), st.booleans())),
    st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["C", "Am7", "Gsus4", "??", "N.C."])), max_size=3),
)
def test_any_music_of_the_right_length_is_taken_whole(converter, notes, symbols):
    sequence = music_pb2.NoteSequence(total_time=2.0)
    for pitch, start, end, is_drum in notes:
        note = sequence.notes.add(pitch=pitch, start_time=start, end_time=max(start, end), velocity=90)
        note.is_drum = is_drum
    for time, figure in symbols:
        sequence.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    try:
        array = converter.encode_whole(sequence)
    except NoUsableNotesError:
        assert not any(21 <= pitch <= 108 and not note[-1] for pitch, *note in notes)
        return
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(array)), array)
    starts = {int(start * 8 + 0.5) for pitch, start, _, drum in notes if 21 <= pitch <= 108 and not drum}
    ids = array.reshape(converter.steps, -1)[:, 0]
    assert set(np.flatnonzero((ids >= 2) & (ids < END)).tolist()) == starts


@given(examples(), st.integers(-12, 12))
def test_chords_and_keys_move_with_the_notes(case, semitones):
    converter, array = case
    moved, fits = converter.transposed(array[np.newaxis], semitones)
    before = array.reshape(converter.steps, -1).astype(int)
    notes = (before[:, 0] >= 2) & (before[:, 0] < END)
    inside = np.all((before[notes, 0] + semitones >= 2) & (before[notes, 0] + semitones < END))
    assert fits.tolist() == [bool(inside)]
    if inside:
        after = moved.reshape(converter.steps, -1).astype(int)
        np.testing.assert_array_equal(after[notes, 0], before[notes, 0] + semitones)
        np.testing.assert_array_equal(after[~notes, 0], before[~notes, 0])
        if converter.chord_encoding:
            none = before[:, 1] == 0
            np.testing.assert_array_equal(after[none, 1], 0)
            np.testing.assert_array_equal((after[:, 1] - before[:, 1] - semitones)[~none] % 12, 0)
            np.testing.assert_array_equal((after[:, 1] - 1)[~none] // 12, (before[:, 1] - 1)[~none] // 12)
        if converter.condition_on_key:
            np.testing.assert_array_equal(after[:, -1], (before[:, -1] + semitones) % 12)


@pytest.mark.parametrize("converter", VARIANTS, ids=NAMES)
def test_augmentation_is_a_transposition(converter):
    rng = np.random.default_rng(3)
    arrays = np.stack([examples_of(converter, rng) for _ in range(20)])
    moved = converter.augment(tf.constant(arrays, tf.int32), (-3, 3), tf.constant([1, 2])).numpy()
    transposed = {k: converter.transposed(arrays, k) for k in range(-3, 4)}
    for i, array in enumerate(moved):
        fitting = [kept[fits[:i].sum()] for kept, fits in transposed.values() if fits[i]]
        assert any(np.array_equal(array, other) for other in fitting)
    assert not np.array_equal(moved, arrays)


def examples_of(converter, rng):
    """A melody around the middle, so that it can move."""
    columns = [np.where(rng.random(converter.steps) < 0.3, rng.integers(30, 60, converter.steps), 0)]
    columns += [rng.integers(0, d, converter.steps) for d in getattr(converter.spaces.controls, "depths", ())]
    return converter.canonical(np.stack(columns, -1).astype(np.uint8).reshape(converter.shape))


@given(st.data())
def test_segments_joined_sound_as_they_do_alone(data):
    converter = data.draw(st.sampled_from(VARIANTS[1:]))
    segments = [data.draw(examples(converter))[1] for _ in range(data.draw(st.integers(1, 3)))]
    joined = converter.decode(converter.join(np.stack(segments)))
    expected, begin = [], 0.0
    for segment in segments:
        array = converter.canonical(segment)
        for note in converter.decode(array).notes:
            expected.append((note.pitch, note.start_time + begin, note.end_time + begin))
        ends = np.flatnonzero(array.reshape(converter.steps, -1)[:, 0] == END)
        begin += (ends[0] if converter.add_end_token else converter.steps) / 8
    found = [(note.pitch, note.start_time, note.end_time) for note in joined.notes]
    np.testing.assert_allclose(np.reshape(found, (-1, 3)), np.reshape(expected, (-1, 3)))


def melody(bars, **fields):
    """A C in every quarter of so many bars, at 120 quarters a minute."""
    sequence = music_pb2.NoteSequence(total_time=2.0 * bars)
    sequence.tempos.add(qpm=120)
    for i in range(4 * bars):
        sequence.notes.add(pitch=60, start_time=i / 2, end_time=i / 2 + 0.25, velocity=90, **fields)
    return sequence


def test_a_whole_melody_ends_with_its_end_token():
    (example,) = WHOLE.extract(melody(1)).examples
    assert example.shape == (33,)
    assert example[:17].tolist() == [41, 0, 1, 0] * 4 + [END]
    assert not example[17:].any()
    assert WHOLE.spaces.end_token == END
    assert WHOLE.spaces.inputs == Categorical(91)
    np.testing.assert_array_equal(WHOLE.encode_whole(melody(1)), example)
    assert WHOLE.extract(melody(3)).rejected == {"bar past the first 2": 1}


def test_silence_is_a_bar_of_rest():
    silence = WHOLE.encode_whole(music_pb2.NoteSequence())
    assert np.flatnonzero(silence).tolist() == [16]
    assert not WHOLE.decode(silence).notes


def test_chords_and_keys_are_read_at_their_steps():
    sequence = melody(1)
    for time, figure in ((0.0, "Am7"), (1.0, "F#dim")):
        sequence.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    sequence.key_signatures.add(time=0.5, key=7)
    (example,) = KEYS.extract(sequence).examples
    assert example[:, 1].tolist() == [22] * 8 + [43] * 8
    assert example[:, 2].tolist() == [7] * 16
    assert KEYS.spaces.controls == MultiCategorical((49, 12), ("chord", "key"))
    written = KEYS.decode(example)
    assert [(a.time, a.text) for a in written.text_annotations] == [(0.0, "Am"), (1.0, "F#dim")]
    assert [(k.time, k.key) for k in written.key_signatures] == [(0.0, 7)]


@pytest.mark.parametrize(
    ("chords", "reason"),
    [
        ([(0.0, "Gsus4")], "not a major, minor, augmented or diminished"),
        ([(0.0, "hm")], "not a major, minor, augmented or diminished"),
        ([(1.0, "C"), (1.01, "Am")], "two different chords"),
    ],
)
def test_chords_that_cannot_be_told_are_counted(chords, reason):
    sequence = melody(2)
    for time, figure in chords:
        sequence.text_annotations.add(time=time, text=figure, annotation_type=CHORD_SYMBOL)
    extraction = CHORDS.extract(sequence)
    assert not len(extraction.examples)
    assert any(reason in name for name in extraction.rejected)
    assert CHORDS.encode_whole(cut(sequence, 2.0)).shape == (16, 2)


def cut(sequence, seconds):
    """The notes that begin in the first so many seconds."""
    notes = [note for note in sequence.notes if note.start_time < seconds]
    del sequence.notes[:]
    sequence.notes.extend(notes)
    return sequence


def test_chords_without_a_key_are_counted():
    sequence = melody(1)
    sequence.text_annotations.add(time=0, text="C", annotation_type=CHORD_SYMBOL)
    assert KEYS.extract(sequence).rejected == {"chord symbols without a key signature": 1}
    assert KEYS.encode_whole(sequence)[:, 1].tolist() == [1] * 16


def test_nothing_extracted_can_be_transposed():
    empty = KEYS.extract(music_pb2.NoteSequence()).examples
    assert empty.shape == (0, 16, 3)
    assert KEYS.transposed(empty, 2)[0].shape == (0, 16, 3)


def test_settings_that_make_no_sense():
    with pytest.raises(UserError, match="add_end_token"):
        MelodyConverter(slice_bars=None)
    with pytest.raises(UserError, match="'triad' or None"):
        MelodyConverter(chord_encoding="jazz")
    assert converter_from_dict(converter_to_dict(KEYS)) == KEYS


@pytest.mark.parametrize(
    "name", ["2bar_chords", "2bar_chords_key", "2bar_skippoly", "16bar", "noslice_endtoken"]
)
def test_agrees_with_the_original(shared, name):
    for path in sorted((shared / "golden" / "converters_synthetic").glob(f"mel_{name}__*.npz")):
        good, line = check_file(path)
        assert good, f"{path.stem}: {line}"
