"""Generated music against references, from the command line."""

import functools
import json
import shutil
import sys
import types
import wave

import midime_scripts.evaluate_music as command
import note_seq
import numpy as np
import pytest

from base_vae.loading import load
from tests.needs_fluidsynth import require_fluidsynth
from tests.scripts.commands import midi_files
from tests.small_music import melody, write_midi


@pytest.fixture
def evaluate(as_installed):
    return functools.partial(as_installed, command)


@pytest.fixture(scope="module")
def generated(tmp_path_factory, base):
    """A folder of ten samples, one of them there twice, and a file that is none."""
    path = tmp_path_factory.mktemp("generated")
    for i, piece in enumerate(load(base).sample(10, temperature=1.0, seed=4)):
        note_seq.note_sequence_to_midi_file(piece, str(path / f"{i:02d}.mid"))
    shutil.copy(path / "03.mid", path / "again.mid")
    (path / "broken.mid").write_bytes(b"MThd")
    return path


def test_a_folder_against_two_references(evaluate, base, songs, generated, tmp_path):
    out = tmp_path / "out"
    code, said, error = evaluate(
        f"--generated={generated}", f"--reference={songs},{generated}", f"--training={generated}",
        f"--base={base}", f"--output_dir={out}",
    )  # fmt: skip
    assert code == 0, error
    assert "broken.mid" in said and "1 file left out" in said
    results = json.loads((out / "evaluation.json").read_text())
    text = (out / "evaluation.md").read_text()
    assert text.strip() in said
    assert sorted(file.name for file in out.iterdir()) == ["evaluation.json", "evaluation.md"]

    assert results["settings"]["generated"] == str(generated)
    assert results["generated"]["examples"] == 11
    assert results["generated"]["distinct"] == pytest.approx(10 / 11)
    assert results["generated"]["read"]["files_left_out"] == 1
    assert results["generated"]["standard"]["n_pitches_used"]["mean"] > 0
    assert list(results["references"]) == [songs, str(generated)]

    # Against itself: everything that two sets can have in common.
    same = results["references"][str(generated)]
    assert same["frechet"]["distance"] == pytest.approx(0, abs=1e-4)
    for feature in same["features"].values():
        assert feature["histograms"] == pytest.approx(1)
    other = results["references"][songs]
    assert other["frechet"]["distance"] > 0.01 and other["frechet"]["examples"][0] == 11
    assert other["features"]["note_count"]["histograms"] < 1
    assert results["copies"]["exact"] == results["copies"]["near"] == 1
    assert results["copies"]["nearest"][0]["training"].endswith("00.mid")

    for name in ("pitch_class_transitions", "Frechet", "muspy", "Copies of 11", "n_pitches_used"):
        assert name in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {8, 12, 5}  # of sets, of features, of muspy
    assert "nan" not in text.lower()


def test_a_loop_shows_and_a_copy_is_found_wherever_it_begins(evaluate, base, tmp_path):
    songs = [tuple(song) for song in np.random.default_rng(0).integers(50, 80, (3, 64)).tolist()]
    for number, song in enumerate(songs):
        write_midi(tmp_path / "songs" / f"{number}.mid", melody(song))
    second_and_third_bar = songs[0][4:12]
    write_midi(tmp_path / "loop.mid", melody(second_and_third_bar * 8))
    code, said, error = evaluate(
        f"--generated={tmp_path / 'loop.mid'}", f"--reference={tmp_path / 'songs'}",
        f"--training={tmp_path / 'songs'}", f"--base={base}", f"--output_dir={tmp_path / 'out'}", "--nomuspy",
    )  # fmt: skip
    assert code == 0, error
    results = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    generated = results["generated"]
    assert generated["examples"] == 8 and generated["distinct"] == 1 / 8
    assert generated["self_similarity"]["pieces"] == generated["self_similarity"]["nearest"] == 1
    assert results["copies"]["exact"] == 1
    (reference,) = results["references"].values()
    assert reference["set"]["examples"] == 24 and reference["set"]["distinct"] == 1
    assert reference["frechet"]["part_examples"] == [8, 16]
    assert "from half of the reference (16 examples): of 8 of the other half" in said


