"""The personal space of the bundled base, on every example tune: ends, steps, names, all knobs at rest."""

import numpy as np
import pytest

import base_vae
import small_vae
from tests.paths import EXAMPLES


@pytest.fixture(scope="module")
def base():
    return base_vae.load("mel_2bar")


@pytest.fixture(scope="module", params=["reels", "hymns"])
def mine_and_tunes(request, base):
    """A personal model of a folder of examples, and the music in it that follows each other."""
    mine = small_vae.personalize(base, EXAMPLES / request.param, seed=0)
    collection = base.collect(EXAMPLES / request.param)
    return mine, [base.config.converter.decode(array) for array in collection.examples[::4]]


def notes(sequence):
    return [(note.pitch, note.start_time, note.end_time) for note in sequence.notes]


def test_the_ends_are_the_bases_note_for_note(base, mine_and_tunes):
    mine, tunes = mine_and_tunes
    again = [notes(tune) for tune in base.reconstruct(tunes)]
    for i in range(len(tunes) - 1):
        path = mine.interpolate(tunes[i], tunes[i + 1], num_steps=3)
        assert [notes(path[0]), notes(path[-1])] == again[i : i + 2]
        assert path[1].notes


def test_a_step_stays_near(base, mine_and_tunes):
    mine, tunes = mine_and_tunes
    latents, again = mine.encode(tunes), base.arrays(base.reconstruct(tunes))
    alone = np.mean(base.arrays(mine.reconstruct(tunes)) == again)
    for step in 0.5 * np.eye(mine.size):
        assert np.mean(base.arrays(mine.decode(latents + step)) == again) > max(0.9, alone)


def test_every_knob_has_a_name_of_its_own(mine_and_tunes):
    mine, _ = mine_and_tunes
    names = mine.weights.names()
    assert len(set(names)) == mine.size and "nothing that stands out" not in names
    strongest = np.abs(mine.weights.weights).argmax(1)
    assert np.all(mine.weights.weights[np.arange(mine.size), strongest] > 0)


def test_all_knobs_at_rest_are_a_tune(mine_and_tunes):
    mine, _ = mine_and_tunes
    (tune,) = mine.decode(np.zeros((1, mine.size)))
    assert len({note.pitch for note in tune.notes}) >= 3 and len(tune.notes) >= 4
