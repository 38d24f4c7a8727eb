"""Differences between pieces, counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.configs.presets import get_preset
from base_vae.metrics.differences import differing_steps, hamming_distance, unmatched_notes
from tests.tiny_models import CONFIG, melodies

MELODY = CONFIG.converter


def test_melodies_differ_where_their_events_do():
    a = np.zeros(32, np.uint8)
    b = a.copy()
    a[[0, 5]], b[[0, 9, 31]] = (41, 1), (41, 43, 1)
    assert np.flatnonzero(differing_steps(a, b, MELODY)).tolist() == [5, 9, 31]
    assert hamming_distance(a, b, MELODY) == 3 / 32


def test_many_are_compared_with_one():
    many = melodies(6).reshape(2, 3, 32)
    distances = hamming_distance(many, many[:, :1], MELODY)
    assert distances.shape == (2, 3)
    assert distances[:, 0].tolist() == [0, 0]
    assert distances[1, 2] == np.mean(many[1, 2] != many[1, 0])


def test_a_step_of_drums_or_of_a_trio_is_equal_if_all_of_it_is():
    drums = get_preset("cat-drums_2bar_small").converter
    a = np.zeros(drums.shape, drums.dtype)
    b = a.copy()
    b[3, 0], b[3, 1], b[7, 2] = 1, 1, 1
    assert np.flatnonzero(differing_steps(a, b, drums)).tolist() == [3, 7]
    trio = get_preset("flat-trio_16bar").converter
    a = np.zeros(trio.shape, trio.dtype)
    b = a.copy()
    b[100, 1] = 5
    assert hamming_distance(a, b, trio) == 1 / 256


def test_of_grooves_only_hits_count():
    groove = get_preset("groovae_2bar_humanize").converter
    a = np.zeros(groove.shape, np.float32)
    a[4, 0] = 1, 0.5, 0.1
    b = a.copy()
    b[4, 0, 1:] = 0.9, -0.3
    assert not differing_steps(a, b, groove).any()
    b[5, 1, 0] = 1
    assert np.flatnonzero(differing_steps(a, b, groove)).tolist() == [5]


def test_chords_that_a_model_is_told_are_no_difference():
    told = get_preset("cat-mel_2bar_med_chords").converter
    a = np.zeros(told.shape, told.dtype)
    b = a.copy()
    b[:16, 1:] = 5
    assert not differing_steps(a, b, told).any()
    b[3, 0] = 41
    assert np.flatnonzero(differing_steps(a, b, told)).tolist() == [3]


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_the_distance_is_one_between_0_and_1_the_same_both_ways(i, j):
    a, b = melodies(1, i)[0], melodies(1, j)[0]
    there, back = hamming_distance(a, b, MELODY), hamming_distance(b, a, MELODY)
    assert 0 <= there == back <= 1
    assert (there == 0) == np.array_equal(a, b)


def sequence(*notes, qpm=120.0):
    """Notes as (pitch, start, end) in quarters, and `True` behind them for drums."""
    music = music_pb2.NoteSequence()
    music.tempos.add(qpm=qpm)
    for pitch, start, end, *drum in notes:
        seconds = [time * 60 / qpm for time in (start, end)]
        music.notes.add(
            pitch=pitch, velocity=80, start_time=seconds[0], end_time=seconds[1], is_drum=bool(drum)
        )
        music.total_time = max(music.total_time, seconds[1])
    return music


def test_unmatched_notes_by_hand():
    a = sequence((60, 0, 1), (62, 1, 2), (64, 2, 3), (36, 0, 0.25, True))
    b = sequence((60, 0, 1), (62, 1, 1.5), (67, 2, 3), (36, 0, 1, True), qpm=90)
    assert unmatched_notes(a, b, 4) == ([1, 2], [1, 2])  # a shorter one, another pitch; drums have no length


def test_a_note_is_the_other_half_of_one_note_only():
    twice, once = sequence((60, 0, 1), (60, 0, 1)), sequence((60, 0, 1))
    assert unmatched_notes(twice, once, 4) == ([1], [])


def test_microtiming_within_half_a_step_is_the_same():
    assert unmatched_notes(sequence((36, 1.1, 1.3, True)), sequence((36, 0.9, 1.2, True)), 4) == ([], [])
    assert unmatched_notes(sequence((36, 1.2, 1.3, True)), sequence((36, 0.9, 1.2, True)), 4) == ([0], [0])


@pytest.mark.parametrize("seed", range(3))
def test_music_has_all_its_own_notes(seed):
    music = MELODY.decode(melodies(1, seed)[0])
    assert unmatched_notes(music, music, 4) == ([], [])
