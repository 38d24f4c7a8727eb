"""The values in a MusicXML score; those that cannot be read are counted, and cost only what hangs on them."""

from fractions import Fraction
from xml.etree.ElementTree import Element

from base_vae.errors import shortened

_MOST = 10**6
_QUARTERS = {
    name: Fraction(4, parts)
    for name, parts in (("whole", 1), ("half", 2), ("quarter", 4), ("eighth", 8), ("16th", 16), ("32nd", 32))
}


class ValueReader:
    """Reads the values of one score.

    Attributes:
      measure: number of the measure they are in, for the report.
    """

    def __init__(self) -> None:
        self.measure = ""
        self._unread = 0
        self._first = ""

    def number(
        self, element: Element, name: str, default: float, *, least: float = -_MOST, most: float = _MOST
    ) -> float | None:
        """The number in a child element; `default` where there is no child, None if it is no such number."""
        text = element.findtext(name)
        if text is None:
            return default
        number = parse_number(text)
        if number is None or not least <= number <= most:
            self.pass_over(name, text)
            return None
        return number

    def pass_over(self, name: str, text: str | None) -> None:
        """Counts the value of an element that cannot be read."""
        self._unread += 1
        where = f" in measure {shortened(self.measure, 10)}" if self.measure else ""
        self._first = self._first or f"<{name}> {shortened((text or '').strip(), 20)!r}{where}"

    def passed_over(self) -> list[str]:
        """A line about the values that could not be read, or none."""
        if not self._unread:
            return []
        return [f"{self._unread:,} value{'' if self._unread == 1 else 's'} passed over: {self._first}"]


def parse_number(text: str) -> float | None:
    """The number that a text is, NaN and infinity among them; None if it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def written_length(element: Element, kind: str, dot: str) -> Fraction:
    """The quarters that a written note lasts; 0 where its kind is unknown.

    Args:
      element: the note, or the metronome mark.
      kind: the child element with its kind, such as `half`.
      dot: the child element that stands for each dot.
    """
    dots = min(len(element.findall(dot)), 3)
    return _QUARTERS.get((element.findtext(kind) or "").strip(), Fraction(0)) * (2 - Fraction(1, 2**dots))
