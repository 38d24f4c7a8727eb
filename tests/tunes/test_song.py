import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.tunes.song import song_of
from tests.small_music import melody
from tests.tiny_models import CONFIG

CONVERTER = CONFIG.converter


def test_a_tie_over_the_seam_of_two_segments_is_known() -> None:
    tied = song_of(melody((60, 62, 64), quarters=3.0), CONVERTER)  # the third note begins at 6 and ends at 9
    assert tied.tied.tolist() == [False, True]
    cut = song_of(melody((60, 62, 64, 65), quarters=4.0), CONVERTER)
    assert cut.tied.tolist() == [False, False]


def test_a_pickup_is_kept_apart_and_the_tune_begins_with_its_first_full_bar() -> None:
    sequence = melody((60, 62, 64, 65, 67), quarters=1.0)
    for note in sequence.notes:
        note.start_time += 1.5  # three quarters at 120
        note.end_time += 1.5
    sequence.total_time += 1.5
    found = song_of(sequence, CONVERTER)
    assert found.pickup.tolist() == [60 - 19, 0, 0, 0]
    assert found.segments[0, [0, 4, 8, 12]].tolist() == [43, 45, 46, 48]


def test_of_several_instruments_the_one_that_plays_one_note_at_a_time_has_the_melody() -> None:
    sequence = melody((72, 74, 76, 77), quarters=2.0, program=40)
    for start in range(4):
        for pitch in (80, 84, 87):  # chords above it
            sequence.notes.add(
                pitch=pitch, velocity=80, start_time=float(start), end_time=start + 1.0, instrument=1
            )
    found = song_of(sequence, CONVERTER)
    assert found.program == 40
    assert (found.segments[0][found.segments[0] > 1] + 19).tolist() == [72, 74, 76, 77]


def test_music_in_another_metre_is_refused_with_its_metre() -> None:
    with pytest.raises(UserError, match="it is in 3/4, which the base does not know"):
        song_of(melody(metres=((0.0, 3, 4),)), CONVERTER)


def test_tempo_and_program_are_those_of_the_music() -> None:
    found = song_of(melody(qpm=90.0, program=73), CONVERTER)
    assert (found.qpm, found.program) == (pytest.approx(90.0), 73)
    assert np.array_equal(found.segments.ravel()[::4][:4] + 19, [60, 62, 64, 65])
