"""Melodies in bars of three quarters: 3/4, 6/8, and what makes whole bars of them."""

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.data.collection import collect_sequences
from base_vae.data.stretches import cut
from base_vae.errors import UserError
from base_vae.metrics import histograms
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.trained_model import TrainedModel
from base_vae.tunes.song import song_of
from tests.small_music import melody
from tests.tiny_models import lively_model, reduced

CONFIG = get_preset("cat-mel_2bar_3beat_small")
CONVERTER = CONFIG.converter
EIGHTHS = tuple(60 + i % 7 for i in range(24))  # two bars of 6/8, and two more


def eighths(metre: tuple[int, int]) -> NoteSequence:
    return melody(EIGHTHS, metres=((0.0, *metre),), quarters=0.5)


def test_it_is_mel_2bar_with_24_steps():
    plain = get_preset("cat-mel_2bar_small")
    assert CONVERTER.shape == (24,) and CONVERTER.bar == 12 and CONVERTER.bars == 2
    assert CONFIG.hparams.max_seq_len == 24
    for name in ("z_size", "enc_rnn_size", "dec_rnn_size"):
        assert getattr(CONFIG.hparams, name) == getattr(plain.hparams, name)


@pytest.mark.parametrize("metre", [(3, 4), (6, 8), (3, 8), (12, 8), (3, 2), (6, 4), (6, 16)])
def test_metres_of_which_bars_make_whole_bars(metre):
    found = CONVERTER.extract(eighths(metre))
    assert len(found.examples) == 3 and not found.rejected  # 4 bars, one example from each but the last
    first = np.zeros(24, int)
    first[::2] = np.array(EIGHTHS[:12]) - 21 + 2
    assert found.examples[0].tolist() == first.tolist()
    assert len(collect_sequences([eighths(metre)], CONVERTER).examples) == 3
    two_bars = eighths(metre)
    del two_bars.notes[12:]
    two_bars.total_time = two_bars.notes[-1].end_time
    assert CONVERTER.encode_whole(two_bars).tolist() == first.tolist()


@pytest.mark.parametrize("metre", [(4, 4), (2, 4), (9, 8), (5, 4), (7, 8), (1, 4), (12, 4)])
def test_other_metres_are_refused_with_the_reason(metre):
    grid = (4, 4) if metre in ((2, 4), (1, 4), (12, 4)) else metre
    with pytest.raises(
        UserError, match=f"^the music is in {grid[0]}/{grid[1]} and the model takes 3/4 or 6/8"
    ):
        CONVERTER.encode_whole(eighths(metre))
    with pytest.raises(UserError, match=f"time signature {grid[0]}/{grid[1]}, not 3/4 or 6/8"):
        collect_sequences([eighths(metre)], CONVERTER)


def test_a_pickup_ends_the_bar_before_the_first_full_one():
    jig = melody((59, *EIGHTHS), metres=((0.0, 1, 8), (0.5, 6, 8)), quarters=0.5)
    with_pickup = collect_sequences([jig], CONVERTER).examples[0]
    assert np.flatnonzero(with_pickup).tolist() == [10, *range(12, 24, 2)]


def test_what_is_written_is_in_three_four_and_comes_back():
    example = CONVERTER.encode_whole(melody(EIGHTHS[:12], metres=((0.0, 6, 8),), quarters=0.5))
    sequence = CONVERTER.decode(example, qpm=90.0)
    (sign,) = sequence.time_signatures
    assert (sign.numerator, sign.denominator) == (3, 4)
    np.testing.assert_array_equal(CONVERTER.encode_whole(sequence), example)
    joined = CONVERTER.decode(CONVERTER.join(np.stack([example, example])))
    assert len(joined.notes) == 24


def test_four_four_is_refused_by_neither_and_three_four_by_the_other():
    four = get_preset("cat-mel_2bar_small").converter
    with pytest.raises(UserError, match="in 3/4 and the model takes 4/4"):
        four.encode_whole(eighths((3, 4)))


def test_tunes_are_read_in_either_metre():
    song = song_of(eighths((6, 8)), CONVERTER)
    assert song.segments.shape[1:] == (24,)


def test_onsets_are_counted_by_their_place_in_the_bar():
    arrays = np.zeros((1, 24), np.uint8)
    arrays[0, [0, 12]] = 41
    assert histograms(arrays, CONVERTER.bar)["onset_position"].tolist() == [1.0] + [0.0] * 11


@pytest.mark.parametrize(
    ("metre", "kept"), [((6, 8), (6, 8)), ((3, 4), (3, 4)), ((12, 8), (3, 4)), ((4, 4), (3, 4))]
)
def test_the_metre_of_a_piece_is_kept_where_its_bars_are_the_models(metre, kept):
    decoded = CONVERTER.keep_metre(CONVERTER.decode(np.zeros(24, np.uint8)), eighths(metre))
    assert [(sign.numerator, sign.denominator) for sign in decoded.time_signatures] == [kept]


def test_a_whole_jig_is_written_as_a_jig():
    piece = Piece.from_sequence(melody(EIGHTHS * 2, metres=((0.0, 6, 8),), quarters=0.5))
    sequence = cut(piece, CONVERTER).played(CONVERTER)
    assert [(sign.numerator, sign.denominator) for sign in sequence.time_signatures] == [(6, 8)]
    assert [note.pitch for note in sequence.notes] == list(EIGHTHS * 2)


def test_a_jig_is_reconstructed_as_a_jig():
    config = reduced(CONFIG.name)
    model = TrainedModel(lively_model(config), config)
    jig = melody(EIGHTHS[:12], metres=((0.0, 6, 8),), quarters=0.5)
    for piece in (*model.reconstruct([jig]), *model.interpolate(jig, jig, num_steps=2)):
        assert [(sign.numerator, sign.denominator) for sign in piece.time_signatures] == [(6, 8)]
    (sampled,) = model.sample(1)
    assert sampled.time_signatures[0].numerator == 3
