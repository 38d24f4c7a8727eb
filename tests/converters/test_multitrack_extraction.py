"""Bars out of longer music: the original's rules, what is left out, chords, pedal and tempo."""

import numpy as np
import pytest

from base_vae.converters import MultitrackConverter
from base_vae.music.piece import as_piece
from benchmarks.conformance.__main__ import check_file
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
    sequence_of,
)


def test_chords_by_hand():
    sequence = sequence_of([(PIANO, SCALE), (BASS, SCALE)], chords=[(0, "C"), (30, "F#dim")])
    (example,) = CHORDS.extract(sequence).examples
    chords = example[:, 1].reshape(8, 64)
    # Nothing for the program; C, up to the shift from 24 to 36; then F# diminished, for the end as well.
    expected = [0] + [1] * 9 + [37 + 6] * 17 + [-1] * 37
    assert chords[0].tolist() == chords[1].tolist() == expected
    assert chords[2].tolist() == [0] + [-1] * 63
    decoded = CHORDS.decode(example)
    assert [(a.time * 48, a.text) for a in decoded.text_annotations] == [(0, "C"), (36, "F#dim")]
    np.testing.assert_array_equal(CHORDS.encode_whole(sequence), example)


def test_chords_are_inferred_where_there_are_none():
    triad = [(pitch, 80, 0, 96) for pitch in (60, 64, 67)]
    (example,) = CHORDS.extract(sequence_of([(PIANO, triad), (BASS, SCALE[:1])])).examples
    assert set(np.unique(example[:, 1])) == {-1, 0, 1}


@pytest.mark.parametrize(
    ("chords", "reason"),
    [([(0, "C"), (0.2, "F")], "two different chords"), ([(0, "Csus4")], "not a major, minor")],
)
def test_bars_with_odd_chords_are_left_out(chords, reason):
    extraction = CHORDS.extract(sequence_of([(PIANO, SCALE), (BASS, SCALE)], chords=chords))
    assert not len(extraction.examples)
    assert any(reason in name for name in extraction.rejected)


@pytest.mark.parametrize(
    ("tracks", "reason"),
    [
        ([(PIANO, SCALE)], "bar with fewer than 2 instruments"),
        ([(PIANO, SCALE)] * 9, "bar with more than 8 instruments"),
        ([(PIANO, SCALE[:1]), (BASS, SCALE[:1])], "bar with fewer than 11 events"),
        (
            [(PIANO, SCALE), (BASS, [(60 + i % 2, 80, 4 * i, 4 * i + 4) for i in range(24)])],
            "bar with more than 64 events of one instrument",
        ),
    ],
)
def test_what_is_left_out_is_counted(tracks, reason):
    converter = MultitrackConverter(min_total_events=11)
    extraction = converter.extract(sequence_of(tracks))
    assert not len(extraction.examples)
    assert extraction.rejected == {reason: 1}


def test_other_metres_are_named():
    sequence = sequence_of([(PIANO, SCALE), (BASS, SCALE)])
    sequence.time_signatures.add(numerator=3, denominator=4)
    assert CONVERTER.extract(sequence).rejected == {"time signature 3/4, not 4/4": 1}


def test_an_instrument_that_changes_its_program_has_no_place():
    sequence = sequence_of([(PIANO, SCALE), (BASS, SCALE)])
    sequence.notes[0].program = 7
    assert CONVERTER.extract(sequence).rejected == {"bar in which an instrument changes its program": 1}


