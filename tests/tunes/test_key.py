import numpy as np
import pytest

from base_vae.music.key import Key
from base_vae.tunes.endings import ended, lead_in
from base_vae.tunes.form import Form
from base_vae.tunes.key import key_of, scale_share


def events(*pitches: int, steps: int = 2) -> np.ndarray:
    array = np.zeros(steps * len(pitches), np.uint8)
    array[::steps] = np.array(pitches) - 19
    return array


def test_the_key_of_a_scale_is_found_in_every_transposition() -> None:
    tune = (60, 64, 67, 65, 62, 64, 60, 59, 62, 67, 65, 64, 62, 60, 60, 60)
    for semitones in range(12):
        moved = events(*(pitch + semitones for pitch in tune))
        assert key_of(moved, 21) == Key(semitones, False)
        assert scale_share(moved, 21) == 1.0


def test_an_ending_rests_on_the_tonic_and_leaves_out_what_leads_on() -> None:
    segment = events(60, 62, 64, 65, 67, 65, 64, 62, 64, 62, 60, 59, 60, 60, 55, 57)
    last, worth = ended(segment, Key(0, False), 16, 21)
    assert np.flatnonzero(last)[-1] == 24 and last[24] == 60 - 19
    assert worth == pytest.approx(1.0 - 3 * 0.05)
    same, none = ended(segment, Key(1, False), 16, 21)
    assert none <= 0.5 and len(same) == 32


def test_the_pickup_of_a_tune_is_what_leads_back_to_its_beginning() -> None:
    a, b = events(*range(60, 76)), events(*([72] * 15), 55)
    form = Form((0, 1, 0, 1), (False,) * 4)
    assert lead_in(np.stack([a, b, a, b]), form, 4).tolist() == [72 - 19, 0, 55 - 19, 0]
    assert len(lead_in(np.stack([a, b]), Form((0, 1), (False,) * 2), 4)) == 0
