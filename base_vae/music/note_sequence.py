"""The one door to NoteSequences, note-seq's protocol buffers of music.

    from base_vae.music.note_sequence import NoteSequence

Running note-seq's `__init__` imports plotting, notebook and audio libraries and takes most of a second, so
the generated module is loaded by itself. protobuf makes one class for each message, whoever asks first: a
user's own `import note_seq`, before or after, works with the same classes.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from base_vae.errors import UserError, shortened

__all__ = ["NoteSequence", "require_sequence", "without_drums"]


def _music_pb2() -> ModuleType:
    """The generated module `note_seq.protobuf.music_pb2`, without its package's `__init__`."""
    if "note_seq.protobuf.music_pb2" in sys.modules:
        return sys.modules["note_seq.protobuf.music_pb2"]
    package = importlib.util.find_spec("note_seq")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("note-seq is not installed: pip install note-seq", name="note_seq")
    path = Path(package.origin).parent / "protobuf" / "music_pb2.py"
    spec = importlib.util.spec_from_file_location(f"{__name__}_pb2", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from note_seq.protobuf.music_pb2 import NoteSequence
else:
    NoteSequence = _music_pb2().NoteSequence


def require_sequence(music: Any) -> None:
    """Raises UserError unless it is one NoteSequence."""
    if not isinstance(music, NoteSequence):
        raise UserError(
            f"music must be a NoteSequence (received {shortened(repr(music), 60)}); "
            "base_vae.read_music reads files"
        )


def without_drums(sequence: NoteSequence) -> NoteSequence:
    """A copy of a sequence without its drums."""
    out = NoteSequence()
    out.CopyFrom(sequence)
    del out.notes[:]
    out.notes.extend(note for note in sequence.notes if not note.is_drum)
    return out
