"""Checks converters against what the original made of the same NoteSequences."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
from note_seq.protobuf import music_pb2

from base_vae.converters import MelodyConverter

_EVERY_PROGRAM = tuple(range(128))
_NO_LIMIT = 10**6


def make_converter(settings: Mapping) -> MelodyConverter | None:
    """Our converter for a golden case's settings; None where there is none yet."""
    kwargs = settings["kwargs"]
    known = {"valid_programs", "skip_polyphony", "max_bars", "slice_bars", "steps_per_quarter", "gap_bars"}
    if settings["cls"] != "OneHotMelodyConverter" or set(kwargs) - known or "slice_bars" not in kwargs:
        return None
    return MelodyConverter(
        slice_bars=kwargs["slice_bars"],
        max_bars=kwargs.get("max_bars") or _NO_LIMIT,
        gap_bars=kwargs.get("gap_bars", 1.0),
        programs=tuple(kwargs.get("valid_programs") or _EVERY_PROGRAM),
        steps_per_quarter=kwargs["steps_per_quarter"],
        skip_polyphony=kwargs["skip_polyphony"],
    )


def check_converter(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, difference, tolerance): examples that only one side has, and the notes made of arrays."""
    converter = make_converter(json.loads(str(case["config_json"])))
    sequence = music_pb2.NoteSequence.FromString(case["ns"].tobytes())
    ours = {bytes(row) for row in converter.extract(sequence).examples}
    golden = {bytes(row) for row in case["all/inputs"].argmax(-1).astype(np.uint8)}
    yield "all", len(ours ^ golden), 0
    for i in range(3):
        if f"from_tensors/{i}/notes" in case:
            array = case["default/inputs"][i].argmax(-1)
            yield f"from_tensors/{i}", _notes_difference(converter.decode(array), case, i), 1e-9


def _notes_difference(sequence: music_pb2.NoteSequence, case: Mapping[str, np.ndarray], i: int) -> float:
    rows = [
        (n.pitch, n.velocity, n.start_time, n.end_time, n.instrument, n.program, n.is_drum)
        for n in sequence.notes
    ]
    ours, golden = np.array(rows, np.float64).reshape(-1, 7), case[f"from_tensors/{i}/notes"]
    if ours.shape != golden.shape:
        return float("inf")
    total = abs(sequence.total_time - float(case[f"from_tensors/{i}/total_time"]))
    return float(max(np.max(np.abs(ours - golden), initial=0.0), total))
