"""Grooves: timing and velocity there and back, and the original's rules."""

import io
import json

import note_seq
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.converters import GrooveConverter, converter_from_dict, converter_to_dict
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from benchmarks.conformance.__main__ import check_file
from tests.converters.groove_music import (
    BINS,
    CONVERTER,
    GROOVES,
    HAT,
    KICK,
    RIM,
    SNARE,
    SPLIT,
    groove_of,
    sequence_of,
)


@given(GROOVES, st.floats(20, 300))
@example(groove_of((0, 0, 0.5, 0.4))[0], 120.0)  # one early hit, and nothing to compare it with
@example(groove_of((0, 0, 0.5, 1.0), (0, 1, 1.0, -1.0), (1, 1, 1.0, 1.0))[0], 97.3)
def test_canonical_arrays_survive_the_journey_at_any_tempo(array, qpm):
    once = CONVERTER.encode_whole(CONVERTER.decode(array, qpm=qpm))
    np.testing.assert_array_equal(once, CONVERTER.canonical(array))
    np.testing.assert_array_equal(CONVERTER.encode_whole(CONVERTER.decode(once, qpm=qpm)), once)


@given(GROOVES)
def test_canonical_is_a_projection_that_hears_no_difference(array):
    once = CONVERTER.canonical(array)
    np.testing.assert_array_equal(CONVERTER.canonical(once), once)
    np.testing.assert_array_equal(once[..., 0], array[..., 0])
    assert np.abs(once[..., 1] - array[..., 1]).max() <= 1 / 127  # the softest is 1 of 127
    np.testing.assert_allclose(once[..., 2], array[..., 2], atol=2e-6)
    assert once.dtype == np.float32


@settings(max_examples=30, deadline=None)
@given(GROOVES)
def test_a_midi_file_keeps_all_but_the_rounding_to_ticks(array):
    array[..., 2] *= 0.95  # half a step off is a tick from another step
    sequence = CONVERTER.decode(array)
    file = io.BytesIO()
    note_seq.note_sequence_to_pretty_midi(sequence).write(file)
    again = CONVERTER.encode_whole(note_seq.midi_to_note_sequence(file.getvalue()))
    once = CONVERTER.canonical(array)
    np.testing.assert_array_equal(again[..., :2], once[..., :2])
    assert np.abs(again[..., 2] - once[..., 2]).max() <= 2.1 / 55  # 55 ticks a step


def test_a_hit_before_the_music_begins_is_heard_at_0_and_remembered():
    array = groove_of((0, 0, 100 / 127, 0.5), (4, 1, 1.0, -0.5))[0]
    sequence = CONVERTER.decode(array)
    times = [(n.start_time, n.end_time) for n in sequence.notes]
    np.testing.assert_allclose(times, [(0.0, 0.75 / 8), (4.25 / 8, 5.25 / 8)])
    np.testing.assert_allclose(CONVERTER.encode_whole(sequence), array, atol=1e-6)


def test_short_hits_at_0_in_other_music_are_on_the_beat():
    whole = CONVERTER.encode_whole(sequence_of([(KICK, 0, 90), (SNARE, 4, 90)]))
    assert whole[..., 2].tolist() == np.zeros((32, 9)).tolist()


@given(st.lists(GROOVES, min_size=1, max_size=3))
def test_segments_joined_sound_as_they_do_alone(segments):
    joined = CONVERTER.decode(CONVERTER.join(np.stack(segments)))
    found = sorted((n.end_time, n.pitch, n.velocity) for n in joined.notes)
    alone = [CONVERTER.decode(array).notes for array in segments]
    expected = sorted(
        (n.end_time + 4 * i, n.pitch, n.velocity) for i, notes in enumerate(alone) for n in notes
    )
    np.testing.assert_allclose(np.reshape(found, (-1, 3)), np.reshape(expected, (-1, 3)))
    assert all(n.start_time == max(n.end_time - 0.125, 0) for n in joined.notes)


def test_velocity_and_timing_of_an_example():
    hits = [(KICK, 0.1, 127), (SNARE, 3.75, 64), (HAT, 31, 1)]
    extraction = CONVERTER.extract(sequence_of(hits))
    expected = groove_of((0, 0, 1.0, -0.2), (4, 1, 64 / 127, 0.5), (31, 2, 1 / 127, 0.0))
    np.testing.assert_allclose(extraction.examples, expected, atol=1e-6)
    assert not extraction.rejected
    assert extraction.examples.dtype == np.float32


