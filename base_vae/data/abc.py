"""ABC tune books to NoteSequences, through note-seq's parser.

Tunes begin with a pickup more often than not, and note-seq counts time from the first note. Here the
first full bar begins a bar, and the pickup ends the one before it.
"""

import re

from note_seq import abc_parser, sequences_lib
from note_seq.protobuf import music_pb2

from base_vae.data.musical_grid import DEFAULT_QPM, to_musical_grid
from base_vae.errors import UserError

# Grace notes, decorations, annotations and layout, none of which the parser knows or the model hears.
_ORNAMENTS = re.compile(r"\{[^}]*\}|![^!\n]*!|`|\"[^\"\n]*\"|\\\n|(?m:%.*$)")
_FIELD = re.compile(r"^[A-Za-z]:")
_NUMBER = re.compile(r"X:\s*\d+")
_OPENING = re.compile(r"[\s|:]*(?:\[\|[\s|:]*)?")
_BAR_LINE = re.compile(r"[|\]:]*\|[|\]:]*|::")

# What note-seq's parser says and what a musician calls it.
_REASONS = {
    abc_parser.TupletError: "it has triplets or other tuplets",
    abc_parser.VariantEndingError: "it has first and second endings",
    abc_parser.ChordError: "it has chords",
    abc_parser.MultiVoiceError: "it has several voices",
    abc_parser.PartError: "it is written in parts (P:)",
    abc_parser.RepeatParseError: "its repeat signs do not match",
}


def split_tunes(text: str) -> list[str]:
    """The tunes of a book, each from its `X:` line on, without the book's own header."""
    return [part for part in re.split(r"(?m)^(?=X:)", text) if part.startswith("X:")]


def parse_tune(text: str) -> music_pb2.NoteSequence:
    """A tune as notes, repeats played out, bars of 4/4 where its metre groups into them.

    Args:
      text: one tune, from `X:` to the last bar.

    Raises:
      UserError: saying what of the notation cannot be read.
    """
    header, body = _split_header(text)
    tune = _parse(header + body)
    if tune.section_groups:
        tune = sequences_lib.expand_section_groups(tune)
        del tune.section_annotations[:], tune.section_groups[:]
    _mark_first_full_bar(tune, _pickup_seconds(header, body))
    return to_musical_grid(tune)


def _split_header(text: str) -> tuple[str, str]:
    lines = text.splitlines(keepends=True)
    key = next((i for i, line in enumerate(lines) if line.startswith("K:")), None)
    if key is None:
        raise UserError("ABC that cannot be read: the tune has no K: line, where its notes would begin")
    if not _NUMBER.fullmatch(lines[0].strip()):
        lines[0] = "X:1\n"  # the parser takes whole numbers only
    header = [line.split("%")[0].rstrip() + "\n" for line in lines[: key + 1] if _FIELD.match(line)]
    body = []
    for line in lines[key + 1 :]:
        if not line.strip():  # a tune ends at an empty line, and what follows is prose
            break
        if not line.startswith("%"):
            body.append(line)
    return "".join(header), _ORNAMENTS.sub("", "".join(body))


def _parse(text: str) -> music_pb2.NoteSequence:
    """The notes of a header and a body, with note-seq's errors in a musician's words."""
    try:
        tunes, errors = abc_parser.parse_abc_tunebook(text)
    except (abc_parser.ABCParseError, ValueError, KeyError, IndexError, ZeroDivisionError) as error:
        raise UserError(f"ABC that cannot be read: {error}") from error
    if errors:
        raise UserError(f"ABC that cannot be read: {_reason(errors[0])}")
    if not tunes:
        raise UserError("ABC that cannot be read: the tune has no notes")
    return next(iter(tunes.values()))


def _reason(error: Exception) -> str:
    """The parser's error in a musician's words, without what differs from tune to tune where it can be."""
    if isinstance(error, abc_parser.InvalidCharacterError):
        sign = str(error).partition("[")[2].strip("b]'\"")
        return "it has rests" if sign in {"z", "x", "Z"} else f"it has a sign that is not known, {sign!r}"
    return _REASONS.get(type(error), str(error))


def _mark_first_full_bar(tune: music_pb2.NoteSequence, pickup: float) -> None:
    """Says with a time signature at `pickup` seconds that a bar begins there, if it is less than a bar."""
    qpm = tune.tempos[0].qpm if tune.tempos else DEFAULT_QPM
    if not tune.time_signatures:
        tune.time_signatures.add(numerator=4, denominator=4)
    first = tune.time_signatures[0]
    written_bar = 4.0 * first.numerator / first.denominator * 60.0 / qpm
    if 1e-6 < pickup < written_bar - 1e-6:
        tune.time_signatures.add(time=pickup, numerator=first.numerator, denominator=first.denominator)


def _pickup_seconds(header: str, body: str) -> float:
    """How long the music before the first bar line is; a full bar where there is no pickup."""
    music = body[_OPENING.match(body).end() :]
    first = _BAR_LINE.search(music)
    if first is None:
        return 0.0
    try:
        return _parse(header + music[: first.start()].strip() + "|\n").total_time
    except UserError:
        return 0.0
