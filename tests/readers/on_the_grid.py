"""One tune or score, read on the musical grid as the rest of the library reads it."""

from base_vae.music.musical_grid import to_musical_grid
from base_vae.readers.abc.read import read_tune
from base_vae.readers.musicxml.read import read_score


def parse_tune(text):
    return to_musical_grid(read_tune(text).sequence)


def read_musicxml(path):
    return to_musical_grid(read_score(path.read_bytes()).sequence)
