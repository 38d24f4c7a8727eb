"""Names that a person may have meant."""

from hypothesis import given
from hypothesis import strategies as st

from base_vae.errors import closest_first


def test_what_may_be_meant_comes_first():
    assert closest_first("evalute", ["compute", "apply", "evaluate"]) == ["evaluate", "compute", "apply"]
    assert closest_first(None, ["b", "a"]) == ["b", "a"]


@given(name=st.text(), known=st.lists(st.text(min_size=1), unique=True))
def test_no_name_is_lost(name, known):
    assert sorted(closest_first(name, known)) == sorted(known)
