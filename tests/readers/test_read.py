"""Files as people have them: MIDI, ABC and TFRecord, whole, damaged and strange."""

import os
import zipfile
from pathlib import Path

import mido
import pytest

from base_vae.errors import UserError
from base_vae.readers.limits import Limits
from base_vae.readers.read import PassedOver, read_file, read_note_sequences, read_pieces, read_text
from base_vae.readers.sources import Source
from base_vae.readers.tfrecord import write_sequences
from tests.small_music import SCALE, melody, starts_in_quarters, write_midi

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
    (sequence,) = read_file(tmp_path / "rubato.mid").sequences
    assert starts_in_quarters(sequence) == pytest.approx(range(16), abs=1e-4)
    assert len(sequence.tempos) == 1
    (heard,) = read_pieces(Source(str(tmp_path / "rubato.mid")))
    assert len(heard.piece.tempos) == 16  # as it was read


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
        read_file(path)


def test_truncated_anywhere_is_one_clear_sentence(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    whole = write_midi(tmp_path / "whole.mid").read_bytes()
    path = tmp_path / "cut.mid"
    notes = []
    for length in range(4, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        try:
            reading = read_file(path)
        except UserError as error:
            assert str(error).startswith("a damaged or truncated MIDI file") and "\n" not in str(error)
            notes.append(0)
        else:
            assert reading.rejected
            notes.append(len(reading.as_read[0].piece))
    assert notes == sorted(notes) and notes[0] == 0 and notes[-1] == 16
    assert capfd.readouterr() == ("", "")


def test_a_book_loses_only_the_tunes_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "book.ABC"
    path.write_text(TUNE.format(1) + TUNE.format(2).replace("K:C\n", "") + TUNE.format(3))
    reading = read_file(path)
    assert len(reading.sequences) == 2
    assert {sequence.filename for sequence in reading.sequences} == {str(path)}
    ((reason, count),) = reading.rejected.items()
    assert reason.startswith("ABC that cannot be read: the tune has no K: line") and count == 1


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
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "utf-16"):
        path.write_bytes("X:1\nT:Café".encode(encoding))
        assert read_text(path) == "X:1\nT:Café"


def test_what_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3")
    with pytest.raises(UserError, match=r"not a kind of file that is read \(those end in \.mid, \.midi"):
        read_file(path)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_midi(tmp_path / "mine.mid")

    def refuse(self: Source, limits: Limits) -> bytes:  # a mode of 000 would not stop root
        raise PermissionError(13, "Permission denied", self.path)

    monkeypatch.setattr(Source, "read", refuse)
    with pytest.raises(UserError, match="no permission"):
        read_file(path)


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "x.mid").symlink_to(tmp_path / "gone.mid")
    with pytest.raises(UserError, match="cannot be read"):
        read_file(tmp_path / "x.mid")


def test_names_that_are_not_text_can_be_printed(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mid"))
    assert Source(str(path)).name.encode().endswith(b"caf\xef\xbf\xbd.mid")
    try:
        path.write_bytes(write_midi(tmp_path / "x.mid").read_bytes())
    except OSError:
        return  # a file system that takes only text as names cannot give us such a file
    (piece,) = read_file(path).pieces
    assert len(piece) == 16


def test_a_musicxml_score(tmp_path: Path) -> None:
    note = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>1</duration></note>"
    score = (
        '<score-partwise><part-list><score-part id="P1"><part-name>x</part-name></score-part></part-list>'
        '<part id="P1"><measure number="1"><attributes><divisions>1</divisions><time><beats>4</beats>'
        "<beat-type>4</beat-type></time></attributes>"
        + "".join(note.format(step) for step in "CDEF")
        + "</measure></part></score-partwise>"
    )
    for name in ("a.xml", "b.MusicXML"):
        (tmp_path / name).write_text(score)
        (piece,) = read_file(tmp_path / name).pieces
        assert piece.pitch.tolist() == [60, 62, 64, 65]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.xml", "in/side.xml")
    (heard,) = read_pieces(Source(str(tmp_path / "a.zip"), 0, "in/side.xml"))
    assert heard.has_bar_lines and len(heard.piece) == 4


def test_controls_go_to_the_program_that_plays(tmp_path: Path) -> None:
    midi = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    midi.tracks.append(track)
    for program in (5, 6):
        track.append(mido.Message("control_change", control=7, value=program))
        track.append(mido.Message("program_change", program=program))
        track.append(mido.Message("control_change", control=64, value=program))
        track.append(mido.Message("note_on", note=60, velocity=80))
        track.append(mido.Message("note_off", note=60, time=480))
    midi.save(tmp_path / "x.mid")
    (read,) = read_note_sequences(Source(str(tmp_path / "x.mid")))
    assert [(c.control_value, c.program) for c in read.control_changes] == [(5, 5), (5, 5), (6, 5), (6, 6)]


def test_sequences_keep_what_pieces_do_not(tmp_path: Path) -> None:
    sequence = melody()
    sequence.control_changes.add(time=1.0, control_number=64, control_value=127)
    sequence.pitch_bends.add(time=2.0, bend=-100)
    sequence.key_signatures.add(time=0.0, key=9, mode=sequence.key_signatures.add().MINOR)
    del sequence.key_signatures[0]
    (read,) = read_note_sequences(Source(str(write_midi(tmp_path / "x.mid", sequence))))
    assert [(c.control_number, c.control_value, c.time) for c in read.control_changes] == [(64, 127, 1.0)]
    assert [(b.bend, b.time) for b in read.pitch_bends] == [(-100, 2.0)]
    assert [(k.key, k.mode) for k in read.key_signatures] == [(9, read.key_signatures[0].MINOR)]
    assert len(read.notes) == 16


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (
            Limits(max_file_mb=1e-4),
            r"0.0001 MB are allowed, .*limits=base_vae.Limits\(max_file_mb=...\) raises",
        ),
        (
            Limits(max_file_mb=1e-4, raised_by="--{name}"),
            r"the file is too large: .* \(--max_file_mb raises the",
        ),
        (Limits(max_piece_notes=15), "the piece is too large: 15 notes are allowed, 16 received"),
        (Limits(max_piece_hours=1e-3), "the piece is too large: 0.001 hours are allowed"),
    ],
)
def test_limits_say_how_to_raise_them(tmp_path: Path, limits: Limits, words: str) -> None:
    path = write_midi(tmp_path / "x.mid")
    with pytest.raises(UserError, match=words):
        read_file(path, limits=limits)
    if "file" not in words and "MB" not in words:
        write_sequences(tmp_path / "x.tfrecord", [melody(), melody(SCALE[:2])])
        reading = read_file(tmp_path / "x.tfrecord", limits=limits)
        assert len(reading.as_read) == 1  # the one that is small enough
        assert "too large" in next(iter(reading.rejected))


def test_what_never_ends_is_not_read() -> None:
    with pytest.raises(UserError, match="not a kind of file"):
        read_file("/dev/zero")
    with pytest.raises(UserError, match="not a regular file"):
        next(read_pieces(Source("/dev/zero", inside="x.mid")))


def test_a_damaged_record_costs_only_what_comes_after(tmp_path: Path) -> None:
    path = tmp_path / "x.tfrecord-00000-of-00001"
    write_sequences(path, [melody(), melody()])
    path.write_bytes(path.read_bytes()[:-5])
    found = read_pieces(Source(str(path)))
    assert not isinstance(next(found), PassedOver)
    with pytest.raises(UserError, match=r"a damaged TFRecord file \(after record 1\)"):
        next(found)
