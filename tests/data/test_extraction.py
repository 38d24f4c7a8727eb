"""Whatever one piece does to a converter, it is named and costs no other piece anything."""

from pathlib import Path

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.converters import MelodyConverter, without_limits
from base_vae.data.collection import collect, collect_sequences
from base_vae.data.preprocess.run import uncapped
from base_vae.data.preprocess.steps import Settings, examples_of
from base_vae.data.stretches import cut
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from base_vae.readers.tfrecord import write_sequences
from tests.small_music import SCALE, melody

CONVERTER = get_preset("cat-mel_2bar_small").converter


class BreaksDown(MelodyConverter):
    """A converter that one piece is too much for."""

    error: Exception = MemoryError("Unable to allocate 40.2 GiB")

    def extract(self, music, *, consecutive=False):
        if len(music) == 3:
            raise self.error
        return super().extract(music, consecutive=consecutive)


@pytest.mark.parametrize("error", [MemoryError("no room"), IndexError("128"), ValueError("NaN"), KeyError(1)])
@pytest.mark.parametrize("grid", ["musical", "exact"])
def test_an_error_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error, grid) -> None:
    monkeypatch.setattr(BreaksDown, "error", error)
    paths = [tmp_path / "bad.tfrecord", tmp_path / "good.tfrecord"]
    write_sequences(paths[0], [melody(SCALE[:3])])
    write_sequences(paths[1], [melody()])
    found = collect(paths, BreaksDown(), grid=grid, num_workers=1)
    np.testing.assert_array_equal(found.examples, CONVERTER.extract(melody()).examples)
    (left,) = found.report.left_out
    assert left.name == str(paths[0]) and left.reason.startswith(f"it cannot be used ({type(error).__name__}")


def test_an_error_in_one_piece_under_preprocessing() -> None:
    song = melody(SCALE[:3])
    song.id = "/id/midi/x/7"
    found, counts = examples_of(song.SerializeToString(), Settings(BreaksDown()))
    assert not found
    assert counts["rejected//id/midi/x/7 cannot be used (MemoryError: Unable to allocate 40.2 GiB)"] == 1


@pytest.mark.parametrize(
    ("start", "end", "qpm"),
    [(4.0, 1.0, 120.0), (-5.0, 1.0, 120.0), (1e18, 1e18, 120.0), (0.0, 8.0, 1e300), (0.0, 1e308, 120.0)],
)
@pytest.mark.parametrize("name", ["cat-mel_2bar_small", "cat-drums_2bar_small", "groovae_2bar_humanize"])
def test_odd_times_cost_no_other_piece_anything(name: str, start: float, end: float, qpm: float) -> None:
    converter = get_preset(name).converter
    good, odd = melody(is_drum="drums" in name or "groovae" in name), melody()
    for note in good.notes:
        note.pitch = 36 if note.is_drum else note.pitch
    odd.notes[0].start_time, odd.notes[0].end_time, odd.tempos[0].qpm = start, end, qpm
    for grid in ("musical", "exact"):
        alone = collect_sequences([good], converter, grid=grid)
        both = collect_sequences([odd, good], converter, grid=grid)
        assert {example.tobytes() for example in alone.examples} <= {e.tobytes() for e in both.examples}


def test_a_viola_tune_by_hand_and_in_training() -> None:
    viola = melody(program=41)
    assert not len(CONVERTER.extract(viola).examples)
    assert len(collect_sequences([viola], without_limits(CONVERTER)).examples)


def test_stretches_without_a_note_for_the_model_are_silence_and_the_rest_is_used() -> None:
    sequence = melody(SCALE * 3)
    for note in list(sequence.notes)[8:16]:
        note.is_drum = True
    found = cut(Piece.from_sequence(sequence), CONVERTER)
    assert [bool(stretch.any()) for stretch in found.arrays] == [True, False, True]
    with pytest.raises(UserError, match=r"none of its notes: drum note"):
        cut(Piece.from_sequence(melody(is_drum=True)), CONVERTER)
    with pytest.raises(UserError, match="in 3/4 and the model takes 4/4"):
        cut(Piece.from_sequence(melody(metres=((0.0, 3, 4),))), CONVERTER)


def test_uncapped_keeps_every_example() -> None:
    assert uncapped(MelodyConverter(max_examples_per_sequence=3)) == MelodyConverter()
