import numpy as np
import pytest

from base_vae.trained_model import TrainedModel
from base_vae.tunes.song import Song, song_of
from base_vae.tunes.tune_model import TuneModel
from tests.tiny_models import examples_for, lively_model, reduced


@pytest.mark.parametrize(
    ("name", "segments", "num_bars"), [("cat-drums_2bar_small", 8, 16), ("hierdec-mel_16bar", 4, 32)]
)
def test_tunes_are_made_over_drums_and_over_long_examples(name: str, segments: int, num_bars: int) -> None:
    config = reduced(name)
    base = TrainedModel(lively_model(config), config)
    arrays = examples_for(config, 2 * segments).reshape(2, segments, *config.converter.shape)
    songs = [Song("", some, np.zeros(segments, bool), np.zeros(0, np.uint8), 100.0, 0) for some in arrays]
    made = TuneModel(base, None).with_songs(songs).compose(1, num_bars=num_bars)
    assert len(made.songs[0]) == num_bars // config.converter.bars
    assert 0 < made.sequences[0].total_time <= num_bars * 4 * 0.6 + 1e-6
    again = song_of(made.sequences[0], config.converter)
    assert len(again) <= len(made.songs[0]) and again.qpm == pytest.approx(100.0)