def test_the_same_seed_writes_the_same_bytes_and_draws(evaluate, base, songs, generated, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        code, said, error = evaluate(
            f"--generated={generated}", f"--reference={songs}", f"--base={base}", f"--seed={seed}",
            f"--output_dir={tmp_path / name}", "--max_examples=6", "--nomuspy",
        )  # fmt: skip
        assert code == 0, error
        assert "Copies: not counted" in said and "No standard metrics" in said
    texts = [(tmp_path / name / "evaluation.json").read_bytes() for name in "abc"]
    assert texts[0] == texts[1] != texts[2]
    results = json.loads(texts[0])
    (reference,) = results["references"].values()
    assert results["generated"]["examples"] == reference["set"]["examples"] == 6
    assert reference["frechet"]["shrunk"] and "covariances are shrunk" in said


def test_a_single_piece_has_what_a_single_piece_can_have(evaluate, base, songs, generated, tmp_path):
    code, said, error = evaluate(
        f"--generated={generated / '00.mid'}", f"--reference={songs}", f"--base={base}",
        f"--output_dir={tmp_path}",
    )  # fmt: skip
    assert code == 0, error
    results = json.loads((tmp_path / "evaluation.json").read_text())
    (reference,) = results["references"].values()
    assert reference["frechet"] is None and "Frechet distance: n/a" in said
    note = reference["features"]["pitch_count"]["generated"]["note"]
    assert note == "fewer than two pieces have it" and note in said


def test_a_reference_that_cannot_be_read_is_named_and_the_others_are_measured(
    evaluate, base, songs, generated, tmp_path
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.mid").write_bytes(b"MThd")
    bad = f"{tmp_path / 'empty'},{tmp_path / 'broken'}"
    given = (f"--generated={generated}", f"--base={base}", f"--output_dir={tmp_path / 'out'}", "--nomuspy")
    code, said, error = evaluate(f"--reference={bad},{songs}", *given)
    assert code == 0, error
    assert error.count("left out: --reference: ") == 2
    assert str(tmp_path / "empty") in error and str(tmp_path / "broken") in error
    assert "No standard metrics: --nomuspy" in said
    results = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert list(results["references"]) == [songs] and results["references"][songs]["frechet"]
    code, _, error = evaluate(f"--reference={bad}", *given)
    assert code == 1 and error.startswith("error: --reference: ") and error.count("\n") == 1
    assert str(tmp_path / "empty") in error and str(tmp_path / "broken") in error


def test_a_broken_muspy_costs_its_metrics_alone(evaluate, base, songs, generated, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "muspy", types.ModuleType("muspy"))
    given = (f"--generated={generated}", f"--reference={songs}", f"--base={base}", f"--output_dir={tmp_path}")
    code, said, error = evaluate(*given)
    assert code == 0, error
    assert "No standard metrics: muspy" in said and "is installed but does not work" in said
    results = json.loads((tmp_path / "evaluation.json").read_text())
    assert results["generated"]["standard"] == {} and results["references"][songs]["features"]
    code, _, error = evaluate(*given, "--muspy")
    assert code == 1 and "is installed but does not work (AttributeError: " in error


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "--generated, --reference, --output_dir must be given"),
        (["--generated=ABSENT", "--reference=SONGS", "--output_dir=OUT"], "--generated: "),
        (["--generated=SONGS", "--reference=ABSENT", "--output_dir=OUT"], "--reference: "),
        (["--generated=SONGS", "--reference=SONGS", "--output_dir=OUT", "--base=mel_9bar"], "no model"),
        (["--generated=SONGS", "--reference=SONGS", "--output_dir=OUT", "--max_examples=1"], "max_examples"),
    ],
)
def test_mistakes(evaluate, songs, base, tmp_path, argv, message):
    names = {"OUT": str(tmp_path / "out"), "SONGS": songs, "ABSENT": str(tmp_path / "absent")}
    for name, value in names.items():
        argv = [argument.replace(name, value) for argument in argv]
    if argv and not any("base" in argument for argument in argv):
        argv.append(f"--base={base}")
    code, _, error = evaluate(*argv)
    assert code == 1 and message in error and error.startswith("error: ")
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("name", ["midime_generate", "music_vae_generate"])
def test_music_with_sound(run, base, songs, tmp_path, name):
    require_fluidsynth()
    given = (
        [f"--midi={songs}", f"--base={base}", "--seed=1"]
        if name == "midime_generate"
        else [f"--checkpoint_file={base}"]
    )
    code, _, error = run(name, *given, f"--output_dir={tmp_path}", "--num_outputs=2", "--audio")
    assert code == 0, error
    for file in midi_files(tmp_path):
        with wave.open(str(file.with_suffix(".wav")), "rb") as sound:
            assert sound.getnframes() > 44_100
    assert len(list(tmp_path.glob("*.wav"))) == 2
    code, _, error = run(name, *given, f"--output_dir={tmp_path / 'no'}", "--sound_font=x.sf2")
    assert code == 1 and "--sound_font goes with --audio" in error
    code, _, error = run(name, *given, f"--output_dir={tmp_path / 'no'}", "--audio", "--sound_font=x.sf2")
    assert code == 1 and "there is no sound font x.sf2" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    ["cat-drums_2bar_small", "groovae_2bar_humanize", "flat-trio_16bar", "hier-multiperf_vel_1bar_med"],
)
def test_music_of_other_kinds(evaluate, saved, tmp_path, name):
    path, _ = saved(name)
    model = load(path)
    for folder, seed in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        for i, piece in enumerate(model.sample(4, temperature=1.0, seed=seed)):
            note_seq.note_sequence_to_midi_file(piece, str(tmp_path / folder / f"{i}.mid"))
    code, _, error = evaluate(
        f"--generated={tmp_path / 'a'}", f"--reference={tmp_path / 'b'}", f"--training={tmp_path / 'a'}",
        f"--base={path}", f"--output_dir={tmp_path / 'out'}",
    )  # fmt: skip
    assert code == 0, error
    results = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert results["generated"]["examples"] == 4 and results["copies"]["exact"] == 1
    (reference,) = results["references"].values()
    assert reference["frechet"]["distance"] >= 0
    assert reference["features"]["onset_position"]["inter"] > 0
    drums = name in ("cat-drums_2bar_small", "groovae_2bar_humanize")
    assert (reference["features"]["pitch_class"]["inter"] is None) == drums
    assert (results["generated"]["self_similarity"]["bars"] is None) == name.startswith("hier-multiperf")
