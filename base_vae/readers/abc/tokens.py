"""The signs that a line of music in ABC is made of."""

import re
from collections.abc import Iterator

_LENGTH = r"\d*(?:/+\d*)?"
_NUMBERS = r"\d+(?:(?:,\ ?|-|\.)\d+)*"

# Every alternative is a named group; what matches none of them (slurs, spaces, single letters for
# decorations, signs that nobody knows) has no pitch or time and is passed over. No
# alternative can look twice at the same sign, so that hostile lines take no longer than others.
_TOKEN = re.compile(
    rf"""
      (?P<note>(?P<accidental>\^\^?|__?|=)?(?P<step>[A-Ga-g])(?P<octave>[,']*)(?P<length>{_LENGTH}))
    | (?P<bar>(?P<signs>:*(?:\[\|\]?|\|\]|\||\[\])(?:\[\|\]?|\|\]|\||:)*|::+)
        (?:\ *(?P<bar_numbers>{_NUMBERS}))?)
    | (?P<rest>[zxZX])(?P<rest_length>{_LENGTH})
    | (?P<broken>>+|<+)
    | (?P<tie>-)
    | (?P<tuplet>\((?P<p>\d+)(?::(?P<q>\d*))?(?::(?P<r>\d*))?)
    | (?P<field>\[(?P<name>[A-Za-z]):(?P<text>[^\[\]]*)\])
    | (?P<ending>\[(?:(?P<numbers>{_NUMBERS})|"(?P<words>[^"]*)"(?=[^\]\[]*\|)))
    | (?P<chord>\[(?P<inside>(?:"[^"]*"|![^!]*!|[^\[\]|"!])*)\](?P<chord_length>{_LENGTH}))
    | (?P<quoted>"(?P<quotation>[^"]*)")
    | (?P<grace>\{{[^{{}}]*\}})
    | (?P<decoration>!(?:[^!\s|]*|D\.[CS]\.[^!|]{{0,20}})!)
    | (?P<plus>\+(?P<between>[^+\s|]+)\+)
    | (?P<overlay>&)
    | (?P<colon>:)
    | (?P<short>[SO])
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?<!\\)%.*")
_FIELD = re.compile(r"([A-Za-z+]):(.*)")  # +: goes on with the field before
_MUSIC_LIKE = re.compile(r"[A-Ga-gxz]:\s*[|:]")


def tokens(line: str) -> Iterator[re.Match]:
    """The signs of a line of music, `lastgroup` naming their kind."""
    return _TOKEN.finditer(line)


def without_comment(line: str) -> str:
    """The line up to its comment."""
    return _COMMENT.sub("", line) if "%" in line else line


def as_field(line: str) -> tuple[str, str] | None:
    """Name and text of a line that is an information field, not music such as `c:|`."""
    match = _FIELD.match(line)
    return (match[1], match[2].strip()) if match and not _MUSIC_LIKE.match(line) else None
