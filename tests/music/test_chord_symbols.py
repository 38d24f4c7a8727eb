"""Chord symbols mean what they mean to note-seq."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from note_seq import chord_symbols_lib, chords_encoder_decoder

from base_vae.converters.harmony.chords import CHORD_DEPTH, UNREADABLE, chord_figure, chord_id
from base_vae.music.chord_symbols import NO_CHORD, parse_chord_symbol
from base_vae.music.general_midi import UNPITCHED_PROGRAMS

TRIADS = chords_encoder_decoder.TriadChordOneHotEncoding()
KINDS = sorted(chord_symbols_lib._CHORD_KINDS_BY_ABBREV)
ROOTS = st.builds(
    lambda step, sign, times: step + sign * times,
    st.sampled_from("ABCDEFG"),
    st.sampled_from("#b"),
    st.integers(0, 2),
)
CHANGES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["(", ""]),
    st.sampled_from(["add", "add#", "addb", "no", "#", "b"]),
    st.integers(0, 14),
    st.sampled_from([")", ""]),
)
FIGURES = st.builds(
    lambda root, kind, changes, bass: root + kind + "".join(changes) + (f"/{bass}" if bass else ""),
    ROOTS,
    st.sampled_from(KINDS),
    st.lists(CHANGES, max_size=3),
    st.none() | ROOTS,
)
TEXTS = st.text(alphabet="ABCDEFGmaj7951#b/()osu+-n \n", max_size=8)


def ours(figure: str) -> tuple | None:
    chord = parse_chord_symbol(figure)
    return chord and (chord.root_pitch, list(chord.degrees.items()), chord.transposed(5), chord_id(figure))


def theirs(figure: str) -> tuple | None:
    try:
        root, (_, degrees, _) = (
            chord_symbols_lib.chord_symbol_root(figure),
            chord_symbols_lib._parse_chord_symbol(figure),
        )
    except chord_symbols_lib.ChordSymbolError:
        return None
    try:
        number = TRIADS.encode_event(figure)
    except chords_encoder_decoder.ChordEncodingError:
        number = UNREADABLE
    return root, list(degrees.items()), chord_symbols_lib.transpose_chord_symbol(figure, 5), number


@example("C/o7/Bb")
@example("Cb5")
@example("G7\n")
@given(FIGURES | TEXTS)
def test_figures_mean_what_note_seq_reads(figure: str) -> None:
    assert ours(figure) == theirs(figure)


@pytest.mark.parametrize("semitones", range(-12, 13))
def test_every_root_and_kind_is_transposed_alike(semitones: int) -> None:
    for root in (
        "C",
        "C#",
        "Db",
        "D",
        "Eb",
        "E",
        "F",
        "F#",
        "Gb",
        "G",
        "Ab",
        "A",
        "Bbb",
        "B",
        "Cb",
        "E#",
        "F##",
    ):
        for kind in KINDS:
            figure = f"{root}{kind}/G#"
            chord = parse_chord_symbol(figure)
            assert chord and chord.transposed(semitones) == chord_symbols_lib.transpose_chord_symbol(
                figure, semitones
            )


def test_ids_have_the_figures_of_note_seq() -> None:
    for number in range(CHORD_DEPTH):
        assert chord_figure(number) == TRIADS.decode_event(number)
        assert chord_id(chord_figure(number)) == number
    assert chord_id(NO_CHORD) == 0
    assert parse_chord_symbol("C" + "add1" * 100_000) is None


def test_constants() -> None:
    from note_seq import constants
    from note_seq.drums_encoder_decoder import DEFAULT_DRUM_TYPE_PITCHES

    from base_vae.converters.drums.maps import pitch_classes

    assert constants.NO_CHORD == NO_CHORD
    assert list(UNPITCHED_PROGRAMS) == constants.UNPITCHED_PROGRAMS
    assert list(map(list, pitch_classes("REDUCED"))) == DEFAULT_DRUM_TYPE_PITCHES
