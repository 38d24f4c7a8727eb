"""latent_plot: pictures of real tunes by the bundled base, and a report that opens without a network."""

import dataclasses
import functools
import re
import shutil
import subprocess
import sys
import types
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from midime_scripts import latent_plot
from midime_scripts.common.inputs import controls_for
from midime_scripts.report.material import Material

import base_vae
import small_vae
from base_vae import loading
from base_vae.configs.presets import get_preset as get_base_preset
from base_vae.errors import UserError
from base_vae.metrics.attribute_response import save
from base_vae.plots.page import Picture
from base_vae.training.train import RunSettings, train
from small_vae.config import get_preset
from small_vae.training import personalize
from tests.paths import EXAMPLES
from tests.plots.known_response import response
from tests.scripts.commands import reset_flags
from tests.small_music import melody, write_midi
from tests.tiny_models import CONFIG, melodies

REELS = f"--examples_path={EXAMPLES / 'reels'}"


@pytest.fixture(scope="module", autouse=True)
def models_are_loaded_once():
    """Each model is compiled once for all pictures of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "load", functools.cache(loading.load))
        patch.setattr(small_vae, "load", functools.cache(small_vae.load), raising=False)
        yield


@pytest.fixture
def plot(as_installed):
    return functools.partial(as_installed, latent_plot)


@pytest.fixture(scope="module")
def personal(tmp_path_factory, base):
    """Folder of a personal model of the reels over that base."""
    path = tmp_path_factory.mktemp("personal") / "mine"
    preset = get_preset("ae-mel_2bar")
    preset = dataclasses.replace(preset, hparams=dataclasses.replace(preset.hparams, num_steps=4))
    personalize(base_vae.load(base), EXAMPLES / "reels", config=preset).save(path)
    return str(path)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    """A run folder of six steps."""
    path = tmp_path_factory.mktemp("runs") / "short"
    train(CONFIG, melodies(8), path, RunSettings(num_steps=6, checkpoint_steps=2))
    return str(path)


def test_pictures_of_an_earlier_checkpoint(plot, tmp_path, run_dir):
    flags = (f"--run_dir={run_dir}", "--step=2", f"--output_dir={tmp_path}", "--format=svg")
    code, _, err = plot("rolls", *flags)
    assert code == 0, err
    assert names(tmp_path) == ["rolls.svg"]


def names(path):
    return sorted(file.name for file in Path(path).iterdir())


def test_every_mode_has_its_line_in_the_help_and_its_picture():
    from midime_scripts.report.pictures import MODES

    assert {*MODES, latent_plot.REPORT} == set(latent_plot.MODES)
    for mode in latent_plot.MODES:
        assert re.search(rf"^  {mode} ", latent_plot.USAGE, re.MULTILINE)


def test_rolls_of_the_examples_as_png_and_svg(plot, tmp_path):
    code, out, _ = plot(
        "rolls", "--config=cat-mel_2bar_small", REELS, f"--output_dir={tmp_path}", "--num_outputs=2"
    )
    assert code == 0 and names(tmp_path) == ["rolls.png", "rolls.svg"]
    assert str(tmp_path / "rolls.svg") in out
    assert ElementTree.parse(tmp_path / "rolls.svg").getroot().tag.endswith("svg")
    assert imread(tmp_path / "rolls.png").shape[1] > 1000


@pytest.mark.parametrize(
    "mode,more,times",
    [
        ("map", ["--colour_by=file"], 1),
        ("map", ["--colour_by=density", "--projection=tsne"], 2),
        ("map", ["--colour_by=crowding"], 1),
        ("interpolation", ["--num_steps=3"], 2),
        ("distances", ["--num_steps=3", "--num_pairs=4"], 1),
        ("reconstruction", ["--num_outputs=2"], 1),
        ("posterior", [], 1),
    ],
)
def test_the_same_seed_is_the_same_picture(plot, tmp_path, base, mode, more, times):
    flags = [REELS, f"--data_path={EXAMPLES / 'hymns'}", f"--checkpoint_file={base}", "--format=svg"]
    drawn = set()
    for _ in range(times):
        code, _, err = plot(f"--mode={mode}", *flags, *more, f"--output_dir={tmp_path}")
        assert code == 0, err
        assert names(tmp_path) == [f"{mode}.svg"]
        drawn.add((tmp_path / f"{mode}.svg").read_bytes())
    assert len(drawn) == 1


@pytest.mark.parametrize(
    "mode,more",
    [
        ("rolls", []),
        ("personal_map", [REELS]),
        ("personal_map", [REELS, "--colour_by=crowding"]),
        ("knob_grid", ["--knobs=4,2"]),
        ("knob_sweep", []),
    ],
)
def test_pictures_of_a_personal_model(plot, tmp_path, personal, mode, more):
    code, _, err = plot(mode, *more, f"--model={personal}", "--format=png", f"--output_dir={tmp_path}")
    assert code == 0, err
    assert names(tmp_path) == [f"{mode}.png"]


def test_what_a_model_was_not_asked_for_is_no_reason_for_a_report_to_fail(plot, tmp_path, run_dir):
    code, out, err = plot("report", f"--run_dir={run_dir}", REELS, "--num_pairs=4", "--num_steps=3")
    assert code == 0, err
    page = (Path(run_dir) / "report.html").read_text("utf-8")
    shown = re.findall(r'<h2 id="(\w+)">', page)
    assert {"rolls", "map", "interpolation", "distances", "reconstruction", "curves"} <= set(shown)
    for missing in ("personal map", "knob grid", "knob sweep", "attributes"):
        assert f"<li>{missing}: " in page
        assert f"left out {missing.replace(' ', '_')}" in err
    assert page.count("data:image/") == len(shown)
    assert "http" not in re.sub(r"base64,[^\"]+", "", page)
    assert "report.html" in out


def test_a_personal_map_is_coloured_by_what_is_asked(plot, tmp_path, personal):
    drawn = {}
    for by in ("file", "density", "interval"):
        arguments = (f"--model={personal}", REELS, f"--colour_by={by}", "--format=svg")
        code, _, err = plot("personal_map", *arguments, f"--output_dir={tmp_path}")
        assert code == 0, err
        drawn[by] = (tmp_path / "personal_map.svg").read_text("utf-8")
    assert len(set(drawn.values())) == 3
    assert "soldiers_joy" in drawn["file"] and "soldiers_joy" not in drawn["density"]
    assert "density (notes a bar)" in drawn["density"] and "interval (semitones)" in drawn["interval"]


def test_a_picture_that_fails_costs_the_report_nothing_else(plot, tmp_path, run_dir, monkeypatch):
    from midime_scripts.report import pictures

    def too_large(material):
        return [Picture("rolls", "", Figure(figsize=(1, 100_000)))]

    def broken(material):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("base_vae.plots.page._LARGEST_SVG", 0)  # so that it is to be a PNG
    modes = {"rolls": too_large, "map": broken, "curves": pictures.MODES["curves"]}
    monkeypatch.setattr(pictures, "MODES", modes)
    code, _, err = plot("report", f"--run_dir={run_dir}", f"--output_dir={tmp_path}")
    assert code == 0, err
    page = (tmp_path / "report.html").read_text("utf-8")
    assert re.findall(r'<h2 id="(\w+)">', page) == ["curves"]
    assert "left out rolls: ValueError: Image size" in err and "<li>rolls: ValueError: Image size" in page
    assert "left out map: ZeroDivisionError: by nothing" in err


def test_one_end_of_an_interpolation_is_not_enough(plot, tmp_path):
    write_midi(tmp_path / "a.mid", melody())
    for given, missing in ((1, 2), (2, 1)):
        flag = f"--input_midi_{given}={tmp_path / 'a.mid'}"
        code, _, err = plot("interpolation", flag, REELS, f"--output_dir={tmp_path / 'out'}")
        assert code == 1 and f"--input_midi_{missing} must be given" in err
        assert not (tmp_path / "out").exists()


def test_an_evaluation_is_found_at_home(plot, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    _, evaluation = re.search(r"--evaluation=((\S+)\.json)", latent_plot.USAGE).groups()
    code, _, err = plot("attributes", "--evaluation=~/attributes.json", f"--output_dir={tmp_path / 'out'}")
    assert code == 1 and "there is no file ~/attributes.json" in err
    assert evaluation == "attributes"  # as attribute_vectors names it
    save([response()], tmp_path / "attributes.json")
    code, _, err = plot("attributes", "--evaluation=~/attributes.json", f"--output_dir={tmp_path / 'out'}")
    assert code == 0, err
    assert names(tmp_path / "out") == [
        f"{n}.{e}" for n in ("attribute_curves", "attributes") for e in ("png", "svg")
    ]


def test_a_report_of_a_personal_model(plot, tmp_path, personal):
    few = ("--num_pairs=4", "--num_outputs=2", "--num_steps=3")
    code, _, err = plot("report", f"--model={personal}", REELS, f"--output_dir={tmp_path}", *few)
    assert code == 0, err
    page = (tmp_path / "report.html").read_text("utf-8")
    assert {"rolls", "personal_map", "knob_grid", "knob_sweep"} <= set(re.findall(r'<h2 id="(\w+)">', page))
    assert "soldiers_joy" in page  # what was read


@pytest.mark.parametrize(
    "argv,words",
    [
        ([], "--mode must be one of rolls, map"),
        (["maps"], "--mode must be one of map, rolls"),
        (["map"], "--output_dir must be given"),
        (["map", "--format=jpg", "--output_dir=x"], "--format must be one of png, svg, both"),
        (["report", "--run_dir=nowhere"], "there is no run folder nowhere"),
    ],
)
def test_wrong_flags_are_one_line(plot, argv, words):
    code, _, err = plot(*argv)
    assert code == 1 and words in err and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "argv,words",
    [
        (["map"], "give --examples_path"),
        (["knob_grid"], "a personal model is needed"),
        (["curves"], "give --run_dir"),
        (["map", REELS, "--colour_by=beauty"], "unknown attributes beauty"),
        (["personal_map", REELS, "--colour_by=beauty"], "unknown attributes beauty"),
        (["map", REELS, "--projection=lda"], "pca, tsne, umap"),
    ],
)
def test_what_is_missing_is_said_in_one_line(plot, tmp_path, base, argv, words):
    where = [] if argv[0] == "curves" else [f"--checkpoint_file={base}"]
    code, _, err = plot(*argv, *where, f"--output_dir={tmp_path}")
    assert code == 1 and words in err and "Traceback" not in err
    assert names(tmp_path) == []


@pytest.mark.parametrize("knobs", ["1", "1,1", "0,2", "1,5", "a,b"])
def test_knobs_that_there_are_not(plot, tmp_path, personal, knobs):
    code, _, err = plot("knob_grid", f"--model={personal}", f"--knobs={knobs}", f"--output_dir={tmp_path}")
    assert code == 1 and "knobs" in err and "Traceback" not in err


def test_help_wrong_flags_and_drawing_need_no_tensorflow():
    program = (
        "import sys\n"
        "from midime_scripts import latent_plot as plot\n"
        "from midime_scripts.common import command\n"
        "for word, code in (('--help', 0), ('--mode=maps', 1)):\n"
        "    argv = ['latent_plot', word]\n"
        "    assert command.run(plot.plot, plot.FLAGS, plot.USAGE, argv) == code\n"
        "    plot.FLAGS.unparse_flags(); plot.FLAGS['help'].unparse()\n"
        "assert not {'tensorflow', 'matplotlib', 'numpy'} & set(sys.modules)\n"
        "import base_vae.plots.page, base_vae.training.curves, base_vae.metrics.interpolations\n"
        "from midime_scripts.report import pictures, material\n"
        "assert not {'tensorflow', 'matplotlib.pyplot'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=EXAMPLES.parent)


def test_a_run_shows_what_it_was_trained_on_where_no_music_is_given(run_dir):
    cached = Path(run_dir) / "cache" / "abc" / "examples.npy"
    cached.parent.mkdir(parents=True)
    np.save(cached, melodies(5, seed=9))
    reset_flags(latent_plot)
    latent_plot.FLAGS(["latent_plot", f"--run_dir={run_dir}"])
    examples, names = Material(latent_plot.FLAGS).some(3)
    np.testing.assert_array_equal(examples, melodies(5, seed=9)[:3])
    assert names == ["training music, 1", "training music, 2", "training music, 3"]
    shutil.rmtree(Path(run_dir) / "cache")


def test_a_flute_is_music_of_the_users(tmp_path):
    write_midi(tmp_path / "flute.mid", melody(program=73))
    reset_flags(latent_plot)
    latent_plot.FLAGS(["latent_plot", "--config=cat-mel_2bar_small", f"--examples_path={tmp_path}"])
    assert len(Material(latent_plot.FLAGS).music.examples)


def test_a_model_that_plays_given_hits_is_given_some():
    config = get_base_preset("groovae_2bar_hits_control_tfds")
    model = types.SimpleNamespace(config=config)
    with pytest.raises(UserError, match="give music with drums in --examples_path"):
        controls_for(model, None, 3)
    examples = np.arange(2 * np.prod(config.converter.shape)).reshape(2, *config.converter.shape)
    np.testing.assert_array_equal(controls_for(model, examples, 5), examples[[0, 1, 0, 1, 0]])
    assert controls_for(types.SimpleNamespace(config=CONFIG), melodies(2), 5) is None
