"""Beats to play under music: from the bundled drum model, or else from the example tunes."""

from base_vae.checkpoints.finding import bundled_models
from base_vae.grooves.bundled import load_bundled
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.read_music import read_music

_DRUM_MODELS = "drums_2bar_"  # how their names begin
_EXAMPLES = "examples:beats"
_TEMPERATURE = 0.5


def beat(seed: int) -> NoteSequence:
    """A beat on the grid, a few bars of 4/4; the same seed gives the same one."""
    if name := _drum_model():
        return load_bundled(name).sample(1, temperature=_TEMPERATURE, seed=seed)[0]
    examples = read_music(_EXAMPLES).sequences
    return examples[seed % len(examples)]


def _drum_model() -> str | None:
    return next((name for name in sorted(bundled_models()) if name.startswith(_DRUM_MODELS)), None)
