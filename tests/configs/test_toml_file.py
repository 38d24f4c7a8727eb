"""Configurations from TOML: what a file says, what follows from it, and every mistake at once."""

import pytest

from base_vae.configs.config import Config
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.configs.toml_file import find_config, parse_config, read_config
from base_vae.converters import GrooveConverter, MelodyConverter
from base_vae.errors import UserError
from tests.paths import EXAMPLES

CONFIGS = sorted((EXAMPLES / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_examples_are_right_and_survive_json(path):
    config = find_config(str(path))
    assert config.name == path.stem
    assert config.hparams.max_seq_len == config.converter.steps
    assert Config.from_dict(config.to_dict()) == config


def test_the_example_says_what_it_says():
    config = read_config(CONFIGS[0])
    assert config.converter.slice_bars == 4 and config.hparams.max_seq_len == 64
    assert config.converter.max_examples_per_sequence is None
    assert config.hparams.decoder_levels == (4, 16) and config.hparams.optimizer == "muon"
    assert config.hparams.sampling_schedule == "inverse_sigmoid"
    assert config.transpose == (-5, 5)


@pytest.mark.parametrize("name", PRESETS)
def test_a_base_alone_is_the_preset_under_another_name(name):
    config = parse_config({"base": name}, "mine")
    preset = get_preset(name)
    assert (config.name, config.hparams, config.converter) == ("mine", preset.hparams, preset.converter)
    assert config.transpose == preset.transpose


def test_without_a_base():
    values = {
        "converter": {"kind": "groove", "split_bars": 1, "pitch_classes": [[36], [38, 40]], "humanize": True},
        "hparams": {"head": "groove", "max_beta": 1},
    }
    config = parse_config(values, "mine")
    assert config.converter == GrooveConverter(split_bars=1, pitch_classes=((36,), (38, 40)), humanize=True)
    assert config.hparams.max_seq_len == 16 and config.hparams.max_beta == 1.0
    melody = parse_config({"converter": {"kind": "melody", "slice_bars": 1}}, "mine")
    assert melody.converter == MelodyConverter(slice_bars=1)
    whole = {"kind": "melody", "slice_bars": "none", "max_bars": 4, "add_end_token": True}
    assert parse_config({"converter": whole}, "mine").hparams.max_seq_len == 65


def test_transposition_can_be_taken_away():
    assert parse_config({"base": "cat-mel_2bar_small", "transpose": False}, "x").transpose is None


def test_everything_that_is_wrong_is_told_at_once():
    values = {
        "base": "hierdec-mel_16bar",
        "nam": "x",
        "description": 3,
        "transpose": [5, -5],
        "hparams": {"z_sise": 3, "batch_size": "many", "enc_rnn_size": [8, 2.5]},
        "converter": {"kind": "melody", "slice_bar": 4, "skip_polyphony": 1},
    }
    with pytest.raises(UserError) as caught:
        parse_config(values, "mine")
    message = str(caught.value)
    for part in (
        "unknown key `nam`; the keys are name, ",
        "`description` must be text (received 3)",
        "`transpose` must be the lowest and the highest",
        "`converter.kind` follows from `base`",
        "unknown key `converter.slice_bar`; the keys are slice_bars, ",
        "`converter.skip_polyphony` must be true or false (received 1)",
        "unknown key `hparams.z_sise`; the keys are z_size, ",
        "`hparams.batch_size` must be a whole number (received 'many')",
        "`hparams.enc_rnn_size` must be a list of whole numbers (received [8, 2.5])",
    ):
        assert part in message, part
    assert "\n" not in message


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"base": "hierdec-mel_16"}, ["`base` must be one of hierdec-mel_16bar, "]),
        ({}, ["`converter.kind` must be one of ", "or `base` must name a preset"]),
        ({"converter": {"kind": "drum"}}, ["must be one of drums, "]),
        ({"hparams": 3, "base": "groovae_4bar"}, ["`hparams` must be a table"]),
        (
            {"base": "hierdec-mel_16bar", "converter": {"slice_bars": 4}},
            ["`decoder_levels`", "whose product is `max_seq_len`, 64 (received (16, 16))"],
        ),
        (
            {"base": "cat-mel_2bar_small", "hparams": {"max_seq_len": 16}},
            ["`hparams.max_seq_len` must be the 32 steps"],
        ),
        (
            {"base": "flat-trio_16bar", "converter": {"gap_bars": 0}, "hparams": {"z_size": 2.5}},
            ["`gap_bars` must be a whole number of at least 1", "`hparams.z_size` must be a whole number"],
        ),
        (
            {"base": "cat-mel_2bar_small", "hparams": {"batch_size": 0, "max_beta": -1}},
            ["`batch_size` must be a whole number of at least 1", "`max_beta` must be a number of at"],
        ),
        ({"converter": {"kind": "groove"}}, ["`head` must be groove", "head=categorical"]),
        ({"base": "groovae_4bar", "converter": {"hop_size": "wide"}}, ['must be a whole number or "none"']),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(values, parts):
    with pytest.raises(UserError) as caught:
        parse_config(values, "mine")
    for part in parts:
        assert part in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match=r"missing.toml: cannot be read"):
        find_config(str(tmp_path / "missing.toml"))
    for text in ("base = cat-mel", f"batch_size = {'9' * 5_000}"):
        (tmp_path / "odd.toml").write_text(text)
        with pytest.raises(UserError, match=r"odd.toml: not TOML"):
            read_config(tmp_path / "odd.toml")
    (tmp_path / "wrong.toml").write_text('base = "nothing"')
    with pytest.raises(UserError, match=r"wrong.toml: `base` must be"):
        read_config(tmp_path / "wrong.toml")


def test_names_of_presets_and_aliases():
    assert find_config("groovae_2bar_hits_control") is get_preset("groovae_2bar_hits_control_tfds")
    with pytest.raises(UserError, match=r"unknown config 'cat-mel_2bar_smal'.* and cat-mel_2bar_small, "):
        find_config("cat-mel_2bar_smal")
