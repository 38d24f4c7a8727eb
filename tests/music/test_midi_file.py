"""MIDI files are written byte for byte as note-seq writes them."""

from pathlib import Path

import note_seq
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from base_vae.errors import UserError
from base_vae.music.general_midi import DRUM_NAMES, PROGRAM_NAMES
from base_vae.music.midi_file import midi_bytes, write_midi
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.read import read_file
from tests.paths import EXAMPLES
from tests.small_music import melody

TIMES = st.floats(0, 20).map(lambda time: round(time, 3)) | st.integers(0, 64).map(lambda step: step / 8)
VOICES = st.sampled_from([(0, 0, False), (1, 40, False), (1, 41, False), (2, 0, True), (20, 127, False)])


@st.composite
def sequences(draw) -> NoteSequence:
    sequence = NoteSequence(ticks_per_quarter=draw(st.sampled_from([0, 1, 220, 480])))
    for time in sorted(draw(st.lists(TIMES, max_size=4))):
        sequence.tempos.add(time=time, qpm=draw(st.floats(4, 1000)))
    for time in draw(st.lists(TIMES, max_size=2)):
        sequence.time_signatures.add(
            time=time, numerator=draw(st.integers(1, 12)), denominator=2 ** draw(st.integers(0, 4))
        )
    for time in draw(st.lists(TIMES, max_size=2)):
        sequence.key_signatures.add(time=time, key=draw(st.integers(0, 11)), mode=draw(st.integers(0, 1)))
    for kind in draw(st.lists(st.sampled_from(["note", "bend", "control"]), max_size=8)):
        instrument, program, is_drum = draw(VOICES)
        voice = {"instrument": instrument, "program": program, "is_drum": is_drum}
        start, value = draw(TIMES), draw(st.integers(0, 127))
        if kind == "note":
            sequence.notes.add(
                pitch=draw(st.integers(58, 60)),
                velocity=value,
                start_time=start,
                end_time=start + draw(TIMES),
                **voice,
            )
        elif kind == "bend":
            sequence.pitch_bends.add(time=start, bend=draw(st.integers(-8192, 8191)), **voice)
        else:
            sequence.control_changes.add(
                time=start, control_number=draw(st.integers(0, 127)), control_value=value, **voice
            )
    if draw(st.booleans()):
        sequence.instrument_infos.add(instrument=draw(st.integers(0, 2)), name="M\u00fcller's fiddle" * 10)
    return sequence


def by_note_seq(sequence: NoteSequence, path: Path) -> bytes:
    note_seq.note_sequence_to_midi_file(sequence, str(path))
    return path.read_bytes()


@given(sequence=sequences())
def test_the_bytes_are_those_of_note_seq(sequence: NoteSequence, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "theirs.mid"
    assert midi_bytes(sequence) == by_note_seq(sequence, path)


def test_music_comes_back(tmp_path: Path) -> None:
    for tune in sorted(EXAMPLES.rglob("*.abc"))[:3]:
        sequence = read_file(tune).sequences[0]
        write_midi(sequence, tmp_path / "ours.mid")
        assert (tmp_path / "ours.mid").read_bytes() == by_note_seq(sequence, tmp_path / "theirs.mid")
        assert len(read_file(tmp_path / "ours.mid").sequences[0].notes) == len(sequence.notes)


def test_no_program_of_the_first_instrument_is_lost() -> None:
    sequence = melody()
    sequence.notes.add(pitch=30, velocity=80, start_time=0, end_time=1, program=33)
    assert midi_bytes(sequence).count(b"MTrk") == 3


def test_names() -> None:
    assert [pretty_midi.program_to_instrument_name(i) for i in range(128)] == list(PROGRAM_NAMES)
    assert {i: name for i in range(128) if (name := pretty_midi.note_number_to_drum_name(i))} == DRUM_NAMES


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.notes.add(pitch=128, velocity=80, end_time=1),
        lambda s: s.notes.add(pitch=60, velocity=80, end_time=float("nan")),
        lambda s: s.notes.add(pitch=60, velocity=80, end_time=float("inf")),
        lambda s: s.notes.add(pitch=60, velocity=80, end_time=1e12),
        lambda s: s.notes.add(pitch=60, velocity=80, end_time=1, program=-1),
        lambda s: s.time_signatures.add(numerator=3, denominator=7),
        lambda s: s.tempos.add(time=0, qpm=1),
        lambda s: s.tempos.add(time=0, qpm=0),
        lambda s: s.key_signatures.add(key=12),
    ],
)
def test_what_a_midi_file_cannot_hold(change, tmp_path: Path) -> None:
    sequence = NoteSequence()
    change(sequence)
    with pytest.raises(UserError, match="a MIDI file cannot hold this NoteSequence"):
        write_midi(sequence, tmp_path / "a.mid")
    with pytest.raises(UserError, match="cannot be written"):
        write_midi(melody(), tmp_path / "no" / "a.mid")
