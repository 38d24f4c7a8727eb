"""Real files: POP909 as published, and the personal sets."""

from pathlib import Path

from base_vae.configs.presets import get_preset
from base_vae.data.collection import collect
from base_vae.music.note_table import split_on_changes
from base_vae.readers.midi.read import midi_to_piece

CONVERTER = get_preset("cat-mel_2bar_small").converter


def test_messy_headers_cost_no_pop_song(shared: Path) -> None:
    found = collect(shared / "data" / "pop909_raw", CONVERTER)
    assert len(found.examples) >= 0.85 * 1865  # what the 17 songs that are in 4/4 give once cleaned
    left_out = {Path(file.name).name: file.reason for file in found.report.left_out}
    assert left_out == {"203.mid": "time signature 6/8, not 4/4"}


def test_the_exact_grid_is_the_originals(shared: Path) -> None:
    assert len(collect(shared / "data" / "pop909_raw", CONVERTER, grid="exact").examples) == 280
    parts = [
        CONVERTER.extract(part).examples
        for path in (shared / "data" / "pop909_raw").glob("*.mid")
        for part in split_on_changes(midi_to_piece(path.read_bytes()))
    ]
    assert sum(map(len, parts)) == 300  # the original's figure: what two parts of a song share counts twice


def test_every_personal_set_gives_examples(shared: Path) -> None:
    for folder in sorted((shared / "data" / "personal").iterdir()):
        if folder.is_dir():
            assert len(collect(folder, CONVERTER).examples) > 50, folder.name
