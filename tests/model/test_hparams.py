"""Configurations: overrides, and every mistake at once."""

import json

import pytest

from base_vae.configs.config import Config
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.errors import UserError
from base_vae.model.hparams import HParams
from base_vae.settings import override


def test_overrides_of_every_kind():
    hparams = override(
        HParams(), "batch_size=64,enc_rnn_size=[128,64],dec_rnn_size=32,free_bits=4.5,optimizer=muon"
    )
    assert (hparams.batch_size, hparams.enc_rnn_size, hparams.dec_rnn_size) == (64, (128, 64), (32,))
    assert (hparams.free_bits, hparams.optimizer) == (4.5, "muon")
    assert override(HParams(), "enc_rnn_size=128,64,batch_size=2").enc_rnn_size == (128, 64)
    assert override(HParams(), "") == HParams()


def test_unknown_names_list_the_known_ones_and_all_errors_come_together():
    with pytest.raises(UserError) as caught:
        override(HParams(), "speed=3,batch_size=many,learning_rate=fast")
    message = str(caught.value)
    assert "`speed`" in message and "learning_rate" in message
    assert "`batch_size` must be a whole number (received 'many')" in message
    assert "`learning_rate` must be a number (received 'fast')" in message


def test_values_out_of_range_are_told_together():
    with pytest.raises(UserError) as caught:
        override(HParams(), "batch_size=0,beta_rate=2,optimizer=sgd,enc_rnn_size=")
    message = str(caught.value)
    for name in ("batch_size", "beta_rate", "optimizer", "enc_rnn_size"):
        assert f"`{name}`" in message


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ("control_preprocessing_rnn_size=0", "control_preprocessing_rnn_size"),
        ("min_learning_rate=-1", "min_learning_rate"),
        ("min_learning_rate=nan", "min_learning_rate"),
    ],
)
def test_values_that_would_only_fail_later_are_refused(overrides, name):
    with pytest.raises(UserError, match=f"`{name}` must be"):
        override(HParams(), overrides)


_REENCODING = "encoder=hierarchical,encoder_levels=[8,4],autoregressive_levels=0,reencode=true"


def test_reencoding_needs_an_encoder_with_enough_levels():
    assert override(HParams(), f"{_REENCODING},decoder_levels=[2,2,8]").reencode
    with pytest.raises(UserError, match="each conductor, 3"):
        override(HParams(), f"{_REENCODING},decoder_levels=[2,2,2,4]")
    with pytest.raises(UserError, match="`conditional=true`"):
        override(HParams(), f"{_REENCODING},decoder_levels=[4,8],conditional=false")


def test_a_value_without_a_name():
    with pytest.raises(UserError, match="name=value"):
        override(HParams(), "64")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_survive_json(name):
    config = get_preset(name)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(UserError, match="cat-mel_2bar_small"):
        get_preset("cat-mel")


def test_unknown_settings_in_a_file_are_named():
    values = get_preset("cat-mel_2bar_small").to_dict()
    with pytest.raises(UserError, match="colour"):
        Config.from_dict({**values, "hparams": {**values["hparams"], "colour": 1}})
