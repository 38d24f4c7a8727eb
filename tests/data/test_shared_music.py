"""Real files: POP909 as published, and the personal sets."""

from pathlib import Path

from base_vae.data.collect import collect
from base_vae.presets import get_preset

CONVERTER = get_preset("cat-mel_2bar_small").converter


def test_messy_headers_cost_no_pop_song(shared: Path) -> None:
    found = collect(shared / "data" / "pop909_raw", CONVERTER)
    assert len(found.examples) > 1500  # the original gets 300
    left_out = {Path(file.name).name: file.reason for file in found.report.left_out}
    assert left_out == {"203.mid": "time signature 6/8; the model knows 4/4"}


def test_every_personal_set_gives_examples(shared: Path) -> None:
    for folder in sorted((shared / "data" / "personal").iterdir()):
        if folder.is_dir():
            assert len(collect(folder, CONVERTER).examples) > 50, folder.name
