"""Bundled models and what is said of them."""

import pytest

from base_vae.checkpoints.finding import bundled_models, find
from base_vae.errors import UserError


def test_each_bundled_model_has_a_line():
    models = bundled_models()
    assert "mel_2bar" in models and list(models) == sorted(models)
    assert all(description and "\n" not in description for description in models.values())


def test_a_wrong_name_lists_them_with_a_line_each():
    with pytest.raises(UserError) as error:
        find("mel_2bars")
    first, *lines = str(error.value).split("\n")
    assert first == "no model is called 'mel_2bars', and there is no such folder; bundled models:"
    assert lines[0] == f"  mel_2bar: {bundled_models()['mel_2bar']}" and len(lines) == len(bundled_models())
