"""MusicXML scores to NoteSequences: notes, chord symbols, and the order in which they are played."""

import collections
import dataclasses
import functools
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.musicxml.file import score_root
from base_vae.readers.musicxml.part import PartReader
from base_vae.readers.musicxml.values import ValueReader
from base_vae.readers.score.performance import performed
from base_vae.readers.score.playing_order import check_played, playing_order
from base_vae.readers.score.score import Measure, Part, Signs, out_of_range

_DRUM_CHANNEL = "10"  # counted from 1


class ReadScore(NamedTuple):
    """A score as read.

    Attributes:
      sequence: its notes as played.
      passed_over: what of it could not be read, in words.
    """

    sequence: NoteSequence
    passed_over: list[str]


def read_score(data: bytes) -> ReadScore:
    """Reads a score as played: repeats, endings and jumps carried out.

    Every part is an instrument; grace notes and cues are left out.

    Args:
      data: a MusicXML file, compressed (.mxl) or not.

    Raises:
      UserError: with the reason if it cannot be read.
    """
    root = score_root(data)
    parts, passed_over = _parts(root)
    _align(parts)
    _guess_metre(parts)
    together = zip(*(part.measures for part in parts), strict=True)
    signs = [functools.reduce(operator.or_, (measure.signs for measure in measures)) for measures in together]
    order = playing_order(_with_coda(signs))
    check_played(len(order) * len(parts))
    played = [dataclasses.replace(part, measures=[part.measures[i] for i in order]) for part in parts]
    sequence = performed(played, passed_over)
    sequence.source_info.encoding_type = NoteSequence.SourceInfo.MUSIC_XML
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    sequence.sequence_metadata.title = title.strip()
    composers = root.findall("identification/creator[@type='composer']")
    sequence.sequence_metadata.composers.extend((c.text or "").strip() for c in composers)
    return ReadScore(sequence, passed_over)


def _parts(root: Element) -> tuple[list[Part], list[str]]:
    """The parts of a score as written, and what of them was passed over, in words."""
    listed = {part.get("id"): part for part in root.iter("score-part")}
    parts: list[Part] = []
    values = ValueReader()
    left_out = 0
    for name, measures in _written(root).items():
        about = listed.get(name)
        values.measure = ""
        instruments = (
            ({}, frozenset[str]()) if about is None else (_drum_pitches(about, values), _kits(about))
        )
        reader = PartReader(values, *instruments)
        part = Part(reader.measures(measures))
        if about is not None:
            part.name = (about.findtext("part-name") or "").strip()
            values.measure = ""
            instrument = about.find("midi-instrument[midi-program]")
            part.program = 0 if instrument is None else _from_zero(instrument, "midi-program", values) or 0
            part.is_drum = (about.findtext("midi-instrument/midi-channel") or "").strip() == _DRUM_CHANNEL
        parts.append(part)
        left_out += reader.out_of_range
    if not parts:
        raise UserError("no part in the score")
    return parts, out_of_range(left_out) + values.passed_over()


def _written(root: Element) -> dict[str, list[Element]]:
    """The measure elements of each part by its id, whichever way round the score is written."""
    out: dict[str, list[Element]] = {}
    if root.tag == "score-partwise":
        for part in root.findall("part"):
            out.setdefault(part.get("id") or "", []).extend(part.findall("measure"))
        return out
    for measure in root.findall("measure"):
        for part in measure.findall("part"):
            part.attrib.setdefault("number", measure.get("number") or "")
            out.setdefault(part.get("id") or "", []).append(part)
    return out


def _drum_pitches(about: Element, values: ValueReader) -> dict[str, int]:
    """The MIDI pitches of the instruments of a drum kit by their id."""
    kit = about.findall("midi-instrument[midi-unpitched]")
    pitches = {i.get("id") or "": _from_zero(i, "midi-unpitched", values) for i in kit}
    return {name: pitch for name, pitch in pitches.items() if name and pitch is not None}


def _kits(about: Element) -> frozenset[str]:
    """The ids of the instruments of a part that play on the channel of drums."""
    channels = ((i.get("id"), i.findtext("midi-channel") or "") for i in about.findall("midi-instrument"))
    return frozenset(name for name, channel in channels if name and channel.strip() == _DRUM_CHANNEL)


def _from_zero(element: Element, name: str, values: ValueReader) -> int | None:
    """The MIDI number in a child element, which counts from 1 to 128, counted from 0; None if it is none."""
    number = values.number(element, name, 1, least=1, most=128)
    return None if number is None else round(number) - 1


def _align(parts: Sequence[Part]) -> None:
    """Makes all parts have the same measures, each as long as in the longest part."""
    most = max(len(part.measures) for part in parts)
    check_played(most * len(parts))
    for part in parts:
        part.measures += [Measure() for _ in range(most - len(part.measures))]
    for together in zip(*(part.measures for part in parts), strict=True):
        length = max(measure.length for measure in together)
        for measure in together:
            measure.length = length


def _guess_metre(parts: Sequence[Part]) -> None:
    """Takes the metre that fills most measures, in quarters or eighths, where no time signature is given."""
    measures = [measure for part in parts for measure in part.measures]
    lengths = collections.Counter(measure.length for measure in measures)
    length, times = lengths.most_common(1)[0] if lengths else (Fraction(0), 0)
    if any(measure.metre for measure in measures) or 2 * times < len(measures):
        return
    denominator = 4 if length.denominator == 1 else 8
    numerator = length * denominator / 4
    if 0 < numerator < 100 and numerator.denominator == 1:
        for measure in measures:
            measure.metre = (int(numerator), denominator)


def _with_coda(signs: list[Signs]) -> list[Signs]:
    """The signs, the first of two coda signs read as the place to leave from where nothing else is it."""
    codas = [i for i, here in enumerate(signs) if here.coda]
    if len(codas) > 1 and not any(here.to_coda for here in signs):
        signs[codas[0]].coda = False
        signs[codas[0]].to_coda = True
    return signs
