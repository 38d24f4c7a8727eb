"""Checks converters against what the original made of the same NoteSequences."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf
from note_seq.constants import NO_CHORD

from base_vae.converters import (
    Converter,
    DrumsConverter,
    GrooveConverter,
    MelodyConverter,
    MultitrackConverter,
    TrioConverter,
)
from base_vae.music.note_sequence import NoteSequence
from benchmarks.conformance.models import compact

_EVERY_PROGRAM = tuple(range(128))
_NO_LIMIT = 10**6
_CHORD_ENCODINGS = {None: None, "TriadChordOneHotEncoding": "triad"}
_CHORD_SYMBOL = NoteSequence.TextAnnotation.CHORD_SYMBOL


def make_converter(settings: Mapping) -> Converter | None:
    """Our converter for a golden case's settings; None where there is none yet."""
    return _MAKERS[settings["cls"]](**settings["kwargs"])


def check_converter(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, difference, tolerance): examples that only one side has, and the notes made of arrays."""
    settings = json.loads(str(case["config_json"]))
    converter = make_converter(settings)
    sequence = NoteSequence.FromString(case["ns"].tobytes())
    ours = list(_rows(converter, converter.extract(sequence).examples))
    golden = list(_golden_rows(case))
    if settings["cls"] in _DE_DUPLICATED:
        yield "all", len({_key(*row) for row in ours} ^ {_key(*row) for row in golden}), 0
    else:
        yield "all", _largest_difference(ours, golden), 1e-5
    for i in range(3):
        if f"from_tensors/{i}/notes" in case:
            yield f"from_tensors/{i}", _notes_difference(converter, case, i), 1e-6


def _rows(converter: Converter, examples: np.ndarray) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    """Each of our examples as the original's vectors, up to its length, and that length."""
    if not len(examples):
        return
    spaces, tensors = converter.spaces, converter.tensors(tf.constant(examples))
    parts = [spaces.inputs.vectors(tensors.inputs), spaces.outputs.vectors(tensors.outputs)]
    if spaces.controls is not None:
        parts.append(spaces.controls.vectors(tensors.controls))
    lengths = tensors.lengths
    lengths = np.full(len(examples), converter.steps) if lengths is None else np.asarray(lengths)
    for i, length in enumerate(lengths):
        end = int(length) if np.ndim(length) == 0 else converter.steps
        yield [np.asarray(part[i])[:end] for part in parts], length


def _golden_rows(case: Mapping[str, np.ndarray]) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    count = int(case["all/n"])
    kinds = [kind for kind in ("inputs", "outputs", "controls") if _depth(case, kind)]
    for i in range(count):
        yield [_item(case, f"all/{kind}", i) for kind in kinds], case["all/lengths"][i]


def _key(parts: list[np.ndarray], length: np.ndarray) -> bytes:
    """Bytes that are equal for equal examples; the rounding is far below what the format can say."""
    rounded = [np.round(part.astype(np.float64), 5).astype(np.float32) + 0.0 for part in parts]
    return b"".join(part.tobytes() for part in rounded) + np.asarray(length, np.int64).tobytes()


def _largest_difference(ours: list, golden: list) -> float:
    """Between examples in the same order; infinite where there are others, or others' lengths."""
    pairs = []
    for (our_parts, our_length), (golden_parts, golden_length) in zip(ours, golden, strict=False):
        pairs += [(np.asarray(our_length), golden_length), *zip(our_parts, golden_parts, strict=True)]
    if len(ours) != len(golden) or any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    return max((float(np.max(np.abs(a - b.astype(np.float64)), initial=0.0)) for a, b in pairs), default=0.0)


def _depth(case: Mapping[str, np.ndarray], kind: str) -> int:
    array = case.get(f"all/{kind}", case.get(f"all/{kind}_concat"))
    return array.shape[-1]


def _item(case: Mapping[str, np.ndarray], key: str, i: int) -> np.ndarray:
    """The i-th array under `key`, stacked or joined."""
    if key in case:
        return case[key][i]
    ends = np.cumsum(case[f"{key}_lens"])
    return case[f"{key}_concat"][ends[i] - case[f"{key}_lens"][i] : ends[i]]


def _notes_difference(converter: Converter, case: Mapping[str, np.ndarray], i: int) -> float:
    """Largest difference of the notes made of the golden output vectors; infinite where others are made."""
    spaces = converter.spaces
    outputs = np.asarray(compact(spaces.outputs, _item(case, "default/outputs", i)[np.newaxis]))
    controls = None
    if spaces.controls is not None:
        controls = np.asarray(compact(spaces.controls, _item(case, "default/controls", i)[np.newaxis]))
    array, golden = converter.assemble(outputs, controls)[0], case[f"from_tensors/{i}/notes"]
    golden_total = float(case[f"from_tensors/{i}/total_time"])
    if isinstance(converter, GrooveConverter):
        array, golden, golden_total = _without_flaws(converter, array, golden)
    sequence = converter.decode(array)
    rows = [
        (n.pitch, n.velocity, n.start_time, n.end_time, n.instrument, n.program, n.is_drum)
        for n in sequence.notes
    ]
    ours = np.array(rows, np.float64).reshape(-1, 7)
    if ours.shape != golden.shape:
        return float("inf")
    ours, golden = (notes[np.lexsort(notes.round(6).T)] for notes in (ours, golden))
    total = abs(sequence.total_time - golden_total)
    chords = _chords_difference(converter, sequence, case.get(f"from_tensors/{i}/chords", []))
    return float(max(np.max(np.abs(ours - golden), initial=0.0), total, chords))


