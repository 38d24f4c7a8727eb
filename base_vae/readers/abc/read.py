"""ABC tune books to NoteSequences: every tune as played.

Written after the ABC standard 2.1: repeats, variant endings and parts are played out, voices sound
together, chord symbols become annotations. Da capo and dal segno are played once, as the decorations
`!D.C.!`, `!D.S.!`, `!fine!`, `!segno!` and `!coda!`, or such words over the notes, say; the order of a `P:`
field goes before them.
"""

import dataclasses
import functools
import itertools
import operator
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.abc import fields
from base_vae.readers.abc.body import MACRO, Body, or_passed_over, read_lines
from base_vae.readers.abc.midi_directives import is_percussion
from base_vae.readers.abc.tokens import as_field, without_comment
from base_vae.readers.score.performance import performed
from base_vae.readers.score.playing_order import check_played, playing_orders
from base_vae.readers.score.score import Key, Measure, Part, out_of_range

_LONGEST_TUNE = 1_000_000  # characters
_MOST_TUNES = 100_000  # in a book
_FOR_ALL_TUNES = "LMQ"  # fields of a book's own header that say how its tunes sound
_MOST_INSTRUCTIONS = 50  # of a book's header that are put into each of its tunes
_LONGEST_GIVEN = 200  # characters of a line that is
_ANY_LINE_END = re.compile(r"\r\n|\r|\n")


class Tune(NamedTuple):
    """A tune as read.

    Attributes:
      sequence: its notes as played.
      passed_over: what of it could not be read, in words.
    """

    sequence: NoteSequence
    passed_over: list[str]


def split_tunes(text: str) -> Iterator[str]:
    """The tunes of a book, each from its `X:` line on, with the fields that the book gives to all.

    Raises:
      UserError: past 100,000 tunes.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    begins = re.compile(r"^X:", re.MULTILINE)
    first = begins.search(text)
    if first is None:
        return
    given = _given_to_all(text[: min(first.start(), _LONGEST_TUNE)])
    start = first.start()
    for number in itertools.count(1):
        following = begins.search(text, start + 2)
        yield _with_fields(text[start : following.start() if following else len(text)], given)
        if following is None:
            return
        if number == _MOST_TUNES:
            raise UserError(f"a book of more than {_MOST_TUNES:,} tunes")
        start = following.start()


def _given_to_all(header: str) -> list[str]:
    """The lines of a book's header that say how its tunes sound: of each field the last."""
    last: dict[str, str] = {}
    instructions: list[str] = []
    for line in header.split("\n\n")[0].splitlines():
        if line.startswith("%%MIDI") and len(instructions) < _MOST_INSTRUCTIONS:
            instructions.append(line[:_LONGEST_GIVEN])
        elif (field := as_field(line)) and field[0] in _FOR_ALL_TUNES:
            last[field[0]] = line[:_LONGEST_GIVEN]
    return [*last.values(), *instructions]


def _with_fields(tune: str, given: list[str]) -> str:
    """The tune with the book's fields put in, where it has none of its own."""
    if not given or len(tune) > _LONGEST_TUNE:
        return tune
    number, _, rest = tune.partition("\n")
    own = {line[:2] for line in rest.splitlines()} - {"%%"}
    return "\n".join([number, *(line for line in given if line[:2] not in own), rest])


def read_tune(text: str) -> Tune:
    """Reads a tune, repeats played out, with its tempos and metres.

    Args:
      text: one tune, from `X:` to the last bar.

    Raises:
      UserError: saying what of the notation cannot be read, and where.
    """
    try:
        return _parse(text)
    except UserError as error:
        raise UserError(f"ABC that cannot be read: {error}") from error


