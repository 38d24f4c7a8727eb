"""Folders as sets of examples: what is measured of long and short pieces, and what is left out."""

import dataclasses

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.converters.left_out import LEFT_OVER
from base_vae.converters.melody.converter import MelodyConverter
from base_vae.errors import UserError
from base_vae.metrics.music_set import read_set
from base_vae.metrics.similarity import SelfSimilarity, self_similarity
from tests.small_music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter


def test_short_pieces_are_taken_whole_and_long_ones_cut(tmp_path):
    write_midi(tmp_path / "a_long.mid", melody(SCALE * 2))  # four bars of quarters: two examples of two bars
    write_midi(tmp_path / "b_one_note.mid", melody((60,)))
    write_midi(tmp_path / "c_short.mid", melody(SCALE))
    write_midi(tmp_path / "d_short_again.mid", melody(SCALE))
    (tmp_path / "e_bad.mid").write_bytes(b"MThd, and then nothing")
    (tmp_path / "readme.txt").write_text("not music")
    found = read_set([tmp_path], CONVERTER)
    assert isinstance(found.converter, MelodyConverter)
    names = [name.rpartition("/")[2] for name in found.names]
    assert found.piece_of.tolist() == [0, 0, 1, 2, 3]
    # Bars 1-2 and 3-4 of the long one are the same music.
    assert names == ["a_long.mid"] * 2 + ["b_one_note.mid", "c_short.mid", "d_short_again.mid"]
    assert len(found.pieces[2]) == 1
    np.testing.assert_array_equal(found.arrays[0], found.arrays[1])
    np.testing.assert_array_equal(found.arrays[0], found.arrays[3])
    np.testing.assert_array_equal(found.arrays[3], found.arrays[4])
    (bad,) = found.report.left_out
    assert bad.name.endswith("e_bad.mid") and bad.reason
    assert found.report.not_music == 1 and len(found.report.used) == 4
    assert found.pieces[0].pitch.tolist() == list(SCALE)
    assert found.onsets.pieces == 5 and found.onsets.steps == 32


def test_what_repeats_within_a_piece_counts_as_often_as_it_comes(tmp_path):
    write_midi(tmp_path / "loop.mid", melody((60, 62, 64, 65) * 16))
    found = read_set([tmp_path], CONVERTER)
    assert len(found) == 8 and len(np.unique(found.arrays, axis=0)) == 1
    assert len(found.onsets.piece) == 64  # every note once
    assert self_similarity(found.onsets, 16) == SelfSimilarity(1.0, 1.0, 1.0)
    for name, figures in found.features.items():
        assert np.ptp(figures) <= 1 and np.ptp(figures, axis=0).max() == 0, name
    assert len(read_set([tmp_path], CONVERTER, consecutive=False)) == 1


def test_examples_that_follow_each_other_are_the_piece(tmp_path):
    pitches = tuple(np.random.default_rng(0).integers(50, 80, 4 * 16).tolist())
    write_midi(tmp_path / "a.mid", melody(pitches))
    found = read_set([tmp_path], CONVERTER)
    again = CONVERTER.decode(CONVERTER.join(found.arrays))
    assert [note.pitch for note in again.notes] == list(pitches)
    everywhere = read_set([tmp_path], CONVERTER, consecutive=False)
    np.testing.assert_array_equal(everywhere.arrays[::2], found.arrays)
    assert len(everywhere) == 15  # one begins in every bar


def test_the_bars_that_fill_no_example_are_counted(tmp_path):
    write_midi(tmp_path / "five.mid", melody(tuple(range(60, 80))))
    metres = ((0, 4, 4), (16, 3, 4))
    write_midi(tmp_path / "waltz.mid", melody(tuple(range(50, 50 + 16 + 9)), metres=metres))
    found = read_set([tmp_path], CONVERTER)
    assert [name[-8:] for name in found.names] == ["five.mid"] * 2 + ["altz.mid"] * 2
    assert found.report.rejected == {LEFT_OVER: 1, "time signature 3/4, not 4/4": 1}


