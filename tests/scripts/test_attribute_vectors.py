"""Attribute vectors from the command line: computed, applied, judged."""

import functools
import re
import subprocess
import sys

import note_seq
import numpy as np
import pytest
from midime_scripts import attribute_vectors

from base_vae.attributes import ATTRIBUTES, AttributeVectors, attributes_for
from base_vae.data.stretches import stretches
from base_vae.loading import load
from base_vae.metrics import attribute_response
from base_vae.readers.read import read_file
from base_vae.training import attribute_tuning
from tests.attributes.test_attributes import piece
from tests.scripts.commands import midi_files
from tests.table_text import narrow

_DENSITY = f"density ({ATTRIBUTES['density'].unit})"


@pytest.fixture
def run(as_installed):
    return functools.partial(as_installed, attribute_vectors)


@pytest.fixture
def with_vectors(run, base, songs, tmp_path):
    """A folder with vectors for the base."""
    code, said, error = run(
        "compute", f"--checkpoint_file={base}", f"--examples_path={songs}",
        f"--output_dir={tmp_path / 'vectors'}", "--keep_all",
    )  # fmt: skip
    assert code == 0, error
    return tmp_path / "vectors", said


def test_compute(with_vectors, base):
    folder, said = with_vectors
    vectors = AttributeVectors.load(folder)
    model = load(base)
    assert list(vectors) == [attribute.name for attribute in attributes_for(model.config.converter)]
    assert vectors.more.shape[1] == model.z_size
    assert "| cosine | c_major | density |" in narrow(said)


def test_compute_beside_the_model_chosen_ones_at_right_angles(run, saved, songs):
    path, _ = saved("cat-mel_2bar_small")
    code, _, error = run(
        "--mode=compute", f"--checkpoint_file={path}", f"--examples_path={songs}",
        "--attributes=density,mean_pitch,interval", "--orthogonal", "--num_examples=20", "--seed=3",
        "--keep_all",
    )  # fmt: skip
    assert code == 0, error
    vectors = load(path).attributes
    assert list(vectors) == ["density", "mean_pitch", "interval"]
    np.testing.assert_allclose(vectors.correlations(), np.eye(3), atol=1e-5)
    assert np.all(vectors.counts.sum(1) <= 20)


def test_compute_tuned(run, base, songs, with_vectors, tmp_path, monkeypatch):
    """For two rounds, which change little; see test_tuning."""
    monkeypatch.setattr(
        attribute_tuning, "tune", functools.partial(attribute_tuning.tune, rounds=2, pieces=8)
    )
    code, _, error = run(
        "compute", f"--checkpoint_file={base}", f"--examples_path={songs}", "--attributes=mean_pitch",
        "--tune", "--keep_all", f"--output_dir={tmp_path / 'tuned'}",
    )  # fmt: skip
    assert code == 0, error
    assert "1 of 1 attribute vectors" in error
    plain = AttributeVectors.load(with_vectors[0]).chosen(["mean_pitch"])
    tuned = AttributeVectors.load(tmp_path / "tuned")
    assert tuned.names == plain.names
    assert np.all(plain.straightness() > 0.999) and 0.9 < tuned.straightness()[0] < 0.9999
    np.testing.assert_array_equal(tuned.thresholds, plain.thresholds)


