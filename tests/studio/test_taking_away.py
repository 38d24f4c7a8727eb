"""What leaves the studio: files, sound, favourites, and the command that makes the same."""

import io
import shlex
import shutil
import zipfile

import numpy as np
import pytest
from midime_scripts.common import command

import small_vae
from base_vae.readers.read import read_file
from tests.needs_fluidsynth import require_fluidsynth
from tests.scripts.commands import COMMANDS, reset_flags
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


FREELY = {"seed": 7, "temperature": 0.5}
AT_A_PLACE = {**FREELY, "verb": "play", "knobs": [0.25, 1, -1, 0], "variety": 0.5, "bars": 2}
TUNE = {**FREELY, "verb": "compose", "form": "ABA'", "section_bars": 4, "bars": 12}
RECIPES = {
    "knobs": [AT_A_PLACE],
    "a tune, varied, with more": [
        TUNE,
        {"verb": "vary", "amount": 0.3, "seed": 5, "temperature": 0.5},
        {"verb": "go_on", "bars": 4, "seed": 6, "temperature": 0.5},
    ],
    "knobs, faded": [AT_A_PLACE, {"verb": "fade", "attribute": "density", "amount": 0.5, "seed": 3}],
}


@pytest.fixture
def saved(learned, tmp_path, monkeypatch):
    """Works in a folder with the model saved as the page says."""
    personal = learned.studio.held.model.personal
    personal.save(str(tmp_path / "my_model"))
    monkeypatch.chdir(tmp_path)
    load, base = small_vae.load, personal.base  # which is there already
    monkeypatch.setattr(small_vae, "load", lambda path, **_: load(path, base=base))
    return tmp_path


def run_shell(text):
    """Runs the lines of a shell in this process: TensorFlow has started here already."""
    for line in text.replace("\\\n", "").splitlines():
        name, *arguments = shlex.split(line, comments=True) or ["#"]
        if name != "#":
            module, work = COMMANDS[name]
            reset_flags(module)
            assert command.run(work, module.FLAGS, module.USAGE, [name, *arguments]) == 0


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_commands_make_the_piece_again(learned, saved, recipe):
    """So does the Python."""
    piece = None
    for step in recipe:
        before = {"piece": {key: piece[key] for key in ("notes", "quarters", "beats")}} if piece else {}
        piece = verb(learned, step["verb"], **{**step, **before})
    shown = learned.post("/api/command", json={"steps": recipe, "qpm": 90}).json()
    run_shell(shown["shell"])
    written = [file for file in saved.glob("out/**/*.mid") if not file.stem.endswith("original")]
    last = max(written, key=lambda file: (len(file.parts), file.parts))  # out/3/ after out/2/ after out/
    notes, _ = music(last.read_bytes(), "mid", saved)
    assert notes == rows(piece["notes"])
    names = {}
    exec(shown["python"], names)
    assert rows_of(names["piece"], qpm=90) == rows(piece["notes"])


def test_what_begins_with_passages_is_made_again(learned, saved):
    """At temperature 0: a batch of one may round its latents otherwise than one of many."""
    moved = {"verb": "play", "place": 9, "knobs": [0.5, 1, -1, 0], "seed": 1, "temperature": 0}
    way = {"verb": "interpolate", "start": 0, "end": 9, "steps": 3, "seed": 1, "temperature": 0}
    for step in (moved, way):
        shown = learned.post("/api/command", json={"steps": [step], "qpm": 90}).json()
        expected = rows(verb(learned, step["verb"], **step)["notes"])
        names = {}
        exec(shown["python"], names)
        assert rows_of(names["piece"], qpm=90) == expected
        run_shell(shown["shell"])
        written = [music(file.read_bytes(), "mid", saved)[0] for file in sorted(saved.glob("out/*.mid"))]
        notes = [
            (pitch, start + 8 * i, end + 8 * i)
            for i, piece in enumerate(written)
            for pitch, start, end in piece
        ]
        assert rows(notes) == expected
        shutil.rmtree(saved / "out")


def test_the_python_of_a_way_goes_on_with_one_piece(learned, saved):
    way = {"verb": "interpolate", "start": 0, "end": 9, "steps": 3, "seed": 1, "temperature": 0}
    expected = rows(verb(learned, "interpolate", **way)["notes"])
    fields = {"steps": [way], "qpm": 90, "transpose": 2, "drums": 3}
    names = {}
    exec(learned.post("/api/command", json=fields).json()["python"], names)
    tune = sorted(note.pitch for note in names["piece"].notes if not note.is_drum)
    assert tune == sorted(pitch + 2 for pitch, *_ in expected) and len(tune) < len(names["piece"].notes)


def test_the_command_has_key_sound_and_drums(learned, saved):
    piece = verb(learned, "play", **AT_A_PLACE)
    settings = {"qpm": 90, "transpose": 2, "program": 40, "drums": 3}
    shown = learned.post("/api/command", json={"steps": [AT_A_PLACE], **settings}).json()
    assert "--program=41" in shown["shell"] and "+2 semitones" in shown["shell"]
    assert "--mode=add_drums \\\n    --midi=out/my_model_01.mid \\\n    --seed=3" in shown["shell"]
    names = {}
    exec(shown["python"], names)
    tune = [note for note in names["piece"].notes if not note.is_drum]
    assert sorted(note.pitch for note in tune) == sorted(pitch + 2 for pitch, *_ in piece["notes"])
    assert {note.program for note in tune} == {40} and len(tune) < len(names["piece"].notes)


@pytest.mark.parametrize(
    "steps", [[], 7, [{}, {"verb": "play"}], [{**TUNE, "bars": 0}], [AT_A_PLACE, {"verb": "rm", "amount": 1}]]
)
def test_a_recipe_of_something_else_is_refused(learned, steps):
    answer = learned.post("/api/command", json={"steps": steps, "qpm": 90})
    assert answer.status_code == 400 and answer.json()["error"]