def test_bars_are_cut_and_ties_with_them():
    long = [(48, 80, 0, 150), (50, 80, 150, 192)]
    later = [(pitch, velocity, start + 96, end + 96) for pitch, velocity, start, end in SCALE]
    first, second = CONVERTER.extract(sequence_of([(PIANO, SCALE + later), (BASS, long)])).examples
    np.testing.assert_array_equal(
        first.reshape(8, 64)[1, :6], [PROGRAM + BASS, VELOCITY + 5, 48, SHIFT + 96, 48 + OFF, END]
    )
    np.testing.assert_array_equal(
        second.reshape(8, 64)[1, :7],
        [PROGRAM + BASS, SHIFT + 54, VELOCITY + 5, 50, SHIFT + 42, 50 + OFF, END],
    )
    joined = CONVERTER.join(np.stack([first, second]))
    np.testing.assert_array_equal(
        TWO_BARS.extract(sequence_of([(PIANO, SCALE + later), (BASS, long)])).examples[0], joined
    )
    short = MultitrackConverter(first_subsequence_only=True)
    assert not len(short.extract(sequence_of([(PIANO, SCALE + later), (BASS, long)])).examples)
    capped = MultitrackConverter(max_examples_per_sequence=1)
    assert len(capped.extract(sequence_of([(PIANO, SCALE + later), (BASS, long)])).examples) == 1


def test_a_tempo_change_begins_a_bar():
    sequence = sequence_of([(PIANO, SCALE), (BASS, SCALE)])
    for note in list(sequence.notes):
        again = sequence.notes.add()
        again.CopyFrom(note)
        again.start_time, again.end_time = 2.5 + 2 * note.start_time, 2.5 + 2 * note.end_time
    sequence.tempos.add(time=2.5, qpm=60)
    sequence.total_time = 6.5
    first, second = CONVERTER.extract(sequence).examples
    np.testing.assert_array_equal(first, second)


def test_the_pedal_holds_notes():
    sequence = sequence_of([(PIANO, [(60, 80, 0, 6), (62, 80, 12, 18)]), (BASS, SCALE)])
    sequence.control_changes.add(time=0.0, control_number=64, control_value=127, instrument=0)
    sequence.control_changes.add(time=1.0, control_number=64, control_value=0, instrument=0)
    (example,) = CONVERTER.extract(sequence).examples
    held = [PROGRAM, VELOCITY + 5, 60, SHIFT + 12, 62, SHIFT + 36, 60 + OFF, 62 + OFF, SHIFT + 48, END]
    np.testing.assert_array_equal(example[: len(held)], held)
    np.testing.assert_array_equal(CONVERTER.encode_whole(sequence), example)


def test_an_instrument_whose_notes_are_late_is_silent_drums():
    late = [(60, 80, 95.8, 99)]  # rounds to the next bar line, and counts as an instrument of this bar
    extraction = CONVERTER.extract(sequence_of([(PIANO, late), (BASS, SCALE)], total=96))
    (example,) = extraction.examples
    assert example.reshape(8, 64)[0, :4].tolist() == [DRUMS, SHIFT + 96, END, -1]
    assert extraction.rejected == {"note that rounds to the bar line after its bar": 1}
    alone = array_of([PROGRAM + BASS, *SCALE_IDS, END])
    np.testing.assert_array_equal(CONVERTER.canonical(example), alone)


def test_equal_programs_come_in_the_order_of_a_hash_set():
    sequence = sequence_of([(PIANO, [(60 + i, 80, 0, 96)] * 2) for i in range(2)])
    for note in sequence.notes:
        note.instrument = {0: 1, 1: 8}[note.instrument]
    (example,) = CONVERTER.extract(sequence).examples
    assert list({1, 8}) == [8, 1]  # of 8 places, that of 8 is the first
    assert example.reshape(8, 64)[:2, 2].tolist() == [61, 60]


def test_a_piece_gives_what_its_sequence_gives():
    sequence = sequence_of([(PIANO, SCALE), (BASS, SCALE)], chords=[(0, "Am")])
    for converter in (CONVERTER, CHORDS):
        np.testing.assert_array_equal(
            converter.extract(as_piece(sequence)).examples, converter.extract(sequence).examples
        )


@pytest.mark.parametrize("source", ["multitrack", "trio"])
@pytest.mark.parametrize("kind", ["multiperf_vel_1bar", "multiperf_vel_1bar_chords"])
def test_the_original_makes_the_same(shared, kind, source):
    good, line = check_file(shared / "golden" / "converters_synthetic" / f"{kind}__{source}.npz")
    assert good, line
