import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.converters.groove.converter import HIT, OFFSET, VELOCITY
from base_vae.converters.harmony.chords import chord_id
from recipes.fidelity import agreement
from recipes.grooves import Groove, errors, mean_groove, on_the_grid
from recipes.samples import compared
from tests.tiny_models import melodies


def test_steps_and_onsets_of_a_melody():
    true = np.zeros((1, 32), np.uint8)
    true[0, [0, 8, 16, 24]] = 40, 42, 1, 44
    said = true.copy()
    said[0, 8], said[0, 4] = 43, 41  # another pitch, and a note too many
    figures = agreement(said, true, get_preset("cat-mel_2bar_small").converter)
    assert figures == pytest.approx({"steps_equal": 30 / 32, "onsets_equal": 2 / 3})


def test_chords_do_not_count():
    true = np.zeros((1, 32, 2), np.uint8)
    true[0, 0, 0], true[..., 1] = 40, 5
    said = true.copy()
    said[..., 1] = 7
    figures = agreement(said, true, get_preset("cat-mel_2bar_med_chords").converter)
    assert figures == {"steps_equal": 1.0, "onsets_equal": 1.0}


def test_steps_and_hits_of_drums():
    true = np.zeros((1, 32, 9), np.uint8)
    true[0, 0, [0, 2]] = true[0, 4, 1] = true[0, 8, 2] = 1
    said = true.copy()
    said[0, 0, 2] = 0
    figures = agreement(said, true, get_preset("cat-drums_2bar_small").converter)
    assert figures == pytest.approx({"steps_equal": 31 / 32, "onsets_equal": 3 / 4})


def test_errors_of_a_groove_are_in_milliseconds_and_of_127():
    hits = np.zeros((1, 32, 9), bool)
    hits[0, 0, 0] = hits[0, 4, 2] = True
    true = Groove(hits, np.where(hits, 0.5, 0), np.where(hits, 0.2, 0))
    guess = Groove(hits.copy(), np.where(hits, 0.6, 0), np.zeros(hits.shape))
    guess.hits[0, 4, 2] = False
    figures = errors(guess, true, np.array([120.0]))
    assert figures == pytest.approx(
        {
            "timing error, ms": 0.1 * 125,
            "velocity error, of 127": 12.7,
            "F1 of hits": 2 / 3,
            "F1 of the rhythm": 2 / 3,
            "F1 of closed hi-hats": 0.0,
        }
    )
    guess.offsets[0, 0, 0] = 0.2
    assert errors(guess, true, np.array([120.0]), drums=(0,))["timing error, ms"] == 0.0
    assert errors(guess, true, np.array([120.0]), drums=(2,))["timing error, ms"] == pytest.approx(12.5)


def test_the_simple_rivals_know_the_training_music():
    training = np.zeros((2, 32, 9, 3), np.float32)
    training[:, 0, 0] = 1, 0.5, 0.2
    training[1, 16, 0] = 1, 0.8, -0.4
    true = Groove(*(training[..., part] for part in (HIT, VELOCITY, OFFSET)))
    true = true._replace(hits=true.hits > 0)
    assert on_the_grid(training, true).velocities[0, 0, 0] == pytest.approx(0.6)
    mean = mean_groove(training, true)  # the first step of a bar is hit three times
    assert mean.velocities[0, 16, 0] == pytest.approx(0.6) and mean.offsets[0, 0, 0] == pytest.approx(0.0)


@pytest.mark.parametrize("preset", ["cat-mel_2bar_small", "cat-drums_2bar_small", "groovae_2bar_humanize"])
def test_music_overlaps_with_itself(preset):
    converter = get_preset(preset).converter
    if preset.startswith("cat-mel"):
        music = melodies(20)
    else:
        music = np.random.default_rng(0).integers(0, 2, (20, *converter.shape)).astype(converter.dtype)
    figures = compared(music, music, converter)
    assert [value for name, value in figures.items() if name.startswith("overlap")] == pytest.approx(
        [1.0] * sum(name.startswith("overlap") for name in figures)
    )


def test_notes_on_strong_beats_belong_to_their_chords_or_not():
    converter = get_preset("cat-mel_2bar_med_chords").converter
    arrays = np.zeros((4, *converter.shape), converter.dtype)
    arrays[..., 1] = chord_id("Am")
    for number, pitch in enumerate((69, 72, 74, 76)):  # A, C, D, E
        arrays[number, 8, 0] = pitch - converter.min_pitch + 2
        arrays[number, 9, 0] = 70 - converter.min_pitch + 2  # between the beats, it does not count
    assert compared(arrays, arrays, converter)["chord tones on strong beats"] == 0.75
