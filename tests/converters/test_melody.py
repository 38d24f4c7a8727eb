"""Melody arrays: one spelling for one music, there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.converters import MelodyConverter, converter_from_dict, converter_to_dict
from base_vae.converters.melody.converter import canonical
from base_vae.errors import UserError

CONVERTER = MelodyConverter()
ARRAYS = st.lists(st.one_of(st.just(0), st.integers(0, 89)), min_size=32, max_size=32).map(
    lambda ids: np.array(ids, np.uint8)
)


def sequence_of(notes, **fields):
    """Notes (pitch, start, end) in quarters at 120 quarters a minute."""
    sequence = music_pb2.NoteSequence()
    sequence.tempos.add(qpm=120)
    for pitch, start, end in notes:
        note = sequence.notes.add(pitch=pitch, start_time=start / 2, end_time=end / 2, velocity=90)
        for name, value in fields.items():
            setattr(note, name, value)
    sequence.total_time = max((note.end_time for note in sequence.notes), default=0)
    return sequence


@given(ARRAYS)
def test_canonical_arrays_survive_the_journey(ids):
    once = CONVERTER.encode_whole(CONVERTER.decode(ids))
    np.testing.assert_array_equal(once, canonical(ids))
    np.testing.assert_array_equal(CONVERTER.encode_whole(CONVERTER.decode(once)), once)


@given(ARRAYS)
def test_canonical_is_a_projection_that_keeps_the_notes(ids):
    once = canonical(ids)
    np.testing.assert_array_equal(canonical(once), once)
    np.testing.assert_array_equal(once[ids >= 2], ids[ids >= 2])
    assert once.dtype == ids.dtype


@given(ARRAYS, st.floats(20, 300))
def test_the_tempo_does_not_matter(ids, qpm):
    np.testing.assert_array_equal(CONVERTER.encode_whole(CONVERTER.decode(ids, qpm=qpm)), canonical(ids))


def test_silence_is_music():
    silence = np.zeros(32, np.uint8)
    np.testing.assert_array_equal(CONVERTER.encode_whole(CONVERTER.decode(silence)), silence)


@given(ARRAYS, st.integers(-90, 90))
def test_transposition_moves_every_note_or_leaves_the_melody_out(ids, semitones):
    moved, fits = CONVERTER.transposed(ids[np.newaxis], semitones)
    notes = ids[ids >= 2].astype(int)
    inside = bool(np.all((notes + semitones >= 2) & (notes + semitones < 90)))
    assert bool(fits[0]) == inside
    if inside:
        np.testing.assert_array_equal(moved[0][ids >= 2], notes + semitones)
        np.testing.assert_array_equal(moved[0][ids < 2], ids[ids < 2])


def test_examples_slide_by_a_bar_and_are_distinct():
    scale = [(60 + i, i, i + 1) for i in range(16)]
    assert len(CONVERTER.extract(sequence_of(scale)).examples) == 3
    repeated = [(60, i, i + 1) for i in range(16)]
    assert len(CONVERTER.extract(sequence_of(repeated)).examples) == 1
    one = MelodyConverter(max_examples_per_sequence=1)
    assert len(one.extract(sequence_of(scale)).examples) == 1


def test_a_silent_bar_ends_a_melody():
    notes = [(60 + i, i, i + 1) for i in range(8)] + [(70 + i, 12 + i, 13 + i) for i in range(8)]
    examples = CONVERTER.extract(sequence_of(notes)).examples
    assert len(examples) == 2
    assert not np.any(examples[0] >= 70 - 21 + 2)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"is_drum": True}, "drum"), ({"program": 40}, "instrument"), ({"pitch": 20}, "outside")],
)
def test_what_is_left_out_is_counted(fields, reason):
    extraction = CONVERTER.extract(sequence_of([(60, i, i + 1) for i in range(8)], **fields))
    assert not len(extraction.examples)
    assert any(reason in name and count == 8 for name, count in extraction.rejected.items())


def test_the_top_note_wins_unless_polyphony_is_skipped():
    chords = [(pitch, i, i + 1) for i in range(8) for pitch in (60, 67)]
    assert set(np.unique(CONVERTER.extract(sequence_of(chords)).examples)) <= {0, 1, 67 - 21 + 2}
    strict = MelodyConverter(skip_polyphony=True)
    assert strict.extract(sequence_of(chords)).rejected["polyphonic track"] == 1


def test_other_metres_are_named():
    sequence = sequence_of([(60, i, i + 1) for i in range(12)])
    sequence.time_signatures.add(numerator=3, denominator=4)
    assert CONVERTER.extract(sequence).rejected == {"time signature 3/4, not 4/4": 1}


def test_too_long_for_the_model_says_how_long():
    with pytest.raises(UserError, match="36 steps long and the model takes 32"):
        CONVERTER.encode_whole(sequence_of([(60, 0, 9)]))


def test_a_converter_as_data():
    converter = MelodyConverter(slice_bars=4, programs=(1, 2))
    assert converter_from_dict(converter_to_dict(converter)) == converter
    with pytest.raises(UserError, match="unknown converter 'harp'"):
        converter_from_dict({"kind": "harp"})
    with pytest.raises(UserError, match="colour"):
        converter_from_dict({"kind": "melody", "colour": 1})


@given(st.lists(ARRAYS, min_size=1, max_size=4))
def test_segments_joined_sound_as_they_do_alone(segments):
    joined = CONVERTER.decode(CONVERTER.join(np.stack(segments)))
    expected = [
        (note.pitch, note.start_time + 4 * i, note.end_time + 4 * i)
        for i, segment in enumerate(segments)
        for note in CONVERTER.decode(segment).notes
    ]
    found = [(note.pitch, note.start_time, note.end_time) for note in joined.notes]
    np.testing.assert_allclose(np.reshape(found, (-1, 3)), np.reshape(expected, (-1, 3)))


def test_silence_after_a_note_is_silent():
    segments = np.zeros((2, 32), np.uint8)
    segments[0, 0] = 40
    (note,) = CONVERTER.decode(CONVERTER.join(segments)).notes
    assert note.end_time == 4.0


def test_what_chords_lose_is_counted():
    chords = [(pitch, i, i + 1) for i in range(8) for pitch in (60, 64, 67)]
    assert CONVERTER.extract(sequence_of(chords)).rejected["note under another one"] == 16
