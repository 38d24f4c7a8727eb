"""The gallery in docs/ is whole, small, and made by its one command."""

import re
from pathlib import Path

import pytest
from midime_scripts import latent_plot
from midime_scripts.common import command

from docs import make_gallery

GALLERY = Path(make_gallery.__file__).parent / "gallery"


def check(folder):
    text = (folder / "README.md").read_text("utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert sorted(shown) == sorted(file.name for file in folder.glob("*.png"))
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2_000_000
    for name, arguments, caption in make_gallery.PICTURES:
        assert f"{name}.png" in shown and f"`latent_plot {arguments}`" in text and caption in text
    for name, caption, code in make_gallery.MUSIC:
        assert f"{name}.png" in shown and f"```python\n{code}\n```" in text and caption in text


def test_the_gallery_has_every_picture_that_there_is():
    check(GALLERY)
    modes = {arguments.split()[0] for _, arguments, _ in make_gallery.PICTURES}
    assert modes == set(latent_plot.MODES) - {latent_plot.REPORT}


@pytest.mark.slow
def test_one_command_makes_it(tmp_path):
    code = command.run(
        make_gallery.make, make_gallery.FLAGS, make_gallery.__doc__, ["gallery", f"--output_dir={tmp_path}"]
    )
    assert code == 0
    check(tmp_path)