def test_the_loudest_hit_of_a_step_wins_and_the_first_of_those():
    hits = [(SNARE, 0.1, 50), (RIM, 0.2, 90), (SNARE, 0.3, 90), (SNARE, 0.4, 10), (KICK, 16, 90)]
    extraction = CONVERTER.extract(sequence_of(hits))
    np.testing.assert_allclose(extraction.examples[0, 0, 1], [1, 90 / 127, -0.4], atol=1e-6)
    assert extraction.rejected == {"softer hit on the same step": 3}


def test_half_a_step_early_is_on_the_step_and_not_before():
    extraction = CONVERTER.extract(sequence_of([(KICK, 3.5, 90), (KICK, 31, 90)]))
    assert extraction.examples[0, 4, 0, 2] == 1.0


def test_ties_fall_as_the_originals_floats_do():
    qpm = 6e7 / 444_444  # 135.000135, of a MIDI file
    sequence = sequence_of([(KICK, 0, 90)])
    sequence.tempos[0].qpm = qpm
    start = 76_620 * (60.0 / (qpm * 480))  # step 638.5 by its ticks; 638 and a hair less in floating point
    sequence.notes.add(pitch=SNARE, start_time=start, end_time=start + 0.1, velocity=90, is_drum=True)
    sequence.total_time = start + 0.1
    groove = CONVERTER.extract(sequence).examples[19]
    assert np.flatnonzero(groove[:, 1, 0]).tolist() == [638 - 19 * 32]
    assert groove[638 - 19 * 32, 1, 2] == pytest.approx(-1.0)


def test_examples_follow_each_other_from_time_0_silent_ones_too():
    hits = [(KICK, 70, 90), (SNARE, 100, 90)]  # in the fifth and the seventh bar
    extraction = CONVERTER.extract(sequence_of(hits))
    assert extraction.examples[..., 0].sum((1, 2)).tolist() == [0, 0, 1]
    assert extraction.rejected == {"bar at the end that fills no example": 1}
    sliding = GrooveConverter(hop_size=16).extract(sequence_of(hits))
    assert sliding.examples[..., 0].sum((1, 2)).tolist() == [0, 0, 0, 1, 1, 1]
    few = GrooveConverter(max_examples_per_sequence=2)
    assert len(few.extract(sequence_of(hits)).examples) == 2


def test_music_that_changes_has_no_examples():
    sequence = sequence_of([(KICK, 4 * i, 90) for i in range(8)])
    assert len(CONVERTER.extract(sequence).examples) == 1
    sequence.tempos.add(qpm=121, time=1.0)
    assert CONVERTER.extract(sequence).rejected == {"the tempo changes in it": 1}
    del sequence.tempos[:]
    sequence.tempos.add(qpm=90, time=1.0)  # 120 before
    assert CONVERTER.extract(sequence).rejected == {"the tempo changes in it": 1}
    del sequence.tempos[:]
    sequence.time_signatures.add(numerator=3, denominator=4)
    assert CONVERTER.extract(sequence).rejected == {"time signature 3/4, not 4/4": 1}
    sequence.time_signatures.add(numerator=4, denominator=4, time=1.0)
    assert CONVERTER.extract(sequence).rejected == {"the time signature changes in it": 1}


@pytest.mark.parametrize(
    ("fields", "reason", "count"),
    [
        ({"is_drum": False}, "note that is not a drum", 8),
        ({"is_drum": False}, "no drums in it", 1),
        ({"pitch": 35}, "drum that is not in the drum map", 8),
        ({"start_time": 0.5}, "drums shorter than 2 bars", 1),
        ({"start_time": -0.2}, "a note begins before the music", 1),
    ],
)
def test_what_is_left_out_is_counted(fields, reason, count):
    hits = [(pitch, 31, 90) for pitch in (36, 38, 42, 46, 43, 47, 50, 49)]
    extraction = CONVERTER.extract(sequence_of(hits, **fields))
    assert not len(extraction.examples)
    assert extraction.rejected[reason] == count


