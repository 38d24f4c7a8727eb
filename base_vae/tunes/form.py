"""The form of a tune: which of its segments come again, exactly or varied."""

import dataclasses
import re
from collections.abc import Sequence

import numpy as np

from base_vae.converters import Converter
from base_vae.converters.pieces import pieces_of
from base_vae.errors import UserError, shortened
from base_vae.metrics.similarity import NEAR, Onsets, similarities

VARIED = 0.6  # at least so similar is a varied return


@dataclasses.dataclass(frozen=True)
class Form:
    """The segments of a tune that are the same.

    >>> form = Form((0, 1, 0, 2), (False, False, True, False))
    >>> form.letters, form.sources
    ("aba'c", [0, 1, 2, 3])
    >>> form.of_length(6).letters
    "aba'cab"

    Attributes:
      labels: of the segments, equal where one comes again; numbered in the order of their first places.
      varied: whether it comes again varied.
    """

    labels: tuple[int, ...]
    varied: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def letters(self) -> str:
        """The form as text, a letter for each segment: `abacabac'`."""
        names = (chr(ord("a") + label) if label < 26 else f"({label + 1})" for label in self.labels)
        return "".join(name + "'" * varied for name, varied in zip(names, self.varied, strict=True))

    @property
    def sources(self) -> list[int]:
        """The place from which each segment is taken: the first of its label, a varied one its own."""
        return [
            place if varied else self.labels.index(label)
            for place, (label, varied) in enumerate(zip(self.labels, self.varied, strict=True))
        ]

    def part(self, first: int, stop: int) -> "Form":
        """The form of some of its segments."""
        return renumbered(self.labels[first:stop], self.varied[first:stop])

    def of_length(self, segments: int) -> "Form":
        """The form cut, or gone round again, to some number of segments."""
        rounds = -(-segments // len(self))
        return Form((self.labels * rounds)[:segments], (self.varied * rounds)[:segments])


def renumbered(labels: tuple[int, ...], varied: tuple[bool, ...]) -> Form:
    """A form of these labels, numbered by their first places, where nothing can be a return."""
    numbers: dict[int, int] = {}
    new = [numbers.setdefault(label, len(numbers)) for label in labels]
    return Form(
        tuple(new), tuple(v and new.index(n) < i for i, (n, v) in enumerate(zip(new, varied, strict=True)))
    )


def form_of(segments: np.ndarray, converter: Converter) -> Form:
    """The form that a song has, by the likeness of its segments [segments, *converter.shape]."""
    onsets = Onsets.of(
        list(pieces_of(segments, converter)), converter.steps_per_quarter, converter.bars * converter.bar
    )
    return form_by_likeness(similarities(onsets, onsets))


def form_by_likeness(alike: np.ndarray) -> Form:
    """The form of segments that are so similar, [segments, segments]."""
    labels: list[int] = []
    varied: list[bool] = []
    firsts: list[int] = []
    for number in range(len(alike)):
        before = alike[number, firsts]
        best = int(before.argmax()) if firsts else 0
        known = bool(firsts) and before[best] >= VARIED
        if not known:
            firsts.append(number)
        labels.append(best if known else len(firsts) - 1)
        varied.append(bool(known and before[best] < NEAR))
    return Form(tuple(labels), tuple(varied))


def asked_form(text: str, section_segments: int, patterns: Sequence[Form], rng: np.random.Generator) -> Form:
    """The form that a text like AABA' asks for.

    Args:
      text: a letter for each section; a letter again is the same section, with ' a varied one.
      section_segments: segments in a section.
      patterns: forms that sections have inside, to draw from; each is cut or repeated to the length.
      rng: draws them.

    Raises:
      UserError: if it is no form.
    """
    sections = re.findall(r"([A-Z])('?)", str(text))
    if not sections or "".join(letter + prime for letter, prime in sections) != text:
        raise UserError(
            "a form is written in letters, like AABA or AABA' with a varied return "
            f"(received {shortened(repr(text))})"
        )
    drawn: dict[str, tuple[int, ...]] = {}
    labels: list[int] = []
    varied: list[bool] = []
    for letter, prime in sections:
        if letter not in drawn:
            inner = patterns[int(rng.integers(len(patterns)))].of_length(section_segments)
            drawn[letter] = tuple(label + 1000 * len(drawn) for label in inner.labels)
        labels += drawn[letter]
        varied += [bool(prime)] * section_segments
    return renumbered(tuple(labels), tuple(varied))


def section_patterns(forms: Sequence[Form], section_segments: int) -> list[Form]:
    """The forms inside the sections of songs; where there is none, all segments of one differ."""
    found = [
        form.part(first, first + section_segments)
        for form in forms
        for first in range(0, len(form) - section_segments + 1, section_segments)
    ]
    different = Form(tuple(range(section_segments)), (False,) * section_segments)
    return [form for form in found if len(set(form.labels)) > 1] or [different]
