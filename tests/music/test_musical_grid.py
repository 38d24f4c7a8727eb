"""Beats and bars: tempo changes, odd headers, pickups and changes of metre."""

import dataclasses
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from note_seq import sequences_lib
from note_seq.protobuf import music_pb2

from base_vae.music.musical_grid import split_at_metre_changes, to_musical_grid
from base_vae.music.note_table import split_on_changes
from base_vae.music.piece import Piece
from tests.small_music import SCALE, melody, starts_in_quarters


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


@pytest.mark.parametrize(
    "header",
    [
        (1, 4),
        (2, 4),
        (4, 4),
        (2, 2),
        (4, 8),
        (2, 8),
        (1, 8),
        (8, 8),
        (16, 16),
        (8, 4),
        (4, 2),
        (2, 1),
        (12, 4),
    ],
)
def test_headers_over_plain_four_four_become_four_four(header: tuple[int, int]) -> None:
    out = to_musical_grid(melody(metres=((0.0, *header),)))
    assert metres(out) == [(0.0, 4, 4)]
    assert starts_in_quarters(out)[:3] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("header", [(3, 4), (6, 8), (5, 4), (12, 8), (6, 4), (3, 2), (4, 3)])
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


def quarters(piece: Piece) -> list[float]:
    return (piece.start * piece.qpm / 60.0).tolist()


def test_stretches_begin_with_a_bar_and_keep_every_note() -> None:
    header = ((0.0, 4, 4), (4.0, 3, 4), (7.0, 4, 4), (13.0, 4, 4))  # the last cuts a bar in half
    stretches = split_at_metre_changes(to_musical_grid(Piece.from_sequence(melody(metres=header))))
    assert [len(s) for s in stretches] == [4, 3, 6, 3]
    assert [quarters(s)[0] for s in stretches] == [0.0] * 4
    assert [s.metres.tolist() for s in stretches] == [[[0, 4, 4]], [[0, 3, 4]], [[0, 4, 4]], [[0, 4, 4]]]


def test_one_metre_is_one_stretch() -> None:
    piece = to_musical_grid(Piece.from_sequence(melody()))
    assert split_at_metre_changes(piece)[0] is piece


times = st.floats(0.0, 60.0)


@st.composite
def sequences(draw: st.DrawFn) -> music_pb2.NoteSequence:
    """Anything at all: overlapping notes, tempo and metre changes, keys and chords."""
    sequence = music_pb2.NoteSequence()
    for time, qpm in draw(st.lists(st.tuples(times, st.floats(0.0, 300.0)), max_size=4)):
        sequence.tempos.add(time=time, qpm=qpm)
    metre = st.tuples(times, st.integers(0, 7), st.sampled_from([0, 1, 2, 4, 8]))
    for time, numerator, denominator in draw(st.lists(metre, max_size=4)):
        sequence.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    for start, length, pitch in draw(st.lists(st.tuples(times, times, st.integers(0, 127)), max_size=9)):
        sequence.notes.add(pitch=pitch, velocity=80, start_time=start, end_time=start + length)
        sequence.total_time = max(sequence.total_time, start + length)
    for time, key in draw(st.lists(st.tuples(times, st.integers(0, 11)), max_size=3)):
        sequence.key_signatures.add(time=time, key=key)
    for time in draw(st.lists(times, max_size=3)):
        sequence.text_annotations.add(time=time, text="Am", annotation_type=1)
    return sequence


def same(a: Piece, b: Piece) -> None:
    for field in dataclasses.fields(Piece):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if isinstance(x, np.ndarray):
            np.testing.assert_allclose(x, y, atol=1e-9, err_msg=field.name)
        else:
            assert x == pytest.approx(y) if isinstance(x, float) else str(x) == str(y)


@settings(max_examples=100, deadline=None)
@given(sequences())
def test_pieces_and_note_sequences_go_the_same_way(sequence: music_pb2.NoteSequence) -> None:
    piece = to_musical_grid(Piece.from_sequence(sequence))
    same(piece, Piece.from_sequence(to_musical_grid(sequence)))


@settings(max_examples=100, deadline=None)
@given(sequences())
def test_stretches_are_cut_as_note_seq_cuts(sequence: music_pb2.NoteSequence) -> None:
    piece = to_musical_grid(Piece.from_sequence(sequence))
    whole = piece.to_sequence()
    for part in split_at_metre_changes(piece):
        if part is piece:
            return
    starts = sorted({0.0, *(t for t in piece.metres[:, 0].tolist() if 0.0 < t < piece.total_time)})
    ends = [*starts[1:], piece.total_time]
    for part, start, end in zip(split_at_metre_changes(piece), starts, ends, strict=True):
        same(part, Piece.from_sequence(sequences_lib.extract_subsequence(whole, start, end)))


def test_many_metres_and_many_chords_take_no_longer_than_both() -> None:
    piece = Piece.from_sequence(melody(SCALE * 1000))
    signs = [(2 * i, 3 + i % 2, 4) for i in range(4000)]
    piece = dataclasses.replace(
        piece,
        metres=np.array(signs, np.float64),
        chords=tuple((i / 10, "C") for i in range(40_000)),
    )
    start = process_time()
    assert len(split_at_metre_changes(piece)) > 1000
    assert len(split_on_changes(piece)) > 1000
    assert process_time() - start < 5
