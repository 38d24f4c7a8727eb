"""One file of music, MIDI or ABC, as NoteSequences on the musical grid."""

import warnings
from pathlib import Path

import note_seq
from note_seq.protobuf import music_pb2

from base_vae.data.abc import parse_tune, split_tunes
from base_vae.data.musical_grid import to_musical_grid
from base_vae.errors import UserError

MIDI_SUFFIXES = (".mid", ".midi")
ABC_SUFFIXES = (".abc",)


def read_midi(path: Path) -> music_pb2.NoteSequence:
    """A MIDI file as notes at one tempo, in bars of 4/4 where its header allows it.

    Raises:
      UserError: if it is not a whole MIDI file.
    """
    data = path.read_bytes()
    if not data:
        raise UserError("the file is empty")
    if not data.startswith(b"MThd"):
        raise UserError("not a MIDI file (it does not begin with MThd)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sequence = note_seq.midi_to_note_sequence(data)
    except Exception as error:  # the parser raises whatever it stumbles over
        raise UserError(f"a damaged or truncated MIDI file ({error})") from error
    sequence.filename = str(path)
    return to_musical_grid(sequence)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in Latin-1 where it is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
