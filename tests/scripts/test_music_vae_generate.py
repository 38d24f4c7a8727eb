"""Music from a base, from the command line."""

import csv

import numpy as np
import pytest

from base_vae.checkpoints.magenta.checkpoint import write_checkpoint
from base_vae.converters.harmony.chords import chord_id
from base_vae.loading import load
from base_vae.readers.read import read_file
from tests.scripts.commands import midi_files
from tests.tiny_models import CONFIG, lively_model


def read_back(model, path):
    """The example in each MIDI file of a folder."""
    return model.arrays([read_file(file).sequences[0] for file in midi_files(path)])


def two_bars(model, path, n=2):
    """Files of music of the model's own length."""
    import note_seq

    for number, piece in enumerate(model.sample(n, temperature=1.0, seed=8)):
        note_seq.note_sequence_to_midi_file(piece, str(path / f"in_{number}.mid"))
    return [str(path / f"in_{number}.mid") for number in range(n)]


@pytest.mark.parametrize(
    "name",
    ["cat-drums_2bar_small", "groovae_2bar_humanize", "flat-trio_16bar", "hier-multiperf_vel_1bar_med"],
)
def test_files_read_back_as_what_the_model_said(run, saved, tmp_path, name):
    path, _ = saved(name)
    code, _, error = run(
        "music_vae_generate", f"--checkpoint_file={path}", f"--output_dir={tmp_path}", "--num_outputs=3",
        "--temperature=1", "--seed=4", "--qpm=90",
    )  # fmt: skip
    assert code == 0, error
    model = load(path)
    z = np.random.default_rng(4).standard_normal((3, model.z_size), np.float32)
    said, found = model.decode_arrays(z, temperature=1.0, seed=4), read_back(model, tmp_path)
    assert np.any(said != model.config.converter.canonical(np.zeros_like(said[0])))
    if said.dtype == np.float32:  # a MIDI file's ticks are coarser than microtiming
        np.testing.assert_array_equal(found[..., :2], said[..., :2])
        np.testing.assert_allclose(found, said, atol=2 * 4 / 220)
    else:
        np.testing.assert_array_equal(found, said)
    assert read_file(midi_files(tmp_path)[0]).as_read[0].piece.qpm == pytest.approx(90, abs=1e-3)


def test_one_z_for_all(run, base, tmp_path):
    for flag in ("--same_z", "--nosame_z"):
        code, _, error = run(
            "music_vae_generate", f"--checkpoint_file={base}", f"--output_dir={tmp_path / flag}", flag,
            "--num_outputs=4", "--temperature=0",
        )  # fmt: skip
        assert code == 0, error
    model = load(base)
    same, others = (read_back(model, tmp_path / flag) for flag in ("--same_z", "--nosame_z"))
    assert np.all(same == same[0]) and np.any(others != others[0])


def test_an_interpolation_and_its_picture(run, base, tmp_path):
    model = load(base)
    start, end = two_bars(model, tmp_path)
    code, _, error = run(
        "music_vae_generate", "--mode=interpolate", f"--checkpoint_file={base}", "--num_outputs=3",
        f"--output_dir={tmp_path / 'out'}", f"--input_midi_1={start}", f"--input_midi_2={end}",
        "--temperature=0", "--plot",
    )  # fmt: skip
    assert code == 0, error
    found = read_back(model, tmp_path / "out")
    ends = [read_file(path).sequences[0] for path in (start, end)]
    np.testing.assert_array_equal(found[[0, -1]], model.arrays(model.reconstruct(ends)))
    assert len(list((tmp_path / "out").glob("*.png"))) == 1


def test_inputs_that_are_too_long_are_cut_into_examples(run, base, songs, tmp_path):
    (short,) = two_bars(load(base), tmp_path, 1)
    code, _, error = run(
        "music_vae_generate", "--mode=interpolate", f"--checkpoint_file={base}",
        f"--output_dir={tmp_path / 'out'}", f"--input_midi_1={songs}/song_0.mid", f"--input_midi_2={short}",
    )  # fmt: skip
    assert code == 1
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names[0] == "input_1_extracted_01.mid" and len(names) > 3
    assert "song_0.mid" in error and "the model takes 32" in error and error.count("\n") == 1
    assert f"wrote the {len(names)} examples" in error and names[0] in error and short not in error
    extracted = tmp_path / "out" / names[0]
    code, _, error = run(
        "music_vae_generate", "--mode=interpolate", f"--checkpoint_file={base}", "--num_outputs=2",
        f"--output_dir={tmp_path / 'then'}", f"--input_midi_1={extracted}", f"--input_midi_2={short}",
    )  # fmt: skip
    assert code == 0, error
    assert len(midi_files(tmp_path / "then")) == 2


@pytest.mark.parametrize("name", ["cat-mel_2bar_small", "hier-multiperf_vel_1bar_med"])
def test_reconstructions_beside_their_originals(run, saved, tmp_path, name):
    path, config = saved(name)
    model = load(path)
    source, _ = two_bars(model, tmp_path)
    code, said, error = run(
        "music_vae_generate", "--mode=reconstruct", f"--checkpoint_file={path}",
        f"--output_dir={tmp_path / 'out'}", f"--input_midi_1={source}", "--temperature=0",
    )  # fmt: skip
    assert code == 0, error
    assert "in_0.mid" in said
    files = midi_files(tmp_path / "out")
    assert ["original" in file.name for file in files] == [True, False]
    original, again = (model.arrays([read_file(file).sequences[0]]) for file in files)
    np.testing.assert_array_equal(
        again, model.decode_arrays(model.encode_arrays(original).mu, controls=original)
    )
    (table,) = (tmp_path / "out").glob("*_probabilities.csv")
    rows = list(csv.DictReader(table.open()))
    assert list(rows[0]) == ["example", "step", "original", "reconstruction"]
    expected = model.step_probabilities(original)[0]
    for row in rows:
        if row["original"]:
            assert float(row["original"]) == pytest.approx(expected[int(row["step"]) - 1], rel=1e-4)
        assert all(0 <= float(row[column] or 0) <= 1 for column in ("original", "reconstruction"))
    if name.startswith("cat"):
        assert [int(row["step"]) for row in rows] == list(range(1, 33))
    else:  # what is past the end of an instrument has no probability
        assert len(rows) < config.hparams.max_seq_len
        said = np.flatnonzero(original[0] >= 0)
        assert [int(row["step"]) - 1 for row in rows if row["original"]] == said.tolist()


