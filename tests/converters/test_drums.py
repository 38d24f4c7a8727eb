"""Drum patterns: maps of pitches, one spelling, there and back, and the original's rules."""

import json

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.converters import DrumsConverter, converter_from_dict, converter_to_dict
from base_vae.converters.drums.maps import classes_of, first_pitches, pitch_classes
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from base_vae.spaces import Binary, Categorical
from benchmarks.conformance.__main__ import check_file

CONVERTER = DrumsConverter()
OWN_MAP = ((36, 35), (38,), (42, 44, 46))
CONVERTERS = [
    CONVERTER,
    DrumsConverter(roll_input=False, pitch_classes="ROLAND"),
    DrumsConverter(roll_output=True, pitch_classes="FULL"),
    DrumsConverter(slice_bars=1, steps_per_quarter=8, pitch_classes=OWN_MAP),
]
KICK, SNARE = 36, 38


def sequence_of(hits, is_drum=True, **fields):
    """Drums (pitch, start) with starts in sixteenths at 120 quarters a minute."""
    sequence = music_pb2.NoteSequence()
    sequence.tempos.add(qpm=120)
    for pitch, start in hits:
        note = sequence.notes.add(
            pitch=pitch, start_time=start / 8, end_time=start / 8 + 0.05, velocity=90, is_drum=is_drum
        )
        for name, value in fields.items():
            setattr(note, name, value)
    sequence.total_time = max((note.end_time for note in sequence.notes), default=0)
    return sequence


@st.composite
def patterns(draw, converter=None):
    converter = converter or draw(st.sampled_from(CONVERTERS))
    cells = st.tuples(*(st.integers(0, size - 1) for size in converter.shape))
    bits = np.zeros(converter.shape, np.uint8)
    for cell in draw(st.lists(cells, max_size=40)):
        bits[cell] = 1
    return converter, bits


@given(patterns(), st.floats(20, 300))
def test_patterns_survive_the_journey_at_any_tempo(drawn, qpm):
    converter, bits = drawn
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(bits, qpm=qpm)), bits)


@given(patterns())
def test_any_array_is_canonical_after_one_pass(drawn):
    converter, bits = drawn
    loud = bits * 7
    np.testing.assert_array_equal(converter.canonical(loud), bits)
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(loud)), bits)


@settings(max_examples=50, deadline=None)  # the first call of TensorFlow takes long
@given(patterns())
def test_what_a_model_says_is_what_it_should_say(drawn):
    converter, bits = drawn
    said = converter.tensors(tf.constant(bits[np.newaxis])).outputs.numpy()
    np.testing.assert_array_equal(converter.assemble(said), bits[np.newaxis])


@given(st.lists(patterns(CONVERTER), min_size=1, max_size=4))
def test_segments_joined_sound_as_they_do_alone(drawn):
    segments = np.stack([bits for _, bits in drawn])
    found = {(n.pitch, n.start_time) for n in CONVERTER.decode(CONVERTER.join(segments)).notes}
    alone = [CONVERTER.decode(bits).notes for bits in segments]
    assert found == {(n.pitch, n.start_time + 4 * i) for i, notes in enumerate(alone) for n in notes}


def test_a_step_as_an_id_as_a_roll_and_as_notes():
    bits = np.zeros((1, 32, 9), np.uint8)
    bits[0, 0, [0, 2]] = 1  # kick and closed hi-hat
    bits[0, 3, 8] = 1
    tensors = CONVERTER.tensors(tf.constant(bits))
    assert tensors.outputs[0, :4].numpy().tolist() == [1 + 4, 0, 0, 256]
    assert tensors.inputs[0, 0].numpy().tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert tensors.inputs[0, 1].numpy().tolist() == [0] * 9 + [1]
    notes = CONVERTER.decode(bits[0], qpm=60).notes
    assert [(n.pitch, n.start_time, n.end_time) for n in notes] == [
        (36, 0.0, 0.25),
        (42, 0.0, 0.25),
        (51, 0.75, 1.0),
    ]
    assert all(n.is_drum and n.velocity == 80 and n.instrument == 9 for n in notes)


def test_spaces_and_shapes():
    assert (CONVERTER.spaces.inputs, CONVERTER.spaces.outputs) == (Binary(10), Categorical(512))
    full = DrumsConverter(pitch_classes="FULL", roll_output=True)
    assert (full.spaces.inputs, full.spaces.outputs, full.shape) == (Binary(62), Binary(61), (32, 61))
    with pytest.raises(UserError, match="61 drums have too many combinations"):
        DrumsConverter(pitch_classes="FULL")


def test_pieces_and_sequences_give_the_same():
    sequence = sequence_of([(KICK, 4 * i) for i in range(12)] + [(SNARE, 5)])
    for converter in CONVERTERS:
        a, b = converter.extract(sequence), converter.extract(Piece.from_sequence(sequence))
        np.testing.assert_array_equal(a.examples, b.examples)
        assert len(a.examples)
        assert a.rejected == b.rejected