def test_up_to_a_step_and_a_half_before_the_music_is_its_first_step():
    extraction = CONVERTER.extract(sequence_of([(KICK, -0.75, 90), (SNARE, 31, 90)]))
    assert extraction.examples[0, 0, 0, 2] == 1.5  # as in the original
    canonical = CONVERTER.canonical(extraction.examples)
    np.testing.assert_allclose(canonical[0, 0, 0, 2], 1.0, atol=1e-6)


def test_every_sequence_of_the_right_length_can_be_encoded():
    assert not CONVERTER.encode_whole(music_pb2.NoteSequence()).any()
    hits = [(KICK, -0.25, 90), (SNARE, 31.9, 90), (HAT, 2, 0), (20, 3, 90), (35, 8, 127)]
    found = CONVERTER.encode_whole(sequence_of(hits))
    assert np.argwhere(found[..., 0]).tolist() == [[0, 0], [8, 0], [31, 1]]
    np.testing.assert_allclose(found[[0, 8, 31], [0, 0, 1], 2], [0.5, 0, -1], atol=1e-5)
    with pytest.raises(UserError, match="33 steps long and the model takes 32"):
        CONVERTER.encode_whole(sequence_of([(KICK, 32, 90)]))


def test_training_and_inference_have_a_map_each():
    low_tom = 43
    sequence = sequence_of([(low_tom, 0, 90), (KICK, 31, 90)])
    assert CONVERTER.extract(sequence).examples[0, 0, 4, 0] == 1
    assert [n.pitch for n in CONVERTER.decode(CONVERTER.encode_whole(sequence)).notes] == [45, 36]
    assert [n.pitch for n in GrooveConverter().decode(groove_of((0, 4, 1, 0))[0]).notes] == [43]


def test_pieces_and_sequences_give_the_same():
    sequence = sequence_of([(KICK, 4.2 * i, 80 + i) for i in range(20)])
    a, b = CONVERTER.extract(sequence), CONVERTER.extract(Piece.from_sequence(sequence))
    np.testing.assert_array_equal(a.examples, b.examples)
    assert a.rejected == b.rejected


def test_a_converter_as_data():
    own = GrooveConverter(
        pitch_classes=((36,), (38, 40)), inference_pitch_classes=((36, 35), (38,)), add_instruments=(1,)
    )
    for converter in (CONVERTER, SPLIT, BINS, own):
        assert converter_from_dict(json.loads(json.dumps(converter_to_dict(converter)))) == converter


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"inference_pitch_classes": "FULL"}, r"in training, 9 \(received 61\)"),
        ({"num_velocity_bins": 8}, "`num_offset_bins` must be given both or neither"),
        (
            {"num_velocity_bins": 8, "num_offset_bins": 1},
            "`num_offset_bins` must be a whole number of at least 2",
        ),
        ({"hop_size": 0}, "`hop_size` must be a whole number of at least 1, or None"),
        ({"split_bars": 1.5}, "`split_bars` must be a whole number of at least 1"),
        ({"tapify": True, "pitch_classes": ((36,),)}, r"at least 4 drums \(received 1\)"),
        ({"add_instruments": (9,)}, r"within 0 and 8 \(received \(9,\)\)"),
        ({"max_note_dropout_probability": 80}, "a number within 0 and 1, or None"),
        ({"pitch_classes": "GM"}, "unknown drum map 'GM'"),
        (
            {"steps_per_quarter": 0, "split_bars": 0, "add_instruments": (-1,)},
            "`steps_per.*`split_bars`.*`add_",
        ),
    ],
)
def test_wrong_settings_are_explained(wrong, message):
    with pytest.raises(UserError, match=message):
        GrooveConverter(**wrong)


def test_agrees_with_the_original_in_every_case(shared):
    files = sorted((shared / "golden").glob("converters_*/groove_*.npz"))
    assert len(files) == 63
    for file in files:
        good, line = check_file(file)
        assert good, (file.stem, line)


@pytest.mark.parametrize("name", ["melody_a", "tempo_change", "polyphonic"])
def test_music_without_drums_gives_nothing(shared, name):
    case = np.load(shared / "golden" / "converters_synthetic" / f"mel_2bar__{name}.npz")
    sequence = music_pb2.NoteSequence.FromString(case["ns"].tobytes())
    assert not len(CONVERTER.extract(sequence).examples)
