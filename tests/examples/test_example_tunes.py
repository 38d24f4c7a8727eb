"""The tunes in examples/: readable, whole bars, two different styles."""

import numpy as np
import pytest

from base_vae.data.collection import collect
from base_vae.metrics import histograms, overlap_area
from base_vae.readers.read_music import read_music
from tests.paths import EXAMPLES
from tests.tiny_models import CONFIG


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("[hr]*/*.abc")), ids=lambda path: path.stem)
def test_every_tune_gives_examples(path):
    collection = collect(path, CONFIG.converter)
    assert len(collection.examples) >= 5
    (file,) = collection.report.files
    assert file.reason is None and file.sequences == 1


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("beats/*.abc")), ids=lambda path: path.stem)
def test_the_beats_are_eight_bars_of_drums_on_the_grid(path):
    (beat,) = read_music(path).sequences
    sounds = {note.pitch for note in beat.notes}
    assert all(note.is_drum for note in beat.notes) and {36, 38, 42} <= sounds <= {36, 38, 42, 46}
    sixteenth = 15 / beat.tempos[0].qpm
    assert beat.total_time == pytest.approx(8 * 16 * sixteenth)
    steps = np.array([note.start_time for note in beat.notes]) / sixteenth
    assert steps == pytest.approx(steps.round(), abs=1e-3)


def test_two_recognisably_different_styles():
    hymns, reels = (histograms(collect(EXAMPLES / s, CONFIG.converter).examples) for s in ("hymns", "reels"))
    assert overlap_area(hymns["density"], reels["density"]) < 0.3
    assert overlap_area(hymns["note_length"], reels["note_length"]) < 0.5
    assert np.argmax(hymns["note_length"]) > np.argmax(reels["note_length"])
