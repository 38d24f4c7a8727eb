"""Decorations of ABC for the order of playing: `!D.C.!`, `!D.S.alcoda!`, `!fine!`, `!segno!`, `!coda!`."""

import re

from base_vae.readers.score.jumps import Jump
from base_vae.readers.score.score import Measure

_NAMES = {
    Jump.DA_CAPO: re.compile(r"d\.?c\.?(?:al.*)?|dacapo(?:al.*)?"),
    Jump.DAL_SEGNO: re.compile(r"d\.?s\.?(?:al.*)?|dalsegno(?:al.*)?"),
    Jump.FINE: re.compile(r"fine"),
    Jump.SEGNO: re.compile(r"segno"),
    Jump.TO_CODA: re.compile(r"(?:da|to)coda"),
    Jump.CODA: re.compile(r"coda"),
}
_SHORT = {"S": Jump.SEGNO, "O": Jump.CODA}


def jump_of(decoration: str) -> Jump | None:
    """The sign that a decoration, or one of the letters `S` and `O`, stands for; None for others.

    >>> jump_of("D.C. al fine").name, jump_of("segno").name, jump_of("trill")
    ('DA_CAPO', 'SEGNO', None)
    """
    if decoration in _SHORT:
        return _SHORT[decoration]
    name = re.sub(r"\s", "", decoration).lower()
    return next((jump for jump, spelling in _NAMES.items() if spelling.fullmatch(name)), None)


class Jumps:
    """The signs of a voice, in the order in which they are written.

    A sign stands at the note after it or, right before a bar line, at that line.
    """

    def __init__(self) -> None:
        self._waiting: list[Jump] = []
        self._codas: list[int] = []  # numbers of the measures that begin with one
        self._to_coda = False

    def add(self, jump: Jump) -> None:
        """A sign whose note or bar line is still to come."""
        self._waiting.append(jump)

    def note(self, measures: list[Measure], begun: bool) -> None:
        """A note or rest comes, in the last measure; `begun` if it is not the first there."""
        self._settle(measures[-1], measures[-1], len(measures) - (0 if begun else 1))

    def bar_line(self, measures: list[Measure]) -> None:
        """A bar line: the last measure begins with it."""
        if len(measures) > 1:
            self._settle(measures[-2], measures[-1], len(measures) - 1)

    def close(self, measures: list[Measure]) -> None:
        """The voice ends. Of two codas the first is where the last time through goes on to the other."""
        if not measures:
            return
        self._settle(measures[-1], measures[-1], len(measures))
        if len(self._codas) > 1 and not self._to_coda and self._codas[0] > 0:
            measures[self._codas[0] - 1].signs.to_coda = True
        if self._codas and self._codas[-1] < len(measures):
            measures[self._codas[-1]].signs.coda = True

    def _settle(self, ends: Measure, begins: Measure, number: int) -> None:
        """The waiting signs stand after the measure `ends`, or before `begins`, whose number is given."""
        for jump in self._waiting:
            if jump is Jump.SEGNO:
                begins.signs.segno = True
            elif jump is Jump.CODA:
                self._codas.append(number)
            elif jump is Jump.DA_CAPO:
                ends.signs.da_capo = True
            elif jump is Jump.DAL_SEGNO:
                ends.signs.dal_segno = True
            elif jump is Jump.FINE:
                ends.signs.fine = True
            else:
                ends.signs.to_coda = self._to_coda = True
        self._waiting = []
