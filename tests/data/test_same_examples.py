"""The same music gives the same examples, however it is given: file, folder, archive, TFRecord, in memory."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import base_vae
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.converters import Converter, without_limits
from base_vae.data.collection import collect_music
from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.tfrecord import write_sequences
from base_vae.tunes.song import songs_in
from tests.readers.scores import ATTRIBUTES, BACKWARD, bar_line, note, score
from tests.small_music import write_midi

TUNE = "X:1\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\n" + "A2d|:" + "ABc def|gfe dcB|" * 8 + ":|\n"
CONVERTERS = {
    repr(converter): converter
    for converter in (without_limits(preset.converter.in_use) for preset in PRESETS.values())
}


def trio(late: float) -> NoteSequence:
    """Twenty bars of melody, bass and drums that begin some quarters late, with a change of tempo."""
    sequence = NoteSequence(ticks_per_quarter=220)
    sequence.tempos.add(qpm=60)
    sequence.tempos.add(time=16, qpm=120)
    sequence.time_signatures.add(numerator=4, denominator=4)
    for i in range(160):
        parts = [
            (0, 0, False, 60 + i * 5 % 13),
            (1, 33, False, 40 + i * 3 % 7),
            (9, 0, True, (36, 42, 38)[i % 3]),
        ]
        for instrument, program, is_drum, pitch in parts:
            start, end = (min(x, 16) + max(x - 16, 0) / 2 for x in (late + i / 2, late + i / 2 + 0.4))
            new = sequence.notes.add(pitch=pitch, velocity=40 + i % 60, start_time=start, end_time=end)
            new.instrument, new.program, new.is_drum = instrument, program, is_drum
    sequence.total_time = sequence.notes[-1].end_time
    return sequence


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("music")
    (folder / "tune.abc").write_text(TUNE)
    bars = [note("C4") + note("E4") + note("G4", 8), note("F4", 2) * 8 + bar_line(BACKWARD)] * 3
    (folder / "score.musicxml").write_text(score([ATTRIBUTES + bars[0], *bars[1:]]))
    write_midi(folder / "on_the_beat.mid", trio(late=0))
    write_midi(folder / "late.mid", trio(late=0.25))
    return sorted(folder.iterdir())


def examples(music: object, converter: Converter) -> bytes:
    try:
        return collect_music(music, converter).examples.tobytes()
    except UserError:
        return b""


@pytest.mark.parametrize("name", CONVERTERS)
def test_examples(files: list[Path], name: str, tmp_path: Path) -> None:
    used = 0
    for path in files:
        sequences = base_vae.read_music(path).sequences
        write_sequences(tmp_path / "x.tfrecord", sequences)
        (tmp_path / path.stem).mkdir()
        (tmp_path / path.stem / path.name).write_bytes(path.read_bytes())
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.write(path, path.name)
        expected = examples(path, CONVERTERS[name])
        used += bool(expected)
        for music in (tmp_path / path.stem, tmp_path / "x.zip", tmp_path / "x.tfrecord", sequences):
            assert examples(music, CONVERTERS[name]) == expected, (path.name, music)
    assert used


def test_songs(files: list[Path]) -> None:
    converter = get_preset("cat-mel_2bar_small").converter
    for path in files:
        of_file, _ = songs_in(path, converter)
        in_memory, _ = songs_in(base_vae.read_music(path).sequences, converter)
        assert len(of_file) == len(in_memory)
        for one, other in zip(of_file, in_memory, strict=True):
            np.testing.assert_array_equal(one.segments, other.segments)
            np.testing.assert_array_equal(one.pickup, other.pickup)
            assert (one.qpm, one.metre, one.program) == (other.qpm, other.metre, other.program)


def test_music_that_begins_between_beats_is_moved_onto_them(files: list[Path]) -> None:
    converter = get_preset("cat-mel_2bar_small").converter
    late, on_the_beat = (
        base_vae.read_music(path).sequences for path in files if path.stem in ("late", "on_the_beat")
    )
    of_both = [set(map(bytes, collect_music(music, converter).examples)) for music in (late, on_the_beat)]
    assert len(of_both[0] & of_both[1]) >= 3
