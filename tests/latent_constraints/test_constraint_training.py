import dataclasses

import numpy as np
import pytest

import base_vae
import latent_constraints
from base_vae.errors import UserError
from base_vae.trained_model import TrainedModel
from latent_constraints.config import ConstraintHParams
from latent_constraints.evaluation import table
from latent_constraints.training import train
from tests.damaged import damaged_settings, is_refused
from tests.tiny_models import CONFIG, lively_model, melodies

HPARAMS = ConstraintHParams(
    critic_layers=(16,),
    actor_layers=(16,),
    personal_layers=(8,),
    classes=4,
    num_labelled=800,
    num_shown=32,
    rounds=1,
    critic_steps=60,
    actor_steps=40,
    batch_size=64,
    learning_rate=0.01,
    gradient_steps=20,
    mcmc_steps=5,
    mcmc_burn_in=5,
    leapfrog_steps=2,
)
SHORT = dataclasses.replace(HPARAMS, critic_steps=5, actor_steps=5)
ALL = ["density:high", "realism@0.5", "personal"]


@pytest.fixture(scope="module")
def base():
    return base_vae.load("mel_2bar")


@pytest.fixture(scope="module")
def steered(base):
    return train(base, ALL, real=melodies(300), own=melodies(20, seed=1), hparams=HPARAMS, seed=3)


def test_everything_comes_back_from_disk_bit_for_bit(steered, tmp_path):
    steered.save(str(tmp_path / "model"))
    again = latent_constraints.load(tmp_path / "model")
    assert again.constraints == steered.constraints
    for method in ("actor", "gradient", "mcmc"):
        before, after = (s.constrain(n=6, seed=1, method=method).z for s in (steered, again))
        assert before.tobytes() == after.tobytes()
    music = [s.sample(3, seed=2) for s in (steered, again)]
    assert [m.SerializeToString() for m in music[0]] == [m.SerializeToString() for m in music[1]]
    names = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert names == ["README.md", "config.json", "model.weights.h5"]


def test_the_same_seed_trains_the_same_critics_and_actor(base):
    steered = train(base, ["density:high"], hparams=SHORT, seed=3)
    again = train(base, ["density:high"], hparams=SHORT, seed=3)
    for one, other in zip((*steered.critics, steered.actor), (*again.critics, again.actor), strict=True):
        assert all((a == b).all() for a, b in zip(one.get_weights(), other.get_weights(), strict=True))
    other = train(base, ["density:high"], hparams=SHORT, seed=4)
    assert any(
        (a != b).any() for a, b in zip(steered.actor.get_weights(), other.actor.get_weights(), strict=True)
    )


def test_another_base_is_refused(steered, tmp_path):
    steered.save(str(tmp_path / "model"))
    with pytest.raises(UserError, match="another base model"):
        latent_constraints.load(tmp_path / "model", base=TrainedModel(lively_model(), CONFIG))


def test_what_is_asked_can_be_another_thing(steered):
    fewer = steered.with_constraints(["density:low"])
    assert list(fewer.allowed_classes) == ["density"]
    figures = fewer.judge(np.zeros((4, steered.base.z_size), np.float32))
    assert set(figures) == {"density", "distinct"}
    assert 0 < figures["distinct"] <= 1
    with pytest.raises(UserError, match="no critic was trained for 'rests' here; there are density"):
        steered.with_constraints(["rests:high"])
    with pytest.raises(UserError, match="high, low or a number"):
        steered.with_constraints(["density:loud"])


def test_a_piece_moves_with_its_length_kept(steered):
    pieces = [CONFIG.converter.decode(array) for array in melodies(3)]
    moved = steered.with_constraints(["density:high"]).transform(pieces)
    assert len(moved) == 3
    assert [m.total_time for m in moved] <= [4.0] * 3


def test_the_table_has_a_row_for_each_method(steered):
    lines = table(steered, ["actor", "gradient", "mcmc"], 8).splitlines()
    assert [line.split("|")[1].strip() for line in lines] == [
        "8 samples",
        "---",
        "prior",
        "actor",
        "gradient",
        "mcmc",
    ]
    assert "accepted" in lines[0]


def test_attributes_alone_are_searched_for_too(steered):
    lines = table(steered.with_constraints(["density:high"]), [], 3).splitlines()
    rows = {
        name: cells for name, *cells in ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
    }
    assert list(rows) == ["3 samples", "---", "prior", "search"]
    figures = dict(zip(rows["3 samples"], rows["search"], strict=True))
    assert figures["density"] == figures["distinct"] == "1.00"
    assert "seconds" in figures


@pytest.mark.parametrize(
    ("constraints", "real", "own", "message"),
    [
        (["speed:high"], None, None, "known are c_major"),
        (["realism"], None, None, "--examples_path"),
        (["realism"], melodies(30), None, "30 examples of real music are too few.*100 are needed"),
        (["personal"], None, None, "personal:FOLDER"),
        (["personal"], None, melodies(3), "3 examples are too few.*8 are needed"),
        (["density:high", "density:low"], None, None, "density is given twice"),
    ],
)
def test_what_is_missing_is_said(base, constraints, real, own, message):
    with pytest.raises(UserError, match=message):
        train(base, constraints, real=real, own=own, hparams=HPARAMS)


def test_too_few_samples_of_a_kind_are_said(base):
    with pytest.raises(UserError, match=r"density: of \d+ samples.*50 are needed.*num_labelled"):
        train(base, ["density:high"], hparams=dataclasses.replace(HPARAMS, num_labelled=60))


def test_hparams_say_all_that_is_wrong():
    with pytest.raises(UserError, match=r"`critic_layers` must be .*`rounds` must be a whole .*`dropout`"):
        ConstraintHParams(rounds=0, dropout=1.0, critic_layers=())


def test_damaged_settings_are_refused_in_a_sentence(steered, tmp_path):
    steered.save(tmp_path / "model")
    refused = [
        is_refused(lambda folder: latent_constraints.load(folder, base=steered.base), path)
        for _, path in damaged_settings(tmp_path / "model", tmp_path / "damaged")
    ]
    assert np.mean(refused) > 0.5
