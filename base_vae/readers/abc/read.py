"""ABC tune books to NoteSequences: every tune as it is played.

Written after the ABC standard 2.1: repeats, variant endings and parts are played out, voices sound
together, chord symbols become annotations. Tunes begin with a pickup more often than not: the first full
bar begins a bar, and the pickup ends the one before it. Da capo and dal segno are annotations in ABC and
are not played.
"""

import dataclasses
import functools
import itertools
import operator
import re
from fractions import Fraction

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.abc import fields
from base_vae.readers.abc.body import Body, read_lines
from base_vae.readers.abc.tokens import as_field, without_comment
from base_vae.readers.score.performance import perform
from base_vae.readers.score.playing_order import playing_order
from base_vae.readers.score.score import Measure, Part

_LONGEST_TUNE = 1_000_000  # characters
_FOR_ALL_TUNES = "LMQ"  # fields of a book's own header that say how its tunes sound


def split_tunes(text: str) -> list[str]:
    """The tunes of a book, each from its `X:` line on, with the fields that the book gives to all."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    before, *tunes = re.split(r"(?m)^(?=X:)", text)
    header = before.split("\n\n")[0].splitlines()
    given = [line for line in header if (field := as_field(line)) and field[0] in _FOR_ALL_TUNES]
    return [_with_fields(tune, given) for tune in tunes]


def parse_tune(text: str) -> NoteSequence:
    """A tune as notes, repeats played out, bars of 4/4 where its metre groups into them.

    Args:
      text: one tune, from `X:` to the last bar.

    Raises:
      UserError: saying what of the notation cannot be read, and where.
    """
    try:
        return _parse(text)
    except UserError as error:
        raise UserError(f"ABC that cannot be read: {error}") from error


def _with_fields(tune: str, given: list[str]) -> str:
    """The tune with the book's fields put in, where it has none of its own."""
    number, _, rest = tune.partition("\n")
    own = {line[:2] for line in rest.splitlines()}
    return "\n".join([number, *(line for line in given if line[:2] not in own), rest])


def _parse(text: str) -> NoteSequence:
    if len(text) > _LONGEST_TUNE:
        raise UserError(f"a tune of more than {_LONGEST_TUNE:,} characters")
    lines = list(enumerate(re.split(r"\r\n|\r|\n", text), 1))
    key = next((i for i, (_, line) in enumerate(lines) if line.startswith("K:")), None)
    if key is None:
        raise UserError("the tune has no K: line, where its notes would begin")
    header = [line for _, line in lines[: key + 1]]
    given = [field for line in header if (field := as_field(without_comment(line)))]
    body = _begin(header, dict(given))
    read_lines(body, lines[key + 1 :])
    parts = [part for voice in body.voices.values() if (part := voice.part()).measures]
    order = fields.parse_order(next((text for name, text in given if name == "P"), ""))
    sequence = perform(_play(parts, order), body.qpm)
    sequence.source_info.encoding_type = NoteSequence.SourceInfo.ABC
    sequence.sequence_metadata.title = "; ".join(text for name, text in given if name == "T")
    sequence.sequence_metadata.composers.extend(text for name, text in given if name == "C")
    return sequence


def _begin(header: list[str], given: dict[str, str]) -> Body:
    """An empty body with what the header says."""
    metre = fields.parse_metre(given["M"]) if "M" in given else (4, 4)
    unit = fields.parse_unit(given["L"]) if "L" in given else None
    if unit is None and "M" not in given:
        unit = fields.default_unit(None)
    key = fields.parse_key(given["K"]) or fields.parse_key("none")
    body = Body(metre, unit, key, fields.parse_shift(given["K"]))
    if "Q" in given:
        body.tempo(given["Q"])
    for line in header:
        if line.startswith("%%"):
            body.directive(line[2:])
        elif line.startswith("V:"):
            body.declare(without_comment(line[2:]).strip())
        elif line.startswith("I:"):
            body.directive(line[2:])
    return body


def _play(parts: list[Part], order: list[str]) -> list[Part]:
    """The voices with their measures in playing order; `order` is that of the parts, empty as written."""
    blocks = [_blocks(part.measures) for part in parts]
    labels = {label for voice in blocks for label in voice}
    order = [label for label in order if label in labels]
    if not order:
        return _repeated(parts)
    if "" in labels:  # what comes before the first label
        order.insert(0, "")
    played = [dataclasses.replace(part, measures=[]) for part in parts]
    for label in order:
        written = [Part(voice.get(label, [])) for voice in blocks]
        _append_together(played, _repeated(written))
    return played


def _blocks(measures: list[Measure]) -> dict[str, list[Measure]]:
    """The measures of each part of a tune by its label; of parts with the same label, the first."""
    blocks: dict[str, list[Measure]] = {}
    for label, group in itertools.groupby(measures, key=lambda measure: measure.label):
        blocks.setdefault(label, list(group))
    return blocks


def _repeated(parts: list[Part]) -> list[Part]:
    """The voices with their repeats played; where they have the same bars, a sign in one holds for all."""
    signs = [[measure.signs for measure in part.measures] for part in parts]
    if len({len(voice) for voice in signs}) == 1:
        shared = [functools.reduce(operator.or_, together) for together in zip(*signs, strict=True)]
        signs = [shared] * len(parts)
    orders = [playing_order(voice) for voice in signs]
    return [
        dataclasses.replace(part, measures=[part.measures[i] for i in order])
        for part, order in zip(parts, orders, strict=True)
    ]


def _append_together(played: list[Part], parts: list[Part]) -> None:
    """Adds to what is played, the shorter voices with a rest so that they go on together."""
    lengths = [sum((m.length for m in part.measures), Fraction(0)) for part in parts]
    longest = max(lengths)
    for whole, part, length in zip(played, parts, lengths, strict=True):
        whole.measures += part.measures
        if length < longest:
            whole.measures.append(Measure(None, None, longest - length))
