"""MIDI files are written byte for byte as note-seq writes them."""

import collections
import io
import sys
from pathlib import Path

import mido
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


def messages_by_time(data: bytes) -> list[dict[int, list[str]]]:
    """The messages of each track by their tick, in no order."""
    tracks = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        found, tick = collections.defaultdict(list), 0
        for message in track:
            tick += message.time
            found[tick].append(str(message.copy(time=0)))
        tracks.append({tick: sorted(messages) for tick, messages in found.items()})
    return tracks


@given(sequence=sequences())
def test_the_bytes_are_those_of_note_seq(sequence: NoteSequence, tmp_path_factory) -> None:
    ours = midi_bytes(sequence)
    theirs = by_note_seq(sequence, tmp_path_factory.getbasetemp() / "theirs.mid")
    # note-seq sorts by a comparison to which a track's name equals everything; Python 3.13 sorts such lists
    # in another order than those before it.
    if sys.version_info < (3, 13):
        assert ours == theirs
    assert messages_by_time(ours) == messages_by_time(theirs)


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
