"""Faders from the command line: what is asked, what comes of it, tempo, instrument and key."""

import note_seq
import numpy as np
import pytest

from base_vae.attributes import get_attributes, measure
from base_vae.music.key import Key, key_of_piece
from base_vae.music.piece import Piece
from base_vae.readers.read import read_file
from tests.attributes.test_attributes import piece
from tests.scripts.commands import midi_files


@pytest.fixture
def tune(tmp_path):
    """Eight bars for the flute at 90, G major, a bar of four quarters repeated."""
    bar = (67, 71, 74, 67)
    notes = [(16 * b + 4 * beat, 16 * b + 4 * beat + 4, bar[beat]) for b in range(8) for beat in range(4)]
    sequence = piece(*notes, (124, 128, 67), bars=8, qpm=90.0)
    for note in sequence.notes:
        note.program = 73
    note_seq.note_sequence_to_midi_file(sequence, str(tmp_path / "tune.mid"))
    return str(tmp_path / "tune.mid")


def written(folder):
    """The pieces in a folder by the last word of their names."""
    return {file.stem.rpartition("_")[2]: read_file(file).sequences[0] for file in midi_files(folder)}


def test_sections_are_changed_and_the_rest_stays(run, tune, tmp_path):
    code, said, error = run(
        "midime_fade", f"--midi={tune}", "--set=density=7@1-4", f"--output_dir={tmp_path / 'out'}"
    )
    assert code == 0, error
    assert "density in bars 1 to 4: it was 4.00 notes a bar, asked for 7.00, got" in said
    assert "kept:" in said and "of the steps" in said
    pieces = written(tmp_path / "out")
    assert set(pieces) == {"original", "after"}
    rows = {
        word: sorted((round(n.start_time * 6), round(n.end_time * 6), n.pitch, n.program) for n in each.notes)
        for word, each in pieces.items()
    }
    assert all(each.tempos[0].qpm == pytest.approx(90, abs=0.01) for each in pieces.values())
    assert {row[3] for each in rows.values() for row in each} == {73}
    changed = [row for row in rows["after"] if row[0] < 64]
    assert len(changed) == pytest.approx(28, abs=4)
    assert [r for r in rows["after"] if r[0] >= 64] == [r for r in rows["original"] if r[0] >= 64]
    half = len(changed) // 2  # bars 1 and 2 are bars 3 and 4, and are changed alike
    assert [(s + 32, e + 32, *rest) for s, e, *rest in changed[:half]] == [tuple(r) for r in changed[half:]]


def test_a_key_alone_moves_every_note(run, tune, tmp_path):
    code, said, error = run("midime_fade", f"--midi={tune}", "--key=D", f"--output_dir={tmp_path / 'out'}")
    assert code == 0, error
    assert "moved to D major, note for note" in said
    pieces = written(tmp_path / "out")
    pitches = {word: np.array([note.pitch for note in each.notes]) for word, each in pieces.items()}
    np.testing.assert_array_equal(pitches["after"], pitches["original"] - 5)
    assert key_of_piece(Piece.from_sequence(pieces["after"])) == Key(2, False)


def test_the_base_decides_what_can_be_asked(run, base, songs, tmp_path):
    """Of a base with random weights, which gives what it can."""
    out = tmp_path / "out"
    code, said, error = run(
        "midime_fade",
        f"--midi={songs}",
        f"--base={base}",
        "--set=mean_pitch:-0.5",
        f"--output_dir={out}",
        "--plot",
    )
    assert code == 0, error
    assert said.count("mean_pitch: it was") == 3 and len(list(out.glob("*.png"))) == 1
    pieces = written(out)
    values = {word: measure([each], get_attributes(["mean_pitch"])).mean() for word, each in pieces.items()}
    assert values["after"] <= values["original"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--midi=x"], "--output_dir must be given"),
        (["--midi=x", "--output_dir=y"], "say what to change, like --set=density:+1"),
        (["--midi=x", "--output_dir=y", "--set=density"], "an attribute is asked for like density:+1"),
        (["--midi=x", "--output_dir=y", "--set=densty:1"], "unknown attributes densty; known are density"),
        (["--midi=x", "--output_dir=y", "--set=swing:1"], "no attribute swing"),
        (["--midi=x", "--output_dir=y", "--key=H"], "a key is a note"),
        (["--midi=x", "--output_dir=y", "--set=density:1", "--set=density=8"], "density is asked for twice"),
        (["--midi=x", "--output_dir=y", "--set=density:1@4-2"], "bars go up from 1"),
    ],
)
def test_mistakes(run, argv, message):
    code, _, error = run("midime_fade", *argv)
    assert code == 1 and message in error and error.count("\n") == 1
