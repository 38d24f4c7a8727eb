"""Beats and bars: tempo changes, odd headers, pickups and changes of metre."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.data.musical_grid import split_at_metre_changes, to_musical_grid
from tests.data.music import melody, starts_in_quarters


def metres(sequence: music_pb2.NoteSequence) -> list[tuple[float, int, int]]:
    quarter = sequence.tempos[0].qpm / 60.0
    return [(round(s.time * quarter, 6), s.numerator, s.denominator) for s in sequence.time_signatures]


@st.composite
def tempo_maps(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Beats at which the tempo changes (the first at 0) and the tempos."""
    gaps = draw(st.lists(st.floats(0.25, 8.0), max_size=6))
    qpms = draw(st.lists(st.floats(20.0, 300.0), min_size=len(gaps) + 1, max_size=len(gaps) + 1))
    return [0.0, *np.cumsum(gaps).tolist()], qpms


@settings(max_examples=60, deadline=None)
@given(tempo_maps(), st.lists(st.floats(0.0, 60.0), min_size=1, max_size=8))
def test_beats_survive_tempo_changes(tempo_map: tuple[list[float], list[float]], beats: list[float]) -> None:
    changes, qpms = tempo_map

    def seconds(beat: float) -> float:
        spans = zip(changes, [*changes[1:], np.inf], qpms, strict=True)
        return sum(max(min(beat, end) - start, 0.0) * 60.0 / qpm for start, end, qpm in spans)

    sequence = music_pb2.NoteSequence()
    for change, qpm in zip(changes, qpms, strict=True):
        sequence.tempos.add(time=seconds(change), qpm=qpm)
    for beat in beats:
        sequence.notes.add(pitch=60, velocity=80, start_time=seconds(beat), end_time=seconds(beat + 1))
    before = sequence.SerializeToString(deterministic=True)
    out = to_musical_grid(sequence)
    assert [tempo.qpm for tempo in out.tempos] == [qpms[0]]
    assert np.allclose(starts_in_quarters(out), beats, atol=1e-6)
    assert np.allclose([(n.end_time - n.start_time) * qpms[0] / 60 for n in out.notes], 1.0, atol=1e-6)
    assert sequence.SerializeToString(deterministic=True) == before


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 64), st.integers(0, 7), st.sampled_from([0, 1, 2, 4, 8])), max_size=5)
)
def test_twice_is_once(header: list[tuple[int, int, int]]) -> None:
    sequence = melody(metres=tuple((start / 2, n, d) for start, n, d in header))
    once = to_musical_grid(sequence)
    twice = to_musical_grid(once)
    assert metres(twice) == metres(once)
    assert np.allclose(starts_in_quarters(twice), starts_in_quarters(once))
    assert once.time_signatures[0].time == 0.0
    assert np.allclose(np.diff(starts_in_quarters(once)), 1.0)


@pytest.mark.parametrize("header", [(1, 4), (2, 4), (4, 4), (2, 2)])
def test_headers_over_plain_four_four_become_four_four(header: tuple[int, int]) -> None:
    out = to_musical_grid(melody(metres=((0.0, *header),)))
    assert metres(out) == [(0.0, 4, 4)]
    assert starts_in_quarters(out)[:3] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("header", [(3, 4), (6, 8), (5, 4)])
def test_other_metres_stay(header: tuple[int, int]) -> None:
    assert metres(to_musical_grid(melody(metres=((0.0, *header),)))) == [(0.0, *header)]


def test_no_header_and_a_damaged_header_mean_four_four() -> None:
    assert metres(to_musical_grid(melody(metres=()))) == [(0.0, 4, 4)]
    assert metres(to_musical_grid(melody(metres=((0.0, 4, 0), (4.0, 0, 4))))) == [(0.0, 4, 4)]
    silent = melody()
    silent.tempos[0].qpm = 0.0
    assert to_musical_grid(silent).tempos[0].qpm == 120.0


def test_repeated_four_four_says_nothing_new() -> None:
    assert metres(to_musical_grid(melody(metres=((0.0, 4, 4), (8.0, 2, 4), (12.0, 4, 4))))) == [(0.0, 4, 4)]


def test_last_of_two_signatures_at_one_time_counts() -> None:
    assert metres(to_musical_grid(melody(metres=((0.0, 3, 4), (0.0, 4, 4))))) == [(0.0, 4, 4)]


@pytest.mark.parametrize(
    ("header", "moved", "metre"),
    [
        (((0.0, 1, 4), (1.0, 4, 4)), 3.0, (4, 4)),
        (((0.0, 3, 4), (3.0, 4, 4)), 1.0, (4, 4)),
        (((0.0, 1, 8), (0.5, 6, 8)), 2.5, (6, 8)),
        (((2.0, 4, 4),), 2.0, (4, 4)),
    ],
)
def test_pickup_ends_the_bar_before_the_first_full_one(
    header: tuple[tuple[float, int, int], ...], moved: float, metre: tuple[int, int]
) -> None:
    out = to_musical_grid(melody(metres=header))
    assert metres(out) == [(0.0, *metre)]
    assert np.allclose(starts_in_quarters(out), np.arange(16) + moved)
    assert out.total_time == pytest.approx((16 + moved) / 2)


def test_stretches_begin_with_a_bar_and_keep_every_note() -> None:
    header = ((0.0, 4, 4), (4.0, 3, 4), (7.0, 4, 4), (13.0, 4, 4))  # the last cuts a bar in half
    stretches = split_at_metre_changes(to_musical_grid(melody(metres=header)))
    assert [len(s.notes) for s in stretches] == [4, 3, 6, 3]
    assert [starts_in_quarters(s)[0] for s in stretches] == [0.0] * 4
    assert [(s.time_signatures[0].numerator, len(s.time_signatures)) for s in stretches] == [
        (4, 1), (3, 1), (4, 1), (4, 1)
    ]  # fmt: skip


def test_one_metre_is_one_stretch() -> None:
    sequence = to_musical_grid(melody())
    assert split_at_metre_changes(sequence) == [sequence]
