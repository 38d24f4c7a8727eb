import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.tunes.diffusion import shared_noise, ties
from base_vae.tunes.form import Form, asked_form, form_of, section_patterns
from tests.tiny_models import CONFIG, melodies


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_segments_that_come_again_have_the_label_of_the_first() -> None:
    a, b, c = melodies(3)
    varied = a.copy()
    varied[np.flatnonzero(a > 1)[:3]] += 1
    form = form_of(np.stack([a, b, a, c, varied]), CONFIG.converter)
    assert form.labels == (0, 1, 0, 2, 0)
    assert form.varied == (False, False, False, False, True)
    assert form.letters == "abaca'"


def test_an_asked_form_has_sections_that_return_and_vary() -> None:
    pattern = Form((0, 1, 0, 2), (False,) * 4)
    form = asked_form("AABA'", 4, [pattern], rng())
    assert form.labels == (0, 1, 0, 2, 0, 1, 0, 2, 3, 4, 3, 5, 0, 1, 0, 2)
    assert form.varied == (False,) * 12 + (True,) * 4


@pytest.mark.parametrize("text", ["", "aaba", "A-B", "A''", "'A"])
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="a form is written in letters"):
        asked_form(text, 4, [Form((0, 1, 2, 3), (False,) * 4)], rng())


def test_the_patterns_of_sections_are_those_of_the_songs() -> None:
    long = Form((0, 1, 0, 2, 3, 4, 5, 6), (False,) * 8)
    assert [form.labels for form in section_patterns([long], 4)] == [(0, 1, 0, 2), (0, 1, 2, 3)]
    assert [form.labels for form in section_patterns([], 4)] == [(0, 1, 2, 3)]


def test_noise_and_ties_make_equal_segments_equal_and_varied_ones_alike() -> None:
    form = Form((0, 1, 0, 0), (False, False, False, True))
    noise = shared_noise(form, 500, rng())
    assert np.array_equal(noise[0], noise[2])
    assert 0.4 < np.corrcoef(noise[0], noise[3])[0, 1] < 0.9
    x = np.random.default_rng(1).normal(size=(4, 3))
    together = ties(form, np.zeros(4, bool)) @ x
    assert together[0] == pytest.approx((x[0] + x[2]) / 2, rel=1e-6)
    assert together[1] == pytest.approx(x[1])
    assert together[3] == pytest.approx(0.5 * together[0] + 0.5 * x[3], rel=1e-6)
    known = ties(form, np.array([True, False, False, False])) @ x
    assert known[2] == pytest.approx(x[0])