def test_examples_slide_by_a_bar_and_are_distinct():
    assert len(CONVERTER.extract(sequence_of([(KICK, i) for i in range(0, 64, 4)])).examples) == 1
    accents = [(KICK, i) for i in range(0, 64, 4)] + [(SNARE, 16), (49, 32)]
    assert len(CONVERTER.extract(sequence_of(accents)).examples) == 3
    few = DrumsConverter(max_examples_per_sequence=2)
    assert len(few.extract(sequence_of(accents)).examples) == 2


@pytest.mark.parametrize(("next_hit", "examples"), [(31 + 16, 2), (31 + 17, 1)])
def test_a_silent_bar_ends_a_pattern(next_hit, examples):
    hits = [(KICK, 0), (KICK, 15), (KICK, 31), (SNARE, next_hit)]
    extraction = CONVERTER.extract(sequence_of(hits))
    assert len(extraction.examples) == examples
    assert extraction.rejected["drum pattern shorter than 2 bars"] == 2 - examples


def test_a_short_gap_loses_what_is_in_the_bar():
    converter = DrumsConverter(slice_bars=1, gap_bars=0.25)
    extraction = converter.extract(sequence_of([(KICK, 0), (SNARE, 8), (KICK, 16)]))
    assert len(extraction.examples) == 1  # both patterns are one kick on the first step
    assert extraction.rejected == {"step with drums in the bar where another pattern ends": 1}


@pytest.mark.parametrize(
    ("fields", "reason", "count"),
    [
        ({"is_drum": False}, "note that is not a drum", 8),
        ({"is_drum": False}, "no drums in it", 1),
        ({"pitch": 20}, "drum that is not in the drum map", 8),
        ({"velocity": 0}, "note that is silent", 8),
    ],
)
def test_what_is_left_out_is_counted(fields, reason, count):
    extraction = CONVERTER.extract(sequence_of([(KICK, 4 * i) for i in range(8)], **fields))
    assert not len(extraction.examples)
    assert extraction.rejected[reason] == count


def test_other_metres_and_long_patterns_are_named():
    sequence = sequence_of([(KICK, 2 * i) for i in range(40)])
    assert DrumsConverter(max_bars=2).extract(sequence).rejected == {"bar past the first 2": 3}
    sequence.time_signatures.add(numerator=3, denominator=4)
    assert CONVERTER.extract(sequence).rejected == {"time signature 3/4, not 4/4": 1}


def test_every_sequence_of_the_right_length_can_be_encoded():
    silence = CONVERTER.encode_whole(music_pb2.NoteSequence())
    assert silence.shape == (32, 9)
    assert not silence.any()
    bits = CONVERTER.encode_whole(sequence_of([(KICK, 0.4), (SNARE, 31.9), (20, 3), (KICK, 31.5)]))
    assert np.argwhere(bits).tolist() == [[0, 0], [31, 0], [31, 1]]
    with pytest.raises(UserError, match="33 steps long and the model takes 32"):
        CONVERTER.encode_whole(sequence_of([(KICK, 32)]))


def test_drums_have_no_pitch():
    bits = np.zeros((2, 32, 9), np.uint8)
    assert len(CONVERTER.transposed(bits, 0)[0]) == 2
    assert not CONVERTER.transposed(bits, 3)[1].any()


@pytest.mark.parametrize("converter", CONVERTERS)
def test_a_converter_as_data(converter):
    assert converter_from_dict(json.loads(json.dumps(converter_to_dict(converter)))) == converter


def test_the_maps():
    assert [len(pitch_classes(name)) for name in ("REDUCED", "FULL", "ROLAND")] == [9, 61, 9]
    assert first_pitches("REDUCED").tolist() == [36, 38, 42, 46, 45, 48, 50, 49, 51]
    assert first_pitches("ROLAND").tolist() == [36, 38, 42, 46, 43, 47, 50, 49, 51]
    pitch, is_drum = np.array([35, 44, 22, 44]), np.array([True, True, True, False])
    assert classes_of(pitch, is_drum, "REDUCED").tolist() == [0, 2, 2, -1]
    assert classes_of(pitch, is_drum, "ROLAND").tolist() == [-1, 2, 2, -1]
    assert classes_of(pitch, is_drum, OWN_MAP).tolist() == [0, 2, -1, -1]


@pytest.mark.parametrize(
    ("drum_map", "message"),
    [
        ("GM", "unknown drum map 'GM'; known are REDUCED, FULL, ROLAND"),
        ((), "at least one class"),
        (((36,), ()), "at least one pitch"),
        (((36, 128),), "within 0 and 127"),
        (((36,), (38, 36)), "in one class only .36 given twice"),
    ],
)
def test_a_wrong_map_is_explained(drum_map, message):
    with pytest.raises(UserError, match=message):
        DrumsConverter(pitch_classes=drum_map)


def test_agrees_with_the_original_in_every_case(shared):
    files = sorted((shared / "golden").glob("converters_*/drums_*.npz"))
    assert len(files) == 36
    for file in files:
        good, line = check_file(file)
        assert good, (file.stem, line)
