"""What leaves the studio: files, sound, favourites, and the command that makes the same."""

import io
import zipfile

import numpy as np
import pytest

import small_vae
from base_vae.readers.read import read_file
from tests.needs_fluidsynth import require_fluidsynth
from tests.studio.asking import PLAY, fields_of, rows, rows_of, verb


def music(data, suffix, tmp_path):
    """Rows of pitch, start and end in quarters of what a file holds, and its tempo."""
    file = tmp_path / f"piece.{suffix}"
    file.write_bytes(data)
    [read] = read_file(file).as_read
    beat = 60 / read.piece.qpm
    columns = read.piece.pitch, read.piece.start / beat, read.piece.end / beat
    return sorted(zip(*(np.round(column, 2).tolist() for column in columns), strict=True)), read.piece.qpm


def test_a_tune_is_taken_with_its_drums_and_written_without(learned, tmp_path):
    tune, drums = verb(learned, "play", **PLAY), verb(learned, "drums")
    piece = fields_of({**tune, "notes": [*tune["notes"], *drums["notes"]]})
    for kind, drum_count in (("mid", len(drums["notes"])), ("abc", 0)):
        file = tmp_path / f"piece.{kind}"
        file.write_bytes(learned.post(f"/api/take/{kind}", json=piece).content)
        [read] = read_file(file).as_read
        assert read.piece.is_drum.sum() == drum_count
        assert (~read.piece.is_drum).sum() == len(tune["notes"])


@pytest.mark.parametrize("kind", ["mid", "abc"])
def test_a_piece_is_taken_in_its_key_at_its_tempo(learned, kind, tmp_path):
    piece = verb(learned, "play", **PLAY)
    taken = learned.post(f"/api/take/{kind}", json=fields_of(piece, qpm=90, transpose=2, program=40))
    assert taken.status_code == 200
    notes, qpm = music(taken.content, kind, tmp_path)
    assert notes == [(pitch + 2, start, end) for pitch, start, end in rows(piece["notes"])]
    assert qpm == pytest.approx(90, abs=0.01)


def test_a_piece_is_taken_as_sound_and_instruments_are_played(learned):
    require_fluidsynth()
    piece = verb(learned, "play", **PLAY)
    assert learned.post("/api/take/wav", json=fields_of(piece)).content[:4] == b"RIFF"
    sound = learned.state["sound"]
    assert sound["fluidsynth"]
    for program, layout in ((73, sound["keys"]), (128, sound["percussion"])):
        data = learned.get(f"/api/sound/{program}").content
        samples = np.frombuffer(data[44:], "<i2").reshape(layout["count"], -1)
        assert samples.shape[1] == round(layout["seconds"] * 44_100)
        assert np.all(np.abs(samples[:, :20_000]).max(axis=1) > 100)  # every note sounds


def test_favourites_come_in_one_archive(learned):
    pieces = [fields_of(verb(learned, "play", **{**PLAY, "seed": seed})) for seed in (1, 2)]
    pieces[1]["notes"] = verb(learned, "drums")["notes"]  # no ABC of drums alone
    data = learned.post("/api/favourites", json={"pieces": pieces}).content
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["01_A_b_tune_b.mid", "01_A_b_tune_b.abc", "02_A_b_tune_b.mid"]


def test_a_piece_is_dragged_out_by_an_address(learned):
    path = learned.post("/api/drag", json=fields_of(verb(learned, "play", **PLAY))).json()["path"]
    assert learned.get(path).content[:4] == b"MThd"


def test_the_command_makes_the_same_piece(learned, tmp_path, monkeypatch):
    personal = learned.studio.held.model.personal
    personal.save(str(tmp_path / "my_model"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(small_vae, "load", lambda path: small_vae.loading.load(path, base=personal.base))
    recipe = {**PLAY, "knobs": [0.25, 1, -1, 0], "variety": 0.5, "qpm": 90}
    shown = learned.post("/api/command", json=recipe).json()
    assert "--knobs=0.25,1,-1,0 --variety=0.5" in shown["shell"] and "--seed=7" in shown["shell"]
    names = {}
    exec(shown["python"], names)
    piece = verb(learned, "play", **recipe)
    assert rows(piece["notes"]) == rows_of(names["piece"], qpm=90)
    long = {"seed": 7, "temperature": 0.5, "bars": 8, "qpm": 120}
    shown = learned.post("/api/command", json={**long, "verb": "another"}).json()
    assert "mine.sample(1, temperature=0.5, seed=7, num_bars=8, qpm=120)" in shown["python"]
    tune = {**long, "verb": "compose", "form": "aba'", "section_bars": 4}
    shown = learned.post("/api/command", json=tune).json()
    assert "mine.tunes.compose(1, temperature=0.5" in shown["python"] and 'form="ABA\'"' in shown["python"]
    drummed = learned.post("/api/command", json={**recipe, "drums": 3}).json()
    assert "--mode=add_drums --midi=out/my_model_01.mid" in drummed["shell"]
    exec(drummed["python"], names)
    assert [note.pitch for note in names["piece"].notes if note.is_drum]
    assert "--section_bars=4" in shown["shell"] and "--form='ABA'" in shown["shell"]
