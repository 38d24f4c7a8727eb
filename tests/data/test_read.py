"""Files as people have them: MIDI, ABC and TFRecord, whole, damaged and strange."""

import os
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base_vae.data.read import read_file, read_midi, read_text, readable_name
from base_vae.data.tfrecord import write_sequences
from base_vae.errors import UserError
from tests.data.music import SCALE, melody, starts_in_quarters, write_midi

TUNE = "X:{}\nT:Tune\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n\n"


def test_a_midi_file(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "søng é 音.MID", melody(qpm=97.0, metres=((0.0, 2, 4),)))
    (sequence,) = read_file(path).sequences
    assert [note.pitch for note in sequence.notes] == list(SCALE * 2)
    assert starts_in_quarters(sequence) == pytest.approx(range(16), abs=0.01)
    assert sequence.filename == str(path)
    assert [(s.numerator, s.denominator) for s in sequence.time_signatures] == [(4, 4)]


def test_tempo_changes_do_not_move_beats(tmp_path: Path) -> None:
    midi = mido.MidiFile(ticks_per_beat=480)
    tempos, notes = mido.MidiTrack(), mido.MidiTrack()
    for i in range(16):
        tempos.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(60 + 7 * i), time=480 if i else 0))
        notes.append(mido.Message("note_on", note=60 + i, velocity=80))
        notes.append(mido.Message("note_off", note=60 + i, time=480))
    midi.tracks += [tempos, notes, mido.MidiTrack()]  # and a track without a single event
    midi.save(tmp_path / "rubato.mid")
    sequence = read_midi(tmp_path / "rubato.mid")
    assert starts_in_quarters(sequence) == pytest.approx(range(16), abs=1e-4)
    assert len(sequence.tempos) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"GIF89a", "not a MIDI file"),
        (b"MThd", "damaged or truncated MIDI file"),
        (b"MThd\0\0\0\6\0\1\0\0\1\xe0", "damaged or truncated MIDI file \\(it has no tracks\\)"),
        (b"MThd\0\0\0\6\0\1\0\1\0\0MTrk\0\0\0\4\0\xff\x2f\0", "damaged or truncated MIDI file"),
    ],
)
def test_what_is_no_midi_file(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(data)
    with pytest.raises(UserError, match=reason):
        read_midi(path)


def test_truncated_anywhere_is_one_clear_sentence(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    whole = write_midi(tmp_path / "whole.mid").read_bytes()
    path = tmp_path / "cut.mid"
    for length in range(4, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"^a damaged or truncated MIDI file") as caught:
            read_file(path)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(14, 200), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_is_a_sentence_or_music(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    path = write_midi(tmp_path / "damaged.mid")
    data = bytearray(path.read_bytes())
    for position, value in changes:
        data[position % len(data)] = value
    path.write_bytes(data)
    try:
        read_file(path)
    except UserError as error:
        assert 0 < len(str(error)) < 200


def test_a_book_loses_only_the_tunes_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "book.ABC"
    path.write_text(TUNE.format(1) + TUNE.format(2).replace("CDEF", "(3CDE F") + TUNE.format(3))
    reading = read_file(path)
    assert len(reading.sequences) == 2
    assert {sequence.filename for sequence in reading.sequences} == {str(path)}
    assert dict(reading.rejected) == {"ABC that cannot be read: it has triplets or other tuplets": 1}


@pytest.mark.parametrize(("text", "reason"), [(" \n", "empty"), ("Dear John,\n", "no tune in it")])
def test_abc_without_tunes(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "x.abc"
    path.write_text(text)
    with pytest.raises(UserError, match=reason):
        read_file(path)


def test_a_tfrecord(tmp_path: Path) -> None:
    path = tmp_path / "songs.tfrecord"
    write_sequences(path, [melody(metres=((0.0, 1, 4),)), melody(SCALE)])
    reading = read_file(path)
    assert [len(sequence.notes) for sequence in reading.sequences] == [16, 8]
    assert reading.sequences[0].time_signatures[0].numerator == 4
    path.write_bytes(b"not a record of anything at all")
    with pytest.raises(UserError, match=r"^a damaged TFRecord file"):
        read_file(path)
    write_sequences(path, [])
    with pytest.raises(UserError, match="empty"):
        read_file(path)


def test_text_of_any_age(tmp_path: Path) -> None:
    path = tmp_path / "x.abc"
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        path.write_bytes("X:1\nT:Café".encode(encoding))
        assert read_text(path) == "X:1\nT:Café"


def test_what_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3")
    with pytest.raises(UserError, match=r"not a kind of file that is read \(those end in \.mid, \.midi"):
        read_file(path)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_midi(tmp_path / "mine.mid")

    def refuse(self: Path) -> bytes:  # a mode of 000 would not stop root, who runs the tests in many places
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match="no permission"):
        read_file(path)


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "x.mid").symlink_to(tmp_path / "gone.mid")
    with pytest.raises(UserError, match="cannot be read"):
        read_file(tmp_path / "x.mid")


def test_names_that_are_not_text_can_be_printed(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mid"))
    readable_name(path).encode()
    try:
        path.write_bytes(write_midi(tmp_path / "x.mid").read_bytes())
    except OSError:
        return  # a file system that takes only text as names cannot give us such a file
    assert len(read_midi(path).notes) == 16
