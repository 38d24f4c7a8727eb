"""Small MusicXML scores for the tests of this folder."""

from collections.abc import Sequence
from pathlib import Path

ATTRIBUTES = (
    "<attributes><divisions>4</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)


def note(name: str, length: int = 4, more: str = "", first: str = "") -> str:
    """A note such as `C4` or `F#5`, or a rest, `R`; `length` in sixteenths."""
    if name == "R":
        what = "<rest/>"
    else:
        alter = f"<alter>{name.count('#') - name.count('b')}</alter>" if len(name) > 2 else ""
        what = f"<pitch><step>{name[0]}</step>{alter}<octave>{name[-1]}</octave></pitch>"
    return f"<note>{first}{what}<duration>{length}</duration>{more}</note>"


def bar_line(*inside: str) -> str:
    return f"<barline>{''.join(inside)}</barline>"


FORWARD = '<repeat direction="forward"/>'
BACKWARD = '<repeat direction="backward"/>'


def ending(number: str, kind: str) -> str:
    return f'<ending number="{number}" type="{kind}"/>'


def score(*parts: Sequence[str], about: Sequence[str] = ()) -> str:
    """A score of parts, each a list of what is in its measures; `about` them says the part list."""
    listed, written = [], []
    for i, measures in enumerate(parts):
        said = about[i] if i < len(about) else f"<part-name>Part {i}</part-name>"
        listed.append(f'<score-part id="P{i}">{said}</score-part>')
        inside = "".join(f'<measure number="{n}">{m}</measure>' for n, m in enumerate(measures, 1))
        written.append(f'<part id="P{i}">{inside}</part>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "partwise.dtd">'
        f"<score-partwise><part-list>{''.join(listed)}</part-list>{''.join(written)}</score-partwise>"
    )


def write_score(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
