"""The instruments of General MIDI, by family, for the page."""

from base_vae.music.general_midi import PROGRAM_NAMES

_FAMILIES = (
    "Piano",
    "Chromatic percussion",
    "Organ",
    "Guitar",
    "Bass",
    "Strings",
    "Ensemble",
    "Brass",
    "Reed",
    "Pipe",
    "Synth lead",
    "Synth pad",
    "Synth effects",
    "World",
    "Percussive",
    "Sound effects",
)
_A_FAMILY = 8

INSTRUMENTS = [
    {"family": family, "names": PROGRAM_NAMES[i * _A_FAMILY : (i + 1) * _A_FAMILY]}
    for i, family in enumerate(_FAMILIES)
]
