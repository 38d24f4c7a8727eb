"""Bundled models and what is said of them."""

import pytest

from base_vae.checkpoints.finding import bundled_models, find
from base_vae.errors import UserError


def test_each_bundled_model_has_a_line():
    models = bundled_models()
    assert "mel_2bar" in models and list(models) == sorted(models)
    assert all(description and "\n" not in description for description in models.values())


def test_a_wrong_name_lists_them_in_a_line_the_closest_first():
    with pytest.raises(UserError) as error:
        find("mel_2bars")
    problem, _, known = str(error.value).partition("; bundled models: ")
    assert problem == "no model is called 'mel_2bars', and there is no such folder"
    assert known.startswith("mel_2bar, ") and sorted(known.split(", ")) == list(bundled_models())
