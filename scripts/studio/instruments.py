"""The instruments of General MIDI, by family, for the page."""

from pretty_midi.constants import INSTRUMENT_CLASSES, INSTRUMENT_MAP

_A_FAMILY = 8

INSTRUMENTS = [
    {"family": family, "names": INSTRUMENT_MAP[i * _A_FAMILY : (i + 1) * _A_FAMILY]}
    for i, family in enumerate(INSTRUMENT_CLASSES)
]