def played(instruments, bars):
    """The same bar again and again: of each instrument its program, its pitches in quarters, and is_drum."""
    sequence = melody((), metres=((0, 4, 4),))
    for number, (program, pitches, is_drum) in enumerate(instruments):
        one = melody(pitches * bars, program=program, is_drum=is_drum)
        for note in one.notes:
            note.instrument = 9 if is_drum else number
        sequence.notes.extend(one.notes)
        sequence.total_time = one.total_time
    return sequence


@pytest.mark.parametrize(
    ("name", "changes", "everywhere"),
    [
        ("cat-drums_2bar_small", {}, 1),
        ("groovae_2bar_humanize", {}, 4),
        ("groovae_2bar_humanize", {"hop_size": 16}, 7),
        ("flat-trio_16bar", {"slice_bars": 2}, 7),
        ("hier-multiperf_vel_1bar_med", {"hop_size_bars": 2}, 4),
    ],
)
def test_every_kind_of_music_is_cut_without_overlap(tmp_path, name, changes, everywhere):
    converter = dataclasses.replace(get_preset(name).converter, **changes)
    kit = (0, (36, 38, 36, 42), True)
    tune, bass = (0, (60, 64, 67, 64), False), (33, (40, 40, 43, 45), False)
    write_midi(tmp_path / "a.mid", played([tune, bass, kit], bars=8))
    found = read_set([tmp_path], converter)
    assert len(found) == 4
    np.testing.assert_array_equal(found.arrays, found.arrays[[0]].repeat(4, axis=0))
    assert len(read_set([tmp_path], converter, consecutive=False)) == everywhere


def test_flutes_and_the_ends_of_long_pieces_are_measured_too(tmp_path):
    write_midi(tmp_path / "flute.mid", melody(SCALE * 2, program=73))
    pitches = [60 + (bar * (beat + 1)) % 13 for bar in range(110) for beat in range(4)]
    write_midi(tmp_path / "long.mid", melody(tuple(pitches)))
    found = read_set([tmp_path], CONVERTER)
    assert len(found.report.used) == 2
    last = CONVERTER.encode_whole(melody(tuple(pitches[-8:])))
    assert any(np.array_equal(array, last) for array in found.arrays)


def test_nothing_to_measure_is_an_error_that_says_why(tmp_path):
    (tmp_path / "bad.mid").write_bytes(b"no")
    with pytest.raises(UserError, match=r"bad\.mid"):
        read_set([tmp_path], CONVERTER)
    with pytest.raises(UserError, match="no such file"):
        read_set([tmp_path / "absent"], CONVERTER)


def test_what_a_book_loses_is_counted_and_the_rest_is_used(tmp_path):
    tune = "X:1\nT:a\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n\n"
    (tmp_path / "book.abc").write_text(tune + tune.replace("M:4/4", "M:x"))
    found = read_set([tmp_path], CONVERTER)
    assert len(found) >= 1 and not found.report.left_out


def test_the_tunes_of_a_book_are_pieces(tmp_path):
    tune = "X:1\nT:a\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|CDEF|GABc|\n\n"
    for name in ("a", "b"):
        (tmp_path / f"{name}.abc").write_text(tune * 2)
    found = read_set([tmp_path], CONVERTER)
    assert found.piece_of.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    drawn = found.drawn(3, seed=0)
    assert len(drawn.piece_of) == 3 and set(drawn.piece_of) <= set(found.piece_of)


def test_a_draw_keeps_the_order_and_repeats_by_seed(tmp_path):
    for i in range(8):
        write_midi(tmp_path / f"{i}.mid", melody(tuple(pitch + i for pitch in SCALE)))
    found = read_set([tmp_path], CONVERTER)
    drawn = found.drawn(5, seed=3)
    assert len(drawn) == 5 and list(drawn.names) == sorted(drawn.names)
    np.testing.assert_array_equal(drawn.arrays, found.drawn(5, seed=3).arrays)
    assert drawn.names != found.drawn(5, seed=4).names
    assert found.drawn(8, seed=0) is found
