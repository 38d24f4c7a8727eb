"""One file of music, MIDI, ABC or TFRecord, as NoteSequences on the musical grid."""

import collections
import dataclasses
import io
import os
import warnings
from pathlib import Path

import mido
import note_seq
import pretty_midi
from note_seq.protobuf import music_pb2

from base_vae.data.abc import parse_tune, split_tunes
from base_vae.data.beats import align_to_beats
from base_vae.data.musical_grid import to_musical_grid
from base_vae.data.tfrecord import TFRECORD_SUFFIXES, read_sequences
from base_vae.errors import UserError

MIDI_SUFFIXES = (".mid", ".midi")
ABC_SUFFIXES = (".abc",)
MUSIC_SUFFIXES = (*MIDI_SUFFIXES, *ABC_SUFFIXES, *TFRECORD_SUFFIXES)


@dataclasses.dataclass(frozen=True)
class Reading:
    """What one file holds.

    Attributes:
      sequences: its music, on the musical grid, `filename` set.
      rejected: how often each reason kept a tune of a book out.
    """

    sequences: list[music_pb2.NoteSequence]
    rejected: collections.Counter


def read_file(path: Path) -> Reading:
    """Everything in a file that can be read; a tune that cannot be does not cost the book.

    Args:
      path: its ending, in upper or lower case, says what it is.

    Raises:
      UserError: with the reason (and without the file's name) if nothing of it can be read.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in MIDI_SUFFIXES:
            return Reading([read_midi(path)], collections.Counter())
        if suffix in ABC_SUFFIXES:
            return _read_book(path)
        if suffix in TFRECORD_SUFFIXES:
            return _read_records(path)
    except PermissionError as error:
        raise UserError("no permission to read it") from error
    except OSError as error:
        raise UserError(f"it cannot be read ({error.strerror or error})") from error
    except UserError:
        raise
    except Exception as error:  # whatever an odd file does to a parser, it costs no other file anything
        raise UserError(f"it cannot be read ({type(error).__name__}: {_in_short(error)})") from error
    raise UserError(f"not a kind of file that is read (those end in {', '.join(MUSIC_SUFFIXES)})")


def read_midi(path: Path) -> music_pb2.NoteSequence:
    """A MIDI file as notes at one tempo, in bars of 4/4 where its header allows it, beats on the grid.

    Raises:
      UserError: if it is not a whole MIDI file.
      OSError: if the file cannot be opened.
    """
    data = path.read_bytes()
    if not data:
        raise UserError("the file is empty")
    if not data.startswith(b"MThd"):
        raise UserError("not a MIDI file (it does not begin with MThd)")
    try:
        sequence = note_seq.midi_to_note_sequence(_parse_midi(data))
    except EOFError as error:
        raise UserError("a damaged or truncated MIDI file (it ends too early)") from error
    except Exception as error:  # the parsers raise whatever they stumble over
        raise UserError(f"a damaged or truncated MIDI file ({_in_short(error)})") from error
    sequence.filename = readable_name(path)
    return align_to_beats(to_musical_grid(sequence))


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in Latin-1 where it is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")  # a byte-order mark is not part of the text
    except UnicodeDecodeError:
        return data.decode("latin-1")


def readable_name(path: Path) -> str:
    """The path as text that can be printed and stored, whatever bytes the file's name is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def _parse_midi(data: bytes) -> pretty_midi.PrettyMIDI:
    midi = mido.MidiFile(file=io.BytesIO(data))
    midi.tracks = [track for track in midi.tracks if track]  # pretty_midi cannot take an empty track
    if not midi.tracks:
        raise ValueError("it has no tracks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers in odd places
        return pretty_midi.PrettyMIDI(mido_object=midi)


def _in_short(error: Exception) -> str:
    """The first line of an error's message, or its name where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:100] if lines else type(error).__name__


def _read_book(path: Path) -> Reading:
    text = read_text(path)
    if not text.strip():
        raise UserError("the file is empty")
    tunes = split_tunes(text)
    if not tunes:
        raise UserError("no tune in it: an ABC tune begins with a line like X:1")
    sequences, rejected = [], collections.Counter()
    for tune in tunes:
        try:
            sequence = parse_tune(tune)
        except UserError as error:
            rejected[str(error)] += 1
            continue
        sequence.filename = readable_name(path)
        sequences.append(sequence)
    return Reading(sequences, rejected)


def _read_records(path: Path) -> Reading:
    try:
        sequences = [to_musical_grid(sequence) for sequence in read_sequences(path)]
    except UserError as error:
        raise UserError(str(error).removeprefix(f"{path}: ")) from error
    if not sequences:
        raise UserError("the file is empty")
    return Reading(sequences, collections.Counter())