def _parse(text: str) -> Tune:
    if len(text) > _LONGEST_TUNE:
        raise UserError(f"a tune of more than {_LONGEST_TUNE:,} characters")
    lines = list(enumerate(_ANY_LINE_END.split(text), 1))
    key = next((i for i, (_, line) in enumerate(lines) if line.startswith("K:")), None)
    if key is None:
        raise UserError("the tune has no K: line, where its notes would begin")
    header = [line for _, line in lines[: key + 1]]
    given = [field for line in header if (field := as_field(without_comment(line)))]
    body = _begin(header, dict(given))
    read_lines(body, lines[key + 1 :])
    if body.qpm is not None and body.voices:
        first = next(iter(body.voices.values())).measures[0]
        first.tempos.insert(0, (Fraction(0), body.qpm))
    parts = [part for voice in body.voices.values() if (part := voice.part()).measures]
    parts_in_order = next((text for name, text in given if name == "P"), "")
    order = or_passed_over(fields.parse_order, parts_in_order, body.passed_over) or []
    left_out = out_of_range(sum(voice.out_of_range for voice in body.voices.values()))
    passed_over = list(dict.fromkeys([*body.passed_over, *body.unread(), *left_out]))
    sequence = performed(_play(parts, order), passed_over)
    sequence.source_info.encoding_type = NoteSequence.SourceInfo.ABC
    sequence.sequence_metadata.title = "; ".join(text for name, text in given if name == "T")
    sequence.sequence_metadata.composers.extend(text for name, text in given if name == "C")
    return Tune(sequence, passed_over)


def _begin(header: list[str], given: dict[str, str]) -> Body:
    """An empty body with the header's fields."""
    passed_over: list[str] = []
    metre = or_passed_over(fields.parse_metre, given["M"], passed_over) if "M" in given else (4, 4)
    unit = or_passed_over(fields.parse_unit, given["L"], passed_over) if "L" in given else None
    if unit is None and "M" not in given:
        unit = fields.default_unit(None)
    key = fields.parse_key(given["K"]) or Key()
    body = Body(metre, unit, key, fields.parse_shift(given["K"]))
    body.passed_over += passed_over + ([MACRO] if "m" in given else [])
    if "Q" in given:
        body.tempo(given["Q"])
    for line in header:
        if line.startswith("%%"):
            body.directive(line[2:])
        elif line.startswith("V:"):
            body.declare(without_comment(line[2:]).strip())
        elif line.startswith("I:"):
            body.directive(line[2:])
    body.start()
    if is_percussion(given["K"]):
        body.percussion()
    return body


def _play(parts: list[Part], order: list[str]) -> list[Part]:
    """The voices with their measures in playing order; `order` is that of the parts, empty as written."""
    blocks = [_blocks(part.measures) for part in parts]
    labels = {label for voice in blocks for label in voice}
    order = [label for label in order if label in labels]
    if not order:
        return _repeated(parts)
    for part in parts:
        for measure in part.measures:  # the order of parts goes before them
            measure.signs.da_capo = measure.signs.dal_segno = False
    if "" in labels:  # what comes before the first label
        order.insert(0, "")
    played = [dataclasses.replace(part, measures=[]) for part in parts]
    known = {
        label: _together(_repeated([Part(voice.get(label, [])) for voice in blocks])) for label in set(order)
    }
    for label in order:
        for whole, measures in zip(played, known[label], strict=True):
            whole.measures += measures
        check_played(sum(len(whole.measures) for whole in played))
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
    orders = playing_orders(signs)
    return [
        dataclasses.replace(part, measures=[part.measures[i] for i in order])
        for part, order in zip(parts, orders, strict=True)
    ]


def _together(parts: list[Part]) -> list[list[Measure]]:
    """The measures of each voice, the shorter voices with a rest so that they go on together."""
    lengths = [sum((m.length for m in part.measures), Fraction(0)) for part in parts]
    rests = [
        [Measure(None, None, max(lengths) - length)] if length < max(lengths) else [] for length in lengths
    ]
    return [part.measures + rest for part, rest in zip(parts, rests, strict=True)]
