"""Music that was chosen by hand is not left out for its instrument or its length."""

import numpy as np
import pytest

from base_vae.configs.presets import PRESETS, get_preset
from base_vae.converters import TrioConverter, without_limits
from base_vae.music.note_sequence import NoteSequence
from tests.small_music import SCALE, melody

MELODY = get_preset("cat-mel_2bar_small").converter


@pytest.mark.parametrize(
    ("program", "plain", "chosen"),
    [(0, True, True), (24, True, True), (40, False, True), (73, False, True), (33, False, True)],
)
def test_violins_and_flutes_are_melodies_and_so_is_a_bass_alone(program, plain, chosen):
    music = melody(program=program)
    assert bool(len(MELODY.extract(music).examples)) == plain
    assert bool(len(without_limits(MELODY).extract(music).examples)) == chosen


def test_a_bass_under_a_melody_is_left_out_and_named():
    music = melody()
    music.notes.extend(melody(program=33).notes)
    found = without_limits(MELODY).extract(music)
    np.testing.assert_array_equal(found.examples, MELODY.extract(melody()).examples)
    assert found.rejected["instrument that is not a melody's"] == len(melody().notes)


def test_a_violin_over_bass_and_drums_is_a_trio():
    plain, music = TrioConverter(slice_bars=2), NoteSequence()
    for instrument, song in enumerate((melody(program=40), melody(program=33), melody(is_drum=True))):
        for note in song.notes:
            music.notes.add().CopyFrom(note)
            music.notes[-1].instrument = instrument
            music.notes[-1].pitch = 36 if note.is_drum else note.pitch
    music.total_time = max(note.end_time for note in music.notes)
    assert not len(plain.extract(music).examples)
    assert plain.extract(music).rejected["instrument that is no melody, bass or drums"] == 1
    assert len(without_limits(plain).extract(music).examples)


def test_a_long_piece_is_kept_to_its_end():
    end = (72, 71, 70, 69, 68, 67, 66, 65)
    music = melody(SCALE * 60 + end)  # 122 bars
    last = MELODY.encode_whole(melody(end))
    assert not any(np.array_equal(array, last) for array in MELODY.extract(music).examples)
    assert any(np.array_equal(array, last) for array in without_limits(MELODY).extract(music).examples)


@pytest.mark.parametrize("name", PRESETS)
def test_examples_are_the_same_to_every_model(name):
    plain = get_preset(name).converter
    chosen = without_limits(plain)
    assert (chosen.shape, chosen.dtype, chosen.spaces) == (plain.shape, plain.dtype, plain.spaces)
    assert without_limits(chosen) == chosen and chosen.max_examples_per_sequence is None


def test_programs_that_were_chosen_on_purpose_stay():
    basses = type(MELODY)(programs=(32, 33))
    assert without_limits(basses).programs == (32, 33)