def _chords_difference(converter: Converter, sequence: NoteSequence, golden: np.ndarray) -> float:
    """Largest difference in seconds of the chord symbols; infinite where others are written.

    Without a key the original leaves the last twelve chords, the diminished ones, out of a melody or trio.
    """
    ours = [(a.time, a.text) for a in sequence.text_annotations if a.annotation_type == _CHORD_SYMBOL]
    if isinstance(converter, MelodyConverter | TrioConverter) and not converter.condition_on_key:
        ours = [(time, NO_CHORD if text.endswith("dim") else text) for time, text in ours]
        ours = [chord for i, chord in enumerate(ours) if i == 0 or chord[1] != ours[i - 1][1]]
    golden = [str(row).split("|") for row in golden]
    if [text for _, text in ours] != [text for _, text in golden]:
        return float("inf")
    return max((abs(a - float(b)) for (a, _), (b, _) in zip(ours, golden, strict=True)), default=0.0)


def _without_flaws(
    converter: GrooveConverter, array: np.ndarray, golden: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Our array of a groove, and the original's notes and total time, where both say the same.

    The original begins notes before time 0, writes the softest ones silent, leaves the total time at 0, and
    takes a groove of bins to be as many times shorter as it has drums.
    """
    if converter.num_velocity_bins and not converter.split_instruments:
        array = array[: len(array) // converter.classes]
    velocity, start, end = 1, 2, 3
    golden = golden.copy()
    golden[:, velocity] = np.maximum(golden[:, velocity], 1)
    golden[:, start] = np.maximum(golden[:, start], 0.0)
    return array, golden, float(golden[:, end].max(initial=0.0))


def _melody(
    valid_programs=None, max_bars=None, slice_bars=None, chord_encoding=None, **kwargs
) -> MelodyConverter | None:
    known = {field.name for field in dataclasses.fields(MelodyConverter)}
    if chord_encoding not in _CHORD_ENCODINGS or set(kwargs) - known:
        return None
    return MelodyConverter(
        slice_bars=slice_bars,
        max_bars=max_bars or _NO_LIMIT,
        programs=tuple(valid_programs or _EVERY_PROGRAM),
        chord_encoding=_CHORD_ENCODINGS[chord_encoding],
        **kwargs,
    )


def _drums(
    max_bars=None,
    slice_bars=None,
    gap_bars=1.0,
    pitch_classes="REDUCED",
    steps_per_quarter=4,
    roll_input=False,
    roll_output=False,
    **unknown,
) -> DrumsConverter | None:
    if unknown or slice_bars is None:
        return None
    return DrumsConverter(
        slice_bars=slice_bars,
        max_bars=max_bars or _NO_LIMIT,
        gap_bars=gap_bars or float("inf"),
        steps_per_quarter=steps_per_quarter,
        pitch_classes=pitch_classes or "REDUCED",
        roll_input=roll_input,
        roll_output=roll_output,
    )


def _groove(split_bars=None, quarters_per_bar=4, add_instruments=(), **kwargs) -> GrooveConverter | None:
    known = {field.name for field in dataclasses.fields(GrooveConverter)}
    if split_bars is None or quarters_per_bar != 4 or set(kwargs) - known:
        return None
    return GrooveConverter(split_bars=split_bars, add_instruments=tuple(add_instruments), **kwargs)


def _trio(chord_encoding=None, **kwargs) -> TrioConverter | None:
    known = {field.name for field in dataclasses.fields(TrioConverter)}
    if chord_encoding not in _CHORD_ENCODINGS or set(kwargs) - known:
        return None
    return TrioConverter(chord_encoding=_CHORD_ENCODINGS[chord_encoding], **kwargs)


def _multitrack(
    chord_encoding=None, max_tensors_per_notesequence=None, **kwargs
) -> MultitrackConverter | None:
    if chord_encoding not in (None, "TriadChordOneHotEncoding"):
        return None
    if set(kwargs) - {field.name for field in dataclasses.fields(MultitrackConverter)}:
        return None
    return MultitrackConverter(
        **{"num_velocity_bins": 0, **kwargs},
        chord_encoding="triad" if chord_encoding else None,
        max_examples_per_sequence=max_tensors_per_notesequence,
    )


_MAKERS: dict[str, Callable[..., Converter | None]] = {
    "OneHotMelodyConverter": _melody,
    "DrumsConverter": _drums,
    "TrioConverter": _trio,
    "GrooveConverter": _groove,
    "MultiInstrumentPerformanceConverter": _multitrack,
}
# The original keeps these in a hash set, so their order means nothing.
_DE_DUPLICATED = ("OneHotMelodyConverter", "DrumsConverter")