def test_a_melody_over_chords(run, saved, tmp_path):
    path, config = saved("cat-mel_2bar_med_chords")
    common = ("music_vae_generate", f"--checkpoint_file={path}", "--num_outputs=2", "--temperature=1")
    for name, chords in (("four", "C G Am F"), ("one", "Em"), ("none", None)):
        flags = [f"--chords={chords}"] if chords else []
        code, _, error = run(*common, f"--output_dir={tmp_path / name}", *flags)
        assert code == 0, error
    model = load(path)
    ids = [chord_id(figure) for figure in ("C", "G", "Am", "F")]
    like = config.converter.controls_from_chords(np.array(ids))
    np.testing.assert_array_equal(like[0, ::8, 1], ids)
    melodies_said = {name: read_back(model, tmp_path / name)[..., 0] for name in ("four", "one", "none")}
    z = np.random.default_rng(0).standard_normal((2, model.z_size), np.float32)
    np.testing.assert_array_equal(
        melodies_said["four"], model.decode_arrays(z, temperature=1.0, controls=like)[..., 0]
    )
    assert np.any(melodies_said["four"] != melodies_said["one"])
    assert np.any(melodies_said["none"] != melodies_said["one"])
    for chords, message in (("C Hm", "unknown chords in --chords: Hm"), ("C G F", "1, 2 or 4 of them")):
        code, _, error = run(*common, f"--output_dir={tmp_path / 'wrong'}", f"--chords={chords}")
        assert code == 1 and message in error and error.count("\n") == 1
    code, _, error = run(
        *common, f"--output_dir={tmp_path / 'as'}", f"--input_midi_1={midi_files(tmp_path / 'one')[0]}"
    )
    assert code == 0, error


def test_a_bar_for_each_chord_where_a_model_has_one(run, saved, tmp_path):
    path, _ = saved("hier-multiperf_vel_1bar_med_chords")
    code, _, error = run(
        "music_vae_generate", f"--checkpoint_file={path}", "--num_outputs=2", "--temperature=1",
        f"--output_dir={tmp_path}", "--chords=C G Am",
    )  # fmt: skip
    assert code == 0, error
    for file in midi_files(tmp_path):
        starts = read_file(file).as_read[0].piece.start
        assert 4.0 <= starts.max() < 6.0  # the third bar


def test_given_hits_are_played(run, saved, base, tmp_path):
    path, _ = saved("groovae_2bar_hits_control_tfds")
    model = load(path)
    given = two_bars(load(saved("groovae_2bar_humanize")[0]), tmp_path)[0]
    common = ("music_vae_generate", f"--output_dir={tmp_path / 'out'}", "--num_outputs=2", "--temperature=1")
    code, _, error = run(*common, f"--checkpoint_file={path}")
    assert code == 1 and "--input_midi_1" in error
    code, _, error = run(*common, f"--checkpoint_file={path}", f"--input_midi_1={given}")
    assert code == 0, error
    like = model.arrays([read_file(given).sequences[0]])
    z = np.random.default_rng(0).standard_normal((2, model.z_size), np.float32)
    expected = model.decode_arrays(z, temperature=1.0, controls=like)
    np.testing.assert_array_equal(read_back(model, tmp_path / "out")[..., 0], expected[..., 0])
    for flag in ("--chords=C", f"--input_midi_1={given}"):
        code, _, error = run(*common, f"--checkpoint_file={base}", flag)
        assert code == 1 and error.count("\n") == 1
        assert "takes no chords" in error or "has neither" in error


def test_a_checkpoint_of_the_original(run, tmp_path):
    model = lively_model()
    write_checkpoint(model, tmp_path / "model.ckpt-3")
    sizes = {name: getattr(CONFIG.hparams, name) for name in ("z_size", "enc_rnn_size", "dec_rnn_size")}
    lines = [f"{name} = {list(v) if isinstance(v, tuple) else v}" for name, v in sizes.items()]
    config = tmp_path / "mine.toml"
    config.write_text("\n".join(['base = "cat-mel_2bar_small"', "[hparams]", *lines]))
    code, _, error = run(
        "music_vae_generate", f"--config={config}", f"--checkpoint_file={tmp_path / 'model.ckpt-3'}",
        f"--output_dir={tmp_path / 'out'}", "--num_outputs=2",
    )  # fmt: skip
    assert code == 0, error
    assert len(midi_files(tmp_path / "out")) == 2
    code, _, error = run(
        "music_vae_generate", "--config=cat-drums_2bar_small", f"--output_dir={tmp_path / 'wrong'}",
        f"--checkpoint_file={tmp_path / 'model.ckpt-3'}",
    )  # fmt: skip
    assert code == 1 and error.count("\n") == 1


def test_a_model_must_be_what_the_config_says(run, base, tmp_path):
    code, _, error = run(
        "music_vae_generate", "--config=groovae_4bar", f"--checkpoint_file={base}", f"--output_dir={tmp_path}"
    )
    assert code == 1 and "is of config cat-mel_2bar_small, not groovae_4bar" in error
