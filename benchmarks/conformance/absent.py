"""Checks that a converter makes nothing of the music the original made nothing of.

Such combinations have no file of their own: `summary.json` counts 0 examples for them. The music is in the
file of another converter, and the converter's settings are in the file of another piece.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from base_vae.converters.drums.maps import pitch_classes
from base_vae.music.note_sequence import NoteSequence
from benchmarks.conformance.converters import make_converter


def absent_cases(folder: Path) -> list[str]:
    """Names CONVERTER__SOURCE of the combinations without examples whose music some file in `folder` has."""
    summary = folder / "summary.json"
    counts = json.loads(summary.read_text()) if summary.exists() else {}
    return sorted(
        f"{name}__{source}"
        for name, sources in counts.items()
        for source, (examples, _) in sources.items()
        if not examples and any(folder.glob(f"*__{source}.npz")) and any(folder.glob(f"{name}__*.npz"))
    )


def check_absent(folder: Path, case: str) -> Iterator[tuple[str, float, float]]:
    """Yields (what, number of examples, allowed) for a combination of `absent_cases`."""
    name, source = case.split("__", 1)
    with np.load(next(folder.glob(f"{name}__*.npz"))) as arrays:
        settings, drum_only = json.loads(str(arrays["config_json"])), bool(arrays["drum_only"])
    converter = make_converter(settings)
    yield "all", len(converter.extract(_music(folder, source, drum_only)).examples), 0


def _music(folder: Path, source: str, drum_only: bool) -> NoteSequence:
    """The source as the converter got it: with all its notes, or with the drums of the Roland map only."""
    for path in sorted(folder.glob(f"*__{source}.npz")):
        with np.load(path) as arrays:
            sequence = NoteSequence.FromString(arrays["ns"].tobytes())
            if bool(arrays["drum_only"]) == drum_only:
                return sequence
    if not drum_only:
        raise ValueError(f"no file has all notes of {source}")
    known = {pitch for members in pitch_classes("ROLAND") for pitch in members}
    notes = [note for note in sequence.notes if note.is_drum and note.pitch in known]
    del sequence.notes[:]
    sequence.notes.extend(notes)
    return sequence
