"""Each attribute against values worked out by hand."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.attributes import ATTRIBUTES, attributes_for, get_attributes, measure, measure_arrays
from base_vae.configs.presets import get_preset
from base_vae.converters import KINDS
from base_vae.converters.pieces import pieces_of
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from tests.preset_music import music_for
from tests.tiny_models import melodies

MELODY = get_preset("cat-mel_2bar_small").converter
SIXTEENTH = 0.125  # seconds, at 120 quarters a minute


def piece(*notes, bars=1, qpm=120.0, is_drum=False, velocity=80):
    """Notes (start and end in sixteenths, pitch, and an instrument if not 0)."""
    sequence = music_pb2.NoteSequence(total_time=bars * 16 * SIXTEENTH * 120 / qpm)
    sequence.tempos.add(qpm=qpm)
    for start, end, pitch, *instrument in notes:
        sequence.notes.add(
            start_time=start * SIXTEENTH * 120 / qpm,
            end_time=end * SIXTEENTH * 120 / qpm,
            pitch=pitch,
            velocity=velocity,
            instrument=instrument[0] if instrument else 0,
            is_drum=is_drum,
        )
    return sequence


# Two bars: C4 for a quarter, E4 from the fourth sixteenth for one, silence, F#4 on the last eighth of bar 1;
# C4 for a half note in bar 2.
TUNE = piece((0, 4, 60), (4, 5, 64), (14, 16, 66), (16, 24, 60), bars=2)

BY_HAND = {
    "c_major": 3 / 4,
    "density": 4 / 2,
    "interval": (4 + 2 + 6) / 3,
    "sixteenth_syncopation": 0.0,
    "eighth_syncopation": 1 / 4,
    "pitch_range": 6.0,
    "mean_pitch": (60 + 64 + 66 + 60) / 4,
    "note_length": (4 + 1 + 2 + 8) / 4 / 4,
    "rests": (9 + 8) / 32,
    "repetition": 1 / 3,  # C4 on the downbeat in both bars; E4 and F#4 in one
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_tune_worked_out_by_hand(name):
    assert ATTRIBUTES[name](TUNE) == pytest.approx(BY_HAND[name])
    assert ATTRIBUTES[name](Piece.from_sequence(TUNE)) == pytest.approx(BY_HAND[name])


def test_contour_is_the_slope_of_the_fitting_line():
    assert ATTRIBUTES["contour"](piece((0, 1, 60), (4, 5, 61), (8, 9, 62), (12, 13, 63))) == pytest.approx(
        4.0
    )
    # Of times 0, 1/2 and 1 bar and pitches 60, 66 and 60 the slope is 0; of 60, 60, 63 it is 3.
    assert ATTRIBUTES["contour"](piece((0, 1, 60), (8, 9, 66), (16, 17, 60))) == pytest.approx(0.0)
    assert ATTRIBUTES["contour"](piece((0, 1, 60), (8, 9, 60), (16, 17, 63))) == pytest.approx(3.0)
    # Two voices an octave apart, one rising by 4 a bar and one falling by 4: level, all in all.
    crossing = piece((0, 1, 72), (8, 9, 74), (0, 1, 60, 1), (8, 9, 58, 1))
    assert ATTRIBUTES["contour"](crossing) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("steps", "sixteenths", "eighths"),
    [
        ([0, 4, 8, 12], 0, 0),  # on the beats
        ([1, 5], 1, 0),  # on the second sixteenth, with nothing before
        ([0, 1, 3], 1 / 3, 0),  # 1 follows 0; 3 comes after nothing
        ([2, 6], 0, 1),  # off the beat
        ([0, 2, 5, 6, 10], 1 / 5, 1 / 5),  # 5 is alone; 10 is, 2 follows 0, 6 follows 5
        ([0, 0, 2, 2, 2], 0, 0),  # what begins together is one onset
        ([2, 2, 4, 7], 1 / 3, 1 / 3),
    ],
)
def test_syncopation(steps, sixteenths, eighths):
    music = piece(*((step, step + 1, 60 + i) for i, step in enumerate(steps)))
    assert ATTRIBUTES["sixteenth_syncopation"](music) == pytest.approx(sixteenths)
    assert ATTRIBUTES["eighth_syncopation"](music) == pytest.approx(eighths)


def test_voices_are_kept_apart():
    chords = piece((0, 4, 60), (0, 4, 67), (4, 8, 62), (4, 8, 69), (0, 8, 40, 1), (8, 16, 43, 1))
    assert ATTRIBUTES["interval"](chords) == pytest.approx((2 + 3) / 2)  # 67 to 69, 40 to 43


def test_drums_have_no_pitch():
    drums = piece((0, 1, 36), (4, 5, 38), is_drum=True)
    for name in ("c_major", "interval", "pitch_range", "mean_pitch", "note_length", "contour"):
        assert np.isnan(ATTRIBUTES[name](drums)), name
    assert ATTRIBUTES["rests"](drums) == 1.0


def test_drums_by_part():
    # Two kicks, a snare and a rim shot, five hats of which one open and one pedalled, a crash: two bars.
    hits = [(0, 36), (8, 35), (4, 38), (12, 37), (0, 42), (4, 42), (8, 46), (12, 44), (16, 42), (16, 49)]
    drums = piece(*((step, step + 1, pitch) for step, pitch in hits), bars=2, is_drum=True)
    expected = {"kick_density": 1.0, "snare_density": 1.0, "hat_density": 2.5, "density": 5.0}
    for name, value in expected.items():
        assert ATTRIBUTES[name](drums) == pytest.approx(value), name
    pitched = piece((0, 1, 36), (4, 5, 42))
    assert ATTRIBUTES["kick_density"](pitched) == 0.0 == ATTRIBUTES["hat_density"](pitched)


@pytest.mark.parametrize(
    ("beats", "swing"),
    [
        ([0, 0.5, 1, 1.5], 50.0),
        ([0, 2 / 3, 1, 5 / 3], 200 / 3),
        ([0, 0.5, 1, 1 + 2 / 3], (50 + 200 / 3) / 2),
        ([0.05, 0.6, 1.05, 1.6], 55.0),  # all of it late by 5%: the distance from the beats counts
        ([0, 0.25, 0.5, 0.75], 50.0),  # sixteenths are not off-beat eighths
        ([0.6], 60.0),  # no hit on a beat: seen from the beats themselves
    ],
)
def test_swing(beats, swing):
    for qpm in (120.0, 90.0):
        music = piece(*((4 * beat, 4 * beat + 1, 42) for beat in beats), is_drum=True, qpm=qpm)
        assert ATTRIBUTES["swing"](music) == pytest.approx(swing)


def test_velocity_is_the_mean():
    music = piece((0, 1, 36), (4, 5, 38), (8, 9, 38), is_drum=True)
    for note, velocity in zip(music.notes, (30, 60, 120), strict=True):
        note.velocity = velocity
    assert ATTRIBUTES["velocity"](music) == pytest.approx(70.0)


def test_what_is_not_defined_is_nan_and_silence_is_measured():
    silence = piece(bars=2)
    defined = {"density": 0.0, "rests": 1.0, "kick_density": 0.0, "snare_density": 0.0, "hat_density": 0.0}
    for name, attribute in ATTRIBUTES.items():
        value = attribute(silence)
        assert value == defined[name] if name in defined else np.isnan(value), name
    one = piece((0, 4, 60))
    assert all(np.isnan(ATTRIBUTES[name](one)) for name in ("interval", "contour", "repetition"))
    assert ATTRIBUTES["density"](music_pb2.NoteSequence()) == 0.0


def test_lengths_are_whole_bars():
    assert ATTRIBUTES["density"](piece((0, 1, 60), (16, 18, 60), bars=0)) == 1.0  # two notes in two bars
    assert ATTRIBUTES["density"](piece((0, 1, 60), bars=4)) == 0.25
    assert ATTRIBUTES["rests"](piece((0, 8, 60), bars=0)) == 0.5


def test_a_note_that_begins_late_in_the_last_sixteenth():
    music = piece((0, 8, 60), (15.7, 16, 62))
    assert ATTRIBUTES["density"](music) == 2.0 and ATTRIBUTES["rests"](music) == 0.5


def test_overlapping_notes_are_no_rests():
    assert ATTRIBUTES["rests"](piece((0, 8, 60), (2, 4, 64), (6, 12, 67))) == 0.25


@pytest.mark.parametrize("qpm", [60.0, 97.0, 240.0])
def test_the_tempo_does_not_matter(qpm):
    notes = [(0, 4, 60), (4, 5, 64), (14, 16, 66), (16, 24, 60)]
    for name, value in BY_HAND.items():
        assert ATTRIBUTES[name](piece(*notes, bars=2, qpm=qpm)) == pytest.approx(value), name


@given(st.integers(0, 2**32 - 1), st.integers(-12, 12))
def test_moving_all_notes_changes_pitch_and_key_alone(seed, semitones):
    (array,) = melodies(1, seed)
    before = Piece.from_sequence(MELODY.decode(array))
    after = dataclasses.replace(before, pitch=before.pitch + semitones)
    for name in set(BY_HAND) - {"c_major", "mean_pitch"} | {"contour"}:
        np.testing.assert_allclose(ATTRIBUTES[name](after), ATTRIBUTES[name](before), atol=1e-9, err_msg=name)
    shift = ATTRIBUTES["mean_pitch"](after) - ATTRIBUTES["mean_pitch"](before)
    assert np.isnan(shift) or shift == pytest.approx(semitones)


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_notes_does_not_matter(seed):
    (array,) = melodies(1, seed)
    music = Piece.from_sequence(MELODY.decode(array))
    mixed = music.where(np.random.default_rng(seed).permutation(len(music)))
    for name, attribute in ATTRIBUTES.items():
        np.testing.assert_allclose(attribute(mixed), attribute(music), err_msg=name)


def test_shares_lie_within_0_and_1():
    attributes = [a for a in ATTRIBUTES.values() if a.unit.startswith("share")]
    values = measure_arrays(melodies(200), MELODY, attributes)
    assert len(attributes) == 5
    assert np.all((values >= 0) & (values <= 1)) and np.all(np.ptp(values, axis=0) > 0)


def test_examples_are_measured_as_long_as_they_are():
    arrays = melodies(3)
    arrays[0] = 0
    arrays[1] = 0
    arrays[1, 0] = 41  # a note in bar 1 and, as it is never let go, in bar 2
    arrays[2] = 0
    arrays[2, :2] = 41, 1  # a note of a sixteenth, then silence
    names = ("density", "rests", "note_length")
    values = measure_arrays(arrays, MELODY, get_attributes(names))
    expected = [[0, 1, np.nan], [0.5, 0, 8], [0.5, 31 / 32, 0.25]]
    np.testing.assert_allclose(values, expected)
    # NoteSequences do not say that they go on in silence.
    assert measure([MELODY.decode(arrays[2])], get_attributes(names))[0, 0] == 1.0


@pytest.mark.parametrize("name", ["hier-multiperf_vel_1bar_med", "groovae_2bar_humanize", "flat-trio_16bar"])
def test_examples_of_other_kinds_are_as_long_as_they_are(name):
    converter = get_preset(name).converter.in_use
    music = music_for(name)  # of one bar: the rest of an example is silence
    arrays = np.stack([converter.encode_whole(piece) for piece in (music, music_pb2.NoteSequence())])
    (density,) = measure_arrays(arrays, converter, get_attributes(["density"])).T
    np.testing.assert_allclose(density, [len(music.notes) / converter.bars, 0])


def test_each_kind_of_music_has_its_own():
    names = {
        preset: [attribute.name for attribute in attributes_for(get_preset(preset).converter)]
        for preset in ("cat-mel_2bar_small", "cat-drums_2bar_small", "groovae_4bar", "flat-trio_16bar")
    }
    assert names["cat-mel_2bar_small"] == [*BY_HAND, "contour"]
    assert "swing" in names["groovae_4bar"] and "swing" not in names["cat-drums_2bar_small"]
    assert {"kick_density", "mean_pitch"} <= set(names["flat-trio_16bar"])
    for attribute in ATTRIBUTES.values():
        assert attribute.kinds and attribute.kinds <= set(KINDS)


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"unknown attributes loudness; known are c_major, density"):
        get_attributes(["density", "loudness"])


def test_measuring_keeps_the_order_of_pieces_and_attributes():
    values = measure([TUNE, piece((0, 4, 62))], get_attributes(["mean_pitch", "density"]))
    np.testing.assert_allclose(values, [[62.5, 2.0], [62.0, 1.0]])
    assert measure([], get_attributes(["density"])).shape == (0, 1)


@pytest.mark.parametrize(
    "name", ["cat-mel_2bar_small", "cat-mel_2bar_med_chords", "flat-mel_16bar", "cat-drums_2bar_small"]
)
def test_many_at_once_are_measured_like_each_alone(name):
    converter = get_preset(name).converter.in_use
    rng = np.random.default_rng(0)
    arrays = random_examples(converter, 60, rng)
    attributes = attributes_for(converter)
    alone = [[attribute(music) for attribute in attributes] for music in pieces_of(arrays, converter)]
    np.testing.assert_array_equal(measure_arrays(arrays, converter, attributes), alone)
    pieces = [converter.decode(array) for array in arrays]
    alone = [[attribute(music) for attribute in attributes] for music in pieces]
    np.testing.assert_array_equal(measure(pieces, attributes), alone)


def test_pieces_of_different_metres_and_voices_do_not_meet():
    waltz = piece((0, 4, 60), (4, 8, 64), (12, 16, 60), (12, 24, 40, 1), bars=1.5)
    waltz.time_signatures.add(numerator=3, denominator=4)
    drums = piece((0, 1, 36), (6, 7, 38), (16, 17, 36), bars=2, is_drum=True, qpm=90.0)
    everything = list(ATTRIBUTES.values())
    music = [drums, TUNE, piece(bars=2), waltz, TUNE, drums]
    alone = [[attribute(each) for attribute in everything] for each in music]
    np.testing.assert_array_equal(measure(music, everything), alone)
    assert measure([], everything).shape == (0, len(everything))
    nothing = np.zeros((0, *MELODY.shape), np.uint8)
    assert measure_arrays(nothing, MELODY, attributes_for(MELODY)).shape == (0, 11)
    assert ATTRIBUTES["interval"](waltz) == pytest.approx(4.0)  # 60, 64, 60; the bass has one note
    assert ATTRIBUTES["repetition"](waltz) == pytest.approx(1 / 3)  # C4 on both downbeats; E4 and E2 once


def random_examples(converter, n, rng):
    """Examples of a melody or drums converter, of random steps, half of which hold nothing."""
    events = rng.integers(0, getattr(converter, "depth", 2), (n, *converter.shape))
    events[rng.random((n, converter.shape[0])) < 0.5] = 0
    if len(converter.shape) == 2:  # chords, or drums
        events[..., 1:] %= 12
    return converter.all_canonical(events.astype(converter.dtype))
