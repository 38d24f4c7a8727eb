import numpy as np
import pytest

from base_vae.errors import UserError
from recipes import recipe as recipes
from recipes.music import read
from recipes.train import load, run
from tests.small_music import SCALE, melody, write_midi

TINY = """
balance = 1.0
precision = "none"
checkpoint_steps = 1

[config]
base = "cat-mel_2bar_small"

[config.hparams]
z_size = 4
enc_rnn_size = [6]
dec_rnn_size = [5, 5]
batch_size = 4

[[music]]
collection = "scales"
paths = ["scales"]
every = 3

[[stages]]
until = 1
hparams = { max_beta = 0.1 }

[[stages]]
until = 2
hparams = { max_beta = 0.2 }
"""


@pytest.fixture
def tiny(tmp_path) -> recipes.Recipe:
    for number in range(6):
        pitches = tuple(pitch + number for pitch in SCALE * 2)
        write_midi(tmp_path / "scales" / f"{number}.mid", melody(pitches))
    (tmp_path / "tiny.toml").write_text(TINY)
    return recipes.read(tmp_path / "tiny.toml")


def weights(run_dir) -> bytes:
    return (run_dir / "model" / "model.weights.h5").read_bytes()


def test_a_run_that_stopped_between_its_stages_ends_as_one_that_did_not(tiny, tmp_path):
    training, validation = load(tiny, tmp_path, tmp_path / "cache")
    assert set(validation["scales"].names) == {"scales/2", "scales/5"}
    examples = {name: part.examples for name, part in training.items()}
    run(tiny, examples, tmp_path / "whole")
    first, last = tiny.stages
    for stages in ((first,), (first, last)):
        run(
            recipes.Recipe(tiny.name, tiny.config, tiny.music, stages, precision="none"),
            examples,
            tmp_path / "two",
        )
    assert weights(tmp_path / "whole") == weights(tmp_path / "two")


def test_music_is_read_once(tiny, tmp_path):
    converter = tiny.config.converter
    found = read(tiny.music[0], tmp_path, converter, tmp_path / "cache")
    for path in (tmp_path / "scales").iterdir():
        path.write_bytes(b"")
    again = read(tiny.music[0], tmp_path, converter, tmp_path / "cache")
    assert np.array_equal(found.examples, again.examples) and found.names == again.names


def test_what_is_wrong_in_a_recipe_is_said(tmp_path):
    (tmp_path / "wrong.toml").write_text(TINY.replace("max_beta = 0.2", "max_beta = -1"))
    with pytest.raises(UserError, match="max_beta"):
        recipes.read(tmp_path / "wrong.toml")
    with pytest.raises(UserError, match="mel_2bar"):
        recipes.find("mel_2bars")


def test_every_recipe_can_be_read():
    for name in recipes.names():
        recipe = recipes.find(name)
        assert recipe.stages[-1].until > 0
        assert isinstance(recipe.staged(recipe.stages[-1]), type(recipe.config))
        assert len({stage.until for stage in recipe.stages}) == len(recipe.stages)
