"""The modules on the page about extending register what they say, and it works."""

import dataclasses
import sys

import numpy as np
import pytest

import base_vae.model.decoders.heads as heads
import midime
from base_vae import plugins
from base_vae.attributes import ATTRIBUTES, attributes_for
from base_vae.configs.config import Config
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.converters import KINDS, MelodyConverter
from base_vae.errors import UserError
from base_vae.model.head_spaces import HEAD_SPACES
from base_vae.model.hparams import HParams
from base_vae.model.music_vae import MusicVAE
from base_vae.trained_model import TrainedModel
from docs import try_commands
from latent_constraints import constraint, properties
from tests.paths import ROOT
from tests.small_music import SCALE, melody
from tests.tiny_models import CONFIG

PAGE = ROOT / "docs" / "extending.md"
REGISTRIES = (
    ATTRIBUTES,
    KINDS,
    PRESETS,
    HEAD_SPACES,
    heads.HEADS,
    properties._BY_ARGUMENT,
    constraint.NAMED_BY_ARGUMENT,
)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Loads a module of the page as a plug-in; what it registers goes with the test."""
    before = [registry.copy() for registry in REGISTRIES]
    modules, path = set(sys.modules), list(sys.path)
    for name, source in try_commands.modules_of(PAGE).items():
        (tmp_path / name).write_text(source, "utf-8")

    def load(name):
        plugins.load_plugins([str(tmp_path / f"{name}.py")])
        return sys.modules[name]

    yield load
    for registry, entries in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(entries)
    for name in set(sys.modules) - modules:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in sys.modules[name].__file__:
            del sys.modules[name]
    sys.path[:] = path


def test_modules_of_the_page_are_short():
    sources = try_commands.modules_of(PAGE)
    assert len(sources) == 5
    assert all(len(source.splitlines()) < 40 for source in sources.values())


def test_an_attribute(module):
    module("offbeats")
    offbeats = ATTRIBUTES["offbeats"]
    assert offbeats(melody(SCALE)) == 0.0
    assert offbeats(melody(SCALE, 0.5)) == 0.5
    assert offbeats in attributes_for(MelodyConverter())


def test_a_constraint(module):
    module("within")
    assert constraint.parse("within:12").label == "within:12"
    found = properties.find_property("within:12", MelodyConverter())
    assert found.attribute(melody((60, 72))) > found.cut > found.attribute(melody((60, 73)))
    with pytest.raises(UserError, match="semitones, like within:12"):
        properties.find_property("within:far", MelodyConverter())
    with pytest.raises(UserError, match="within:12, realism"):
        properties.find_property("wihtin:12", MelodyConverter())


def test_a_converter_and_a_preset(module):
    module("bass_preset")
    config = get_preset("bass_2bar_tiny")
    assert Config.from_dict(config.to_dict()) == config
    tune = melody((40, 72) * 8, 0.5)
    low = {note.pitch for note in config.converter.decode(config.converter.encode_whole(tune)).notes}
    assert low == {40}
    assert len(config.converter.extract(tune).examples) == 1
    model = TrainedModel(MusicVAE(config.hparams, config.converter.spaces), config)
    assert len(model.sample(2, temperature=1.0)) == 2


def test_a_head(module):
    module("restless")
    config = dataclasses.replace(CONFIG, hparams=dataclasses.replace(CONFIG.hparams, head="restless"))
    model = MusicVAE(config.hparams, config.converter.spaces)
    outputs = np.zeros((1, 10), np.float32)
    logits = model.decoder.head(outputs).numpy()[0]
    np.testing.assert_allclose(logits[0] - logits[1:].mean(), -0.5, atol=0.2)
    assert len(TrainedModel(model, config).sample(2, temperature=1.0)) == 2


def test_names_that_are_taken_are_refused(module):
    module("offbeats")
    with pytest.raises(UserError, match="an attribute called 'offbeats' already"):
        plugins.register(ATTRIBUTES, "offbeats", ATTRIBUTES["density"], "an attribute")


@pytest.mark.parametrize(
    "call",
    [
        lambda: midime.register_attribute(None),
        lambda: midime.register_preset("x"),
        lambda: midime.register_converter("x", None),
        lambda: midime.register_head("x", None, None),
        lambda: midime.register_constraint("x", None, example=""),
    ],
)
def test_only_what_fits_is_registered(call):
    with pytest.raises(UserError, match=r"None|'x'"):
        call()


def test_plugins_that_cannot_be_imported_are_named(tmp_path):
    with pytest.raises(UserError, match=r"--plugin=no_such_module cannot be imported: ModuleNotFoundError"):
        plugins.load_plugins(["no_such_module"])
    (tmp_path / "broken_plugin.py").write_text("1 / 0\n")
    with pytest.raises(UserError, match=r"broken_plugin\.py cannot be imported: ZeroDivisionError"):
        plugins.load_plugins([str(tmp_path / "broken_plugin.py")])
    sys.path.remove(str(tmp_path))


def test_an_unknown_head_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match=r"`head` must be one of nade, .* \(received 'nadee'\)"):
        HParams(head="nadee")
