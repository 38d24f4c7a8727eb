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


def test_the_beat_is_drums_on_the_grid():
    (beat,) = read_music(EXAMPLES / "beats").sequences
    assert all(note.is_drum for note in beat.notes) and {note.pitch for note in beat.notes} == {36, 38, 42}
    assert beat.total_time == pytest.approx(8 * 4 * 0.6)


def test_two_recognisably_different_styles():
    hymns, reels = (histograms(collect(EXAMPLES / s, CONFIG.converter).examples) for s in ("hymns", "reels"))
    assert overlap_area(hymns["density"], reels["density"]) < 0.3
    assert overlap_area(hymns["note_length"], reels["note_length"]) < 0.5
    assert np.argmax(hymns["note_length"]) > np.argmax(reels["note_length"])
