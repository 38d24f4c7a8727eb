"""Folders as sets of examples: what is measured of long and short pieces, and what is left out."""

import numpy as np
import pytest

from base_vae.converters.melody import MelodyConverter
from base_vae.errors import UserError
from base_vae.metrics.music_set import read_set
from base_vae.presets import get_preset
from tests.data.music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter


def test_short_pieces_are_taken_whole_and_long_ones_cut(tmp_path):
    write_midi(tmp_path / "a_long.mid", melody(SCALE * 2))  # four bars of quarters: three windows of two bars
    write_midi(tmp_path / "b_one_note.mid", melody((60,)))
    write_midi(tmp_path / "c_short.mid", melody(SCALE))
    write_midi(tmp_path / "d_short_again.mid", melody(SCALE))
    (tmp_path / "e_bad.mid").write_bytes(b"MThd, and then nothing")
    (tmp_path / "readme.txt").write_text("not music")
    found = read_set([tmp_path], CONVERTER)
    assert isinstance(found.converter, MelodyConverter)
    names = [name.rpartition("/")[2] for name in found.names]
    # Bars 1-2 and 3-4 of the long one are the same music, which extraction gives once.
    assert names == ["a_long.mid"] * 2 + ["b_one_note.mid", "c_short.mid", "d_short_again.mid"]
    assert len(found.pieces[2]) == 1
    np.testing.assert_array_equal(found.arrays[0], found.arrays[3])
    np.testing.assert_array_equal(found.arrays[3], found.arrays[4])
    (bad,) = found.report.left_out
    assert bad.name.endswith("e_bad.mid") and bad.reason
    assert found.report.not_music == 1 and len(found.report.used) == 4
    assert found.pieces[0].pitch.tolist() == list(SCALE)
    assert found.onsets.pieces == 5 and found.onsets.steps == 32


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


def test_a_draw_keeps_the_order_and_repeats_by_seed(tmp_path):
    for i in range(8):
        write_midi(tmp_path / f"{i}.mid", melody(tuple(pitch + i for pitch in SCALE)))
    found = read_set([tmp_path], CONVERTER)
    drawn = found.drawn(5, seed=3)
    assert len(drawn) == 5 and list(drawn.names) == sorted(drawn.names)
    np.testing.assert_array_equal(drawn.arrays, found.drawn(5, seed=3).arrays)
    assert drawn.names != found.drawn(5, seed=4).names
    assert found.drawn(8, seed=0) is found
