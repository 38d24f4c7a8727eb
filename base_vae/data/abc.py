"""ABC tune books to NoteSequences, through note-seq's parser.

Tunes begin with a pickup more often than not, and note-seq counts time from the first note. Here the
first full bar begins a bar, and the pickup ends the one before it.
"""

import re

from note_seq import abc_parser, sequences_lib
from note_seq.protobuf import music_pb2

from base_vae.data.musical_grid import to_musical_grid
from base_vae.errors import UserError

# Grace notes, decorations, annotations and layout, none of which the parser knows or the model hears.
_ORNAMENTS = re.compile(r"\{[^}]*\}|![^!\n]*!|`|\"[^\"\n]*\"|\\\n|(?m:%.*$)")
_FIELD = re.compile(r"^[A-Za-z]:")
_BAR_LINE = re.compile(r"[|\]:]*\|[|\]:]*|::")


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
    seconds_per_bar = _seconds_per_bar(tune)
    if tune.section_groups:
        tune = sequences_lib.expand_section_groups(tune)
    pickup = _pickup_seconds(header, body)
    if 1e-6 < pickup < seconds_per_bar - 1e-6:
        whole = 4 * 60.0 / tune.tempos[0].qpm if tune.tempos else 2.0
        tune = sequences_lib.shift_sequence_times(tune, (whole if seconds_per_bar < whole else seconds_per_bar) - pickup)
        for signature in tune.time_signatures:
            signature.time = 0.0
        for tempo in tune.tempos:
            tempo.time = 0.0
    del tune.section_annotations[:], tune.section_groups[:]
    return to_musical_grid(tune)


def _split_header(text: str) -> tuple[str, str]:
    lines = text.splitlines(keepends=True)
    key = next((i for i, line in enumerate(lines) if line.startswith("K:")), None)
    if key is None:
        raise UserError("the tune has no K: line, so its notes cannot be found")
    header = [line.split("%")[0].rstrip() + "\n" for line in lines[: key + 1] if _FIELD.match(line)]
    body = [line for line in lines[key + 1 :] if not line.startswith("%")]
    return "".join(header), _ORNAMENTS.sub("", "".join(body))


def _parse(text: str) -> music_pb2.NoteSequence:
    try:
        tunes, errors = abc_parser.parse_abc_tunebook(text)
    except (abc_parser.ABCParseError, ValueError, KeyError, IndexError) as error:
        raise UserError(f"ABC that cannot be read: {error}") from error
    if errors or not tunes:
        raise UserError(f"ABC that cannot be read: {errors[0] if errors else 'no tune'}")
    return next(iter(tunes.values()))


def _seconds_per_bar(tune: music_pb2.NoteSequence) -> float:
    qpm = tune.tempos[0].qpm if tune.tempos else 120.0
    signature = tune.time_signatures[0] if tune.time_signatures else None
    quarters = 4.0 * signature.numerator / signature.denominator if signature else 4.0
    return quarters * 60.0 / qpm


def _pickup_seconds(header: str, body: str) -> float:
    """How long the music before the first bar line is; a full bar where there is no pickup."""
    music = body.lstrip().lstrip("|:[ ")
    first = _BAR_LINE.search(music)
    if first is None:
        return 0.0
    try:
        return _parse(header + music[: first.start()].strip() + "|\n").total_time
    except UserError:
        return 0.0
