"""The chord symbols of MusicXML, in the grammar of `base_vae.music.chord_symbols`."""

from xml.etree.ElementTree import Element

from base_vae.music.chord_spellings import chord_figure
from base_vae.music.chord_symbols import NO_CHORD, parse_chord_symbol

_KINDS = {
    "major": "",
    "minor": "m",
    "augmented": "+",
    "diminished": "dim",
    "dominant": "7",
    "major-seventh": "maj7",
    "minor-seventh": "m7",
    "diminished-seventh": "dim7",
    "augmented-seventh": "+7",
    "half-diminished": "m7b5",
    "major-minor": "m(maj7)",
    "minor-major": "m(maj7)",  # as some programs write it
    "major-sixth": "6",
    "minor-sixth": "m6",
    "dominant-ninth": "9",
    "major-ninth": "maj9",
    "minor-ninth": "m9",
    "augmented-ninth": "+9",
    "dominant-11th": "11",
    "major-11th": "maj11",
    "minor-11th": "m11",
    "dominant-13th": "13",
    "major-13th": "maj13",
    "minor-13th": "m13",
    "suspended-second": "sus2",
    "suspended-fourth": "sus",
    "power": "5",
    "pedal": "ped",
}
_DEGREES = {str(degree) for degree in range(1, 14)}


def harmony_figure(harmony: Element, semitones: int = 0) -> str | None:
    """The figure of a <harmony>, `N.C.` where no chord is played; None if it cannot be spelled.

    What the grammar has no word for is left out of the chord: first its altered and added degrees, then
    its kind.

    Args:
      harmony: the element.
      semitones: how much higher the part sounds than it is written.
    """
    kind = harmony.find("kind")
    if kind is None:
        return None
    name = (kind.text or "").strip()
    if name == "none":
        return NO_CHORD
    root = _step(harmony.find("root"), "root")
    if root is None:
        return None
    bass = _step(harmony.find("bass"), "bass")
    under = f"/{bass}" if bass and bass != root else ""
    text = (kind.get("text") or "").strip()
    degrees = harmony.findall("degree")
    if name in _KINDS:
        abbreviation = _KINDS[name]
        if abbreviation == "sus" and any(_is_added_seventh(degree) for degree in degrees):
            abbreviation, degrees = "sus7", [d for d in degrees if not _is_added_seventh(d)]
        candidates = [
            f"{root}{abbreviation}{''.join(map(_degree, degrees))}{under}",
            f"{root}{abbreviation}{under}",
        ]
    else:
        candidates = [f"{root}{text}{under}", f"{root}{under}"]
    figure = next((found for found in map(chord_figure, candidates) if found), None)
    chord = parse_chord_symbol(figure) if figure else None
    return chord.transposed(semitones) if chord else figure


def _step(element: Element | None, name: str) -> str | None:
    """A root or bass such as `Bb`."""
    if element is None:
        return None
    step = (element.findtext(f"{name}-step") or "").strip().upper()
    try:
        alter = round(float(element.findtext(f"{name}-alter") or 0))
    except (ValueError, OverflowError):
        return None
    if step not in set("ABCDEFG") or abs(alter) > 2:
        return None
    return step + ("#" * alter if alter > 0 else "b" * -alter)


def _degree(degree: Element) -> str:
    """An altered, added or missing note of a chord such as `b9`, `add9` or `no3`."""
    value = (degree.findtext("degree-value") or "").strip()
    if value not in _DEGREES:
        return ""
    alter = (degree.findtext("degree-alter") or "0").strip()
    sign = {"1": "#", "-1": "b"}.get(alter, "")
    kind = (degree.findtext("degree-type") or "").strip()
    if kind == "subtract":
        return f"(no{value})"
    return f"({sign}{value})" if sign else f"(add{value})"


def _is_added_seventh(degree: Element) -> bool:
    return degree.findtext("degree-value") == "7" and degree.findtext("degree-type") == "add"
