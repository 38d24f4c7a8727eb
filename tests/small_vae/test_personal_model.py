"""The personal model: learned from music, kept and reopened, played by knobs, as long as asked for."""

import dataclasses
import shutil

import numpy as np
import pytest

import small_vae
from base_vae.attributes import ATTRIBUTES
from base_vae.checkpoints import model_folder
from base_vae.errors import UserError
from base_vae.faders import fade
from base_vae.loading import load as load_base
from base_vae.settings import override
from base_vae.training.train import make_model
from small_vae.config import PRESETS, get_preset
from small_vae.evaluation import evaluate
from small_vae.training import _held_out, personalize
from tests.damaged import damaged_arrays, damaged_settings, is_refused
from tests.tiny_models import CONFIG, lively_model, melodies

SETTINGS = dataclasses.replace(
    get_preset("ae-mel_2bar"),
    hparams=override(
        get_preset("ae-mel_2bar").hparams,
        "latent_encoder_layers=[32,16],latent_decoder_layers=[16,32],num_steps=100,batch_size=16",
    ),
)


def test_the_function_is_found_again_although_its_module_has_its_name():
    assert small_vae.personalize is personalize
    assert small_vae.personalize is personalize


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A saved and loaded base with random but lively weights."""
    path = tmp_path_factory.mktemp("base") / "model"
    model_folder.save(lively_model(), CONFIG, path, "A base for tests.")
    return load_base(path)


@pytest.fixture(scope="module")
def music(base):
    """Six pieces of 16 bars."""
    arrays = melodies(48).reshape(6, -1)
    return [base.config.converter.decode(array) for array in arrays]


@pytest.fixture(scope="module")
def personal(base, music):
    return personalize(base, music, config=SETTINGS, seed=1)


def arrays(model, sequences):
    return np.stack([model.base.config.converter.encode_whole(sequence) for sequence in sequences])


def test_it_learns(base, music):
    seen = []
    personalize(
        base, music, config=SETTINGS, progress=lambda step, losses: seen.append((step, losses["loss"]))
    )
    steps, losses = zip(*seen, strict=True)
    assert list(steps) == sorted(steps) and steps[0] == 20
    assert losses[-1] < losses[0]


def test_the_same_seed_gives_the_same_model(base, music, personal):
    again = personalize(base, music, config=SETTINGS, seed=1)
    np.testing.assert_array_equal(
        arrays(again, again.sample(5, seed=3)), arrays(personal, personal.sample(5, seed=3))
    )


def test_saved_and_reopened_it_is_the_same_to_the_bit(personal, tmp_path):
    personal.save(tmp_path / "mine")
    reopened = small_vae.load(tmp_path / "mine")
    for one, other in zip(personal.model.weights, reopened.model.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for source in ("mixture", "prior"):
        first, second = (
            [
                sequence.SerializeToString()
                for sequence in model.sample(4, temperature=0.8, seed=5, num_bars=8, source=source)
            ]
            for model in (personal, reopened)
        )
        assert first == second
    assert reopened.card == personal.card
    assert "examples" in (tmp_path / "mine" / "README.md").read_text()


def test_it_refuses_another_base(personal, tmp_path):
    personal.save(tmp_path / "mine")
    model_folder.save(make_model(CONFIG, seed=9), CONFIG, tmp_path / "other", "Another base.")
    with pytest.raises(UserError, match="another base model"):
        small_vae.load(tmp_path / "mine", base=load_base(tmp_path / "other"))
    with pytest.raises(UserError, match="not a personal model"):
        small_vae.load(tmp_path / "other")


@pytest.mark.parametrize("num_bars", [1, 2, 3, 8, 17])
def test_pieces_are_as_long_as_asked_for(personal, num_bars):
    for piece in personal.sample(3, temperature=1.0, seed=2, num_bars=num_bars):
        assert piece.total_time <= 2.0 * num_bars
        assert any(note.end_time > 2.0 * (num_bars - 1) for note in piece.notes)


def test_long_pieces_walk_a_smooth_path():
    from small_vae.personal_model import _walk

    points = np.array([[0.0, 0.0], [1.0, -2.0], [3.0, 0.0]], np.float32)
    path = _walk(points, 9)
    np.testing.assert_allclose(path[[0, 4, 8]], points)
    np.testing.assert_allclose(np.diff(path[:5], axis=0), np.tile([[0.25, -0.5]], (4, 1)), atol=1e-6)


def test_knobs(personal):
    first, again = (
        arrays(personal, personal.play([1, -0.5, 0, 2], n=3, temperature=0.5, seed=4)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != arrays(personal, personal.play([-1, 0.5, 0, -2], n=3, temperature=0.5, seed=4)))
    with pytest.raises(UserError, match=r"4 knobs \(received 3 numbers\)"):
        personal.play([1, 2, 3])


def test_faders_are_those_of_its_base(personal):
    tune = personal.base.config.converter.decode(melodies(1)[0])
    (higher,) = personal.fade([tune], {"mean_pitch": 0.5}, seed=2, qpm=90.0)
    (again,) = fade(personal.base, [tune], "mean_pitch:+0.5", seed=2, qpm=90.0)
    assert higher == again and higher.tempos[0].qpm == 90.0
    before, after = (ATTRIBUTES["mean_pitch"](each) for each in (tune, higher))
    assert after > before
    (kept,) = personal.fade([tune], values={"mean_pitch": before + 2.0}, keep=0.9)
    assert np.mean(arrays(personal, [kept]) == arrays(personal, [tune])) >= 0.9


def test_encode_decode_interpolate_reconstruct(personal):
    pieces = [personal.base.config.converter.decode(ids) for ids in melodies(3)]
    latents = personal.encode(pieces)
    assert latents.mu.shape == latents.sigma.shape == (3, 4)
    assert np.all(latents.sigma > 0)
    again = arrays(personal, personal.base.reconstruct(pieces))
    np.testing.assert_array_equal(arrays(personal, personal.decode(latents)), again)
    path = arrays(personal, personal.interpolate(pieces[0], pieces[1], num_steps=4))
    np.testing.assert_array_equal(path[[0, -1]], again[:2])
    assert len(personal.reconstruct(pieces)) == 3


def test_a_step_from_a_piece_turns_the_knobs_and_keeps_the_rest(personal):
    latents = personal.encode([personal.base.config.converter.decode(ids) for ids in melodies(3)])
    step = [0.5, 0, 0, -1]
    for moved in (latents + step, np.array([step] * 3) + latents):
        np.testing.assert_allclose(moved.mu, latents.mu + step)
        np.testing.assert_array_equal(moved.residual, latents.residual)
        z = personal.decode_knobs(moved.mu) + latents.residual
        np.testing.assert_array_equal(personal.decode_latents(moved), z)
    with pytest.raises(UserError, match="finite"):
        latents + np.array([0.5, 0, np.nan, 0])


def test_knobs_alone_move_a_typical_tune(personal):
    knobs = np.zeros((1, 4))
    np.testing.assert_allclose(
        personal.decode_latents(knobs), personal.decode_knobs(knobs) + personal.typical, rtol=1e-6
    )
    greedy = arrays(personal, personal.play([0] * 4, temperature=0, variety=0))
    np.testing.assert_array_equal(greedy, arrays(personal, personal.decode(knobs)))


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("sample", {"n": 1, "seed": -1}, "`seed` must be a whole number"),
        ("sample", {"n": 1, "seed": 1.5}, "`seed` must be a whole number"),
        ("sample", {"n": 1, "num_bars": 2.5}, "`num_bars` must be a whole number"),
        ("sample", {"n": 1, "qpm": 0}, "`qpm` must be a number within 4 and 960"),
        ("sample", {"n": 1, "variety": float("nan")}, "`variety` must be"),
        ("play", {"knobs": [0, 0, float("nan"), 0]}, "`knobs` must be finite numbers"),
        ("play", {"knobs": [0, 0, 0, float("inf")]}, "`knobs` must be finite numbers"),
        ("decode", {"latents": [[0, 0, 0, float("nan")]]}, "`knobs` must be finite numbers"),
        ("decode", {"latents": "abc"}, "`knobs` must be finite numbers"),
        ("decode", {"latents": [[0, 0, 0, 1e39]]}, "`knobs` must be finite numbers"),
        ("sample", {"n": 1, "seed": None}, "`seed` must be a whole number"),
        ("sample", {"n": 1, "variety": 1e300}, "`variety` must be a number within 0 and 1000"),
        ("draw", {"n": -1, "rng": np.random.default_rng(1)}, "`n` must be a whole number"),
        ("draw", {"n": 1, "rng": 5}, "`rng` must be a NumPy generator"),
        ("fade", {"sequences": "song.mid", "changes": {"density": 1}}, "must be a list of NoteSequences"),
        ("fade", {"sequences": [], "changes": {"density": 1}, "keep": 2}, "`keep` must be a number within"),
        ("save", {"path": None}, "a path must be text"),
        ("encode", {"sequences": "song.mid"}, "NoteSequence"),
        ("reconstruct", {"sequences": ["song.mid"]}, "NoteSequence"),
    ],
)
def test_misuse_is_refused_in_a_sentence(personal, method, arguments, message):
    with pytest.raises(UserError, match=message):
        getattr(personal, method)(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mel_2bar", ["x.mid"]), "the base must be a model"),
        ((None, 5), "the base must be a model"),
    ],
)
def test_what_is_no_base_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        personalize(*arguments)


def test_music_config_and_steps_that_are_none_are_refused(base, personal):
    with pytest.raises(UserError, match="music must be a path"):
        personalize(base, 5)
    with pytest.raises(UserError, match="`config` must be a SmallConfig or text"):
        personalize(base, "x.mid", config=5)
    place = personal.encode([base.sample(1)[0]])
    for value in (place, personal, personal.mixture):
        assert len(repr(value)) < 100 and type(value).__name__ in repr(value)
    with pytest.raises(UserError, match=r"a step must be \[4\] or \[1, 4\] numbers"):
        place + np.ones(2)


def test_a_single_short_piece_is_enough(base):
    one = base.config.converter.decode(melodies(1)[0])
    mine = personalize(base, [one], config=SETTINGS)
    assert len(mine.sample(2)) == 2


def test_nothing_usable_says_why(base):
    silence = base.config.converter.decode(np.zeros(32))
    with pytest.raises(UserError):
        personalize(base, [silence], config=SETTINGS)


def test_evaluation_compares_with_the_base(personal, music):
    figures = evaluate(personal, personal.base.collect(music))
    assert 0 <= figures["accuracy"] <= 1 and 0 <= figures["base_accuracy"] <= 1
    beta = personal.config.hparams.max_beta
    assert figures["loss"] == pytest.approx(figures["reconstruction"] + beta * figures["kl"], rel=1e-5)


def test_presets_are_known_by_name():
    assert {"ae-cat-mel_2bar_big", "ae-mel_2bar"} <= set(PRESETS)
    published = get_preset("ae-cat-mel_2bar_big").hparams
    assert (published.encoded_z_size, published.batch_size, published.max_beta, published.beta_rate) == (
        4,
        2,
        0.5,
        0.99999,
    )
    with pytest.raises(UserError, match="ae-mel_2bar"):
        get_preset("ae-mel")
    with pytest.raises(UserError, match="`encoded_z_size` must be a whole number of at least 1"):
        override(published, "encoded_z_size=0")


@pytest.mark.parametrize("num_steps", [7, 20, 50])
def test_it_trains_for_as_many_steps_as_asked(base, music, num_steps):
    settings = dataclasses.replace(SETTINGS, hparams=override(SETTINGS.hparams, f"num_steps={num_steps}"))
    assert int(personalize(base, music, config=settings).model.global_step.numpy()) == num_steps


def test_with_enough_music_held_out_pieces_say_when_to_stop(base):
    music = [base.config.converter.decode(array) for array in melodies(400).reshape(20, -1)]
    settings = dataclasses.replace(
        SETTINGS, hparams=override(SETTINGS.hparams, "num_steps=2000,patience=2,learning_rate=0.01")
    )
    seen = []
    mine = personalize(
        base, music, config=settings, progress=lambda step, losses: seen.append(losses["val_loss"])
    )
    assert int(mine.model.global_step.numpy()) < 2000
    assert len(seen) - 1 - int(np.argmin(seen)) == 2  # it went on for two checks without progress
    assert evaluate(mine, base.collect(music))["loss"] > 0


@pytest.mark.parametrize("seed", range(4))
def test_held_out_pieces_are_whole_and_few(seed):
    sources = np.repeat(np.arange(12), [300, *[20] * 11])
    mask = _held_out(sources, 0.1, seed)
    assert 0 < mask.mean() <= 0.2
    for piece in range(12):
        assert len(set(mask[sources == piece])) == 1
    assert not _held_out(sources[:350], 0.1, seed).any()  # too few pieces


def test_damaged_folders_are_refused_in_a_sentence(personal, base, tmp_path):
    personal.save(tmp_path / "mine")

    def load(path):
        return small_vae.load(path, base=base)

    for name, path in damaged_arrays(tmp_path / "mine", tmp_path / "arrays"):
        assert is_refused(load, path), name
    # Some values change nothing that loading needs; what matters is that no other error comes through.
    refused = [
        is_refused(load, path) for _, path in damaged_settings(tmp_path / "mine", tmp_path / "settings")
    ]
    assert np.mean(refused) > 0.5
    shutil.copytree(tmp_path / "mine", tmp_path / "cardless")
    (tmp_path / "cardless" / "README.md").unlink()
    assert load(tmp_path / "cardless").card == ""