def test_what_never_changes_is_left_out_by_name(run, base, tmp_path):
    for i in range(3):  # four notes on the beats of both bars, from three pitches up
        notes = [(4 * beat, 4 * beat + 2, 60 + beat % 4 + i * (1 + beat // 4)) for beat in range(8)]
        note_seq.note_sequence_to_midi_file(piece(*notes, bars=2), str(tmp_path / f"{i}.mid"))
    argv = ("compute", f"--checkpoint_file={base}", f"--examples_path={tmp_path}", "--keep_all")
    code, said, error = run(*argv, f"--output_dir={tmp_path / 'out'}")
    assert code == 0, error
    left_out = next(line for line in said.splitlines() if line.startswith("left out"))
    assert "density" in left_out and "rests" in left_out and "mean_pitch" not in left_out
    assert "mean_pitch" in AttributeVectors.load(tmp_path / "out")
    code, _, error = run(*argv, "--attributes=density,rests", f"--output_dir={tmp_path / 'none'}")
    assert code == 1 and "no attribute changes in this music" in error
    assert not (tmp_path / "none").exists()


def test_vectors_that_change_too_much_else_are_dropped_by_name(run, base, songs, tmp_path):
    argv = ("compute", f"--checkpoint_file={base}", f"--examples_path={songs}")
    code, said, error = run(*argv, "--attributes=density,interval", f"--output_dir={tmp_path / 'out'}")
    assert "| more density |" in narrow(said) and "dropped" in said  # the base has random weights
    if code:
        assert "--keep_all" in error and not (tmp_path / "out").exists()
    else:
        assert set(AttributeVectors.load(tmp_path / "out")) <= {"density", "interval"}


def versions_in(folder, model):
    """The stretches of the one piece in a folder, by what was done to it."""
    found = {}
    for file in midi_files(folder):
        word = file.stem.rpartition("_")[2]
        assert word not in found
        ((found[word], qpm, _),) = stretches(model, [str(file)])[0].values()
        assert qpm == pytest.approx(90, abs=1e-3)
    return found


def test_apply_changes_a_whole_piece(run, base, with_vectors, tmp_path):
    """Of 12 bars, the first of them silent and every other stretch the same: six stretches."""
    folder, _ = with_vectors
    notes = [
        (16 * bar + 4 * beat, 16 * bar + 4 * beat + 4, 60 + bar % 4 + beat)
        for bar in range(1, 12)
        for beat in range(4)
    ]
    note_seq.note_sequence_to_midi_file(piece(*notes, bars=12, qpm=90.0), str(tmp_path / "song.mid"))
    code, said, error = run(
        "apply", f"--checkpoint_file={base}", f"--vectors={folder}", f"--midi={tmp_path}/song.mid",
        "--attribute=density", "--amount=1.5", "--attribute=mean_pitch", "--amount=-0.5", "--method=vectors",
        f"--output_dir={tmp_path / 'out'}",
    )  # fmt: skip
    assert code == 0, error
    assert all(file.name.startswith("song_") for file in midi_files(tmp_path / "out"))
    model, vectors = load(base), AttributeVectors.load(folder)
    ((arrays, *_),) = stretches(model, [str(tmp_path / "song.mid")])[0].values()
    assert len(arrays) == 6
    written = versions_in(tmp_path / "out", model)
    np.testing.assert_array_equal(written.pop("original"), arrays)
    z = model.encode_arrays(arrays).mu
    moved = z + np.float32(1.5) * vectors["density"] - np.float32(0.5) * vectors["mean_pitch"]
    expected = {"before": model.decode_arrays(z), "after": model.decode_arrays(moved)}
    assert np.any(expected["before"] != expected["after"])
    assert set(written) == set(expected)
    for word, version in expected.items():
        last = np.flatnonzero(version.any(1)).max(initial=0) + 1  # silence at the end is not in a file
        np.testing.assert_array_equal(written[word][:last], version[:last])
    row = next(line for line in narrow(said).splitlines() if line.startswith("| density "))
    notes = [np.mean(np.sum(each >= 2, axis=1)) / 2 for each in (arrays, *expected.values())]
    assert row == "| density | notes a bar | +1.5 | " + " | ".join(f"{value:.2f}" for value in notes) + " |"
    assert "| mean of 6 stretches of 2 bars | unit |" in narrow(said)
    assert all(f"| {a.name} " in said for a in attributes_for(model.config.converter))


def test_a_sweep_of_a_tune_for_the_flute(run, base, songs, with_vectors, tmp_path):
    folder, _ = with_vectors
    (tune,) = read_file(f"{songs}/song_1.mid").sequences
    for note in tune.notes:
        note.program = 73
    note_seq.note_sequence_to_midi_file(tune, str(tmp_path / "flute.mid"))
    code, said, error = run(
        "apply", f"--checkpoint_file={base}", f"--vectors={folder}",
        f"--midi={tmp_path}/flute.mid", "--attribute=density", "--amount=2", "--sweep", "--steps=3",
        "--method=vectors",
        f"--output_dir={tmp_path / 'out'}",
    )  # fmt: skip
    assert code == 0, error
    contents = {file.stem.rpartition("_")[2]: file.read_bytes() for file in midi_files(tmp_path / "out")}
    for file in midi_files(tmp_path / "out"):
        (read,) = read_file(file).sequences
        assert {note.program for note in read.notes} <= {73}
    assert set(contents) == {"original", "before", "after", "sweep-100", "sweep+0", "sweep+100"}
    assert contents["sweep+0"] == contents["before"] and contents["sweep+100"] == contents["after"]
    assert contents["sweep-100"] != contents["after"]
    assert "| sweep-100 | sweep+0 | sweep+100 |" in narrow(said)


@pytest.mark.parametrize(
    "name",
    [
        "groovae_2bar_hits_control_tfds",
        "flat-trio_16bar",
        "hier-multiperf_vel_1bar_med",
    ],
)
def test_every_kind_of_base(run, saved, tmp_path, name):
    path, _ = saved(name)
    model = load(path)
    (tmp_path / "music").mkdir()
    z = 2 * np.random.default_rng(0).standard_normal((12, model.z_size))
    for i, music in enumerate(model.decode(z, temperature=1.0, seed=2)):
        note_seq.note_sequence_to_midi_file(music, str(tmp_path / "music" / f"{i}.mid"))
    model_flag = f"--checkpoint_file={path}"
    code, said, error = run("compute", model_flag, f"--examples_path={tmp_path / 'music'}", "--keep_all")
    assert code == 0, error
    assert "density" in load(path).attributes
    code, _, error = run(
        "apply", model_flag, f"--midi={tmp_path / 'music'}", "--attribute=density", "--method=vectors",
        f"--output_dir={tmp_path / 'out'}",
    )  # fmt: skip
    assert code == 0, error
    files = len(midi_files(tmp_path / "out"))
    assert files and files % 3 == 0
    code, said, error = run(
        "evaluate", model_flag, f"--examples_path={tmp_path / 'music'}", "--num_pieces=4",
        "--steps=3", "--attributes=density",
    )  # fmt: skip
    assert code == 0, error
    assert narrow(said).count("density |") >= 2
    if "hits" in name:  # samples of the prior are given the hits of the music, or they would be silent
        lines = narrow(said).splitlines()
        column = next(line for line in lines if "change of" in line).split(" | ").index(_DENSITY)
        before = [line.split(" | ")[column] for line in lines if line.startswith("| before ")]
        assert len(before) == 2 and all(float(notes) > 0 for notes in before)


def test_evaluate(run, base, songs, with_vectors, tmp_path):
    folder, _ = with_vectors
    argv = (
        "evaluate", f"--checkpoint_file={base}", f"--vectors={folder}",
        f"--examples_path={songs}", "--num_pieces=10", "--steps=5", "--amount=2",
        "--attributes=density,interval",
    )  # fmt: skip
    code, said, error = run(*argv, f"--output_dir={tmp_path / 'a'}")
    assert code == 0, error
    assert "10 pieces: samples from the prior; amounts -2 to 2" in said and "| -2 interval |" in narrow(said)
    assert (tmp_path / "a" / "attributes.md").read_text().strip() in said
    prior, real = attribute_response.load(tmp_path / "a" / "attributes.json")
    assert prior.vectors == real.vectors == ("density", "interval") and real.pieces == 10
    assert set(prior.attributes) == {a.name for a in attributes_for(load(base).config.converter)}
    assert np.any(prior.change != 0) and np.any(prior.change != real.change)
    code, _, error = run(*argv, f"--output_dir={tmp_path / 'b'}")
    assert code == 0, error
    for name in ("attributes.md", "attributes.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "say what to do first: compute, apply, evaluate"),
        (["draw"], "--mode must be one of compute, apply, evaluate (received 'draw')"),
        (["evalute"], "--mode must be one of evaluate, compute, apply (received 'evalute')"),
        (["compute"], "--examples_path must be given"),
        (["apply", "--midi=a.mid"], "--output_dir must be given"),
        (["apply", "--midi=a.mid", "--output_dir=x"], "--attribute must be given"),
        (["apply", "--midi=a.mid", "--output_dir=x", "--method=x"], "--method must be one of"),
        (
            ["apply", "--midi=a.mid", "--output_dir=x", "--method=vectors", "--attribute=density=8"],
            "--method=vectors takes amounts alone",
        ),
        (
            ["apply", "--midi=a.mid", "--output_dir=x", "--attribute=density=x"],
            "is asked for like density:+1",
        ),
        (["apply", "density"], "unexpected argument 'density'"),
        (
            ["compute", "--examples_path=x", "--attributes=densty"],
            "unknown attributes densty; known are density, ",
        ),
        (["compute", "--examples_path=x"], "mel_2bar has no folder of yours to keep the vectors in"),
        (["evaluate", "--sweep"], "--sweep goes with apply (received evaluate)"),
        (["evaluate", "--tune"], "--tune goes with compute (received evaluate)"),
        (["evaluate", "--amount=1", "--amount=2"], "evaluate takes one --amount"),
        (
            ["apply", "--midi=x", "--output_dir=y", "--attribute=density", "--amount=1", "--amount=2"],
            "an --amount for each in the same order",
        ),
        (
            ["apply", "--midi=x", "--output_dir=y", "--attribute=density", "--attribute=density"],
            "give each --attribute once",
        ),
        (
            ["apply", "--midi=x", "--output_dir=y", "--attribute=density", "--sweep", "--steps=1"],
            "--steps of a sweep must be within 2 and 201 (received 1)",
        ),
        (["evaluate", "--amount=0"], "the largest amount must be above 0"),
        (["evaluate", "--steps=4"], "an odd number from 3 on"),
    ],
)
def test_mistakes(run, argv, message):
    code, _, error = run(*argv)
    assert code == 1 and message in error and error.count("\n") == 1


def test_an_attribute_without_a_vector(run, base, with_vectors, songs, tmp_path):
    folder, _ = with_vectors
    code, _, error = run(
        "apply", f"--checkpoint_file={base}", f"--vectors={folder}", f"--midi={songs}",
        "--attribute=swing", "--method=vectors", f"--output_dir={tmp_path / 'out'}",
    )  # fmt: skip
    assert code == 1 and "no attribute vectors for swing; it has c_major" in error
    assert not (tmp_path / "out").exists()
    assert "swing" in ATTRIBUTES


def test_help_and_mistakes_need_no_tensorflow():
    code = (
        "import sys; from midime_scripts import attribute_vectors as a\n"
        "from midime_scripts.common import command\n"
        "assert command.run(a.attribute_vectors, a.FLAGS, a.USAGE, ['x', '--help']) == 0\n"
        "a.FLAGS.unparse_flags(); a.FLAGS['help'].unparse()\n"
        "argv = ['x', 'evaluate', '--attributes=densty']\n"
        "assert command.run(a.attribute_vectors, a.FLAGS, a.USAGE, argv, first_word='mode') == 1\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "attribute_vectors apply --midi=song.mid" in done.stdout and "--orthogonal" in done.stdout
    assert "unknown attributes densty" in done.stderr


def test_the_help_names_every_attribute():
    words = set(re.findall(r"\w+", attribute_vectors.USAGE))
    assert words >= set(ATTRIBUTES)
