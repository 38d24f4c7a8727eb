"""The architecture's picture shows the imports of today."""

import re

from docs.draw_architecture import PICTURE, draw, imports, rows


def without_sizes(svg):
    return re.sub(r'<text [^>]*font-size="11".*?</text>', "", svg)


def test_the_picture_is_drawn_from_the_imports_of_today():
    layers = rows()
    drawn = draw(layers, imports([name for row in layers for name in row]))
    assert without_sizes(drawn) == without_sizes(PICTURE.read_text("utf-8")), "run docs/draw_architecture.py"


def test_a_new_import_changes_the_picture():
    layers = [["midime_scripts"], ["base_vae.errors"]]
    assert draw(layers, {"midime_scripts": {"base_vae.errors"}}) != draw(layers, {"midime_scripts": set()})
