"""Files that repeat, and a page that needs nothing but itself."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

from base_vae.plots import curves_figure, piano_roll_figure, save_figure
from base_vae.plots.page import Picture, page, rendered
from base_vae.training.curves import Curve
from tests.tiny_models import CONFIG, melodies


def figure():
    return piano_roll_figure([CONFIG.converter.decode(ids) for ids in melodies(2)], title="two <melodies>")


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_same_picture_is_the_same_bytes(tmp_path, ending):
    for name in ("one", "two"):
        save_figure(figure(), tmp_path / f"{name}.{ending}")
    one, two = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("one", "two"))
    assert one == two


def test_an_svg_is_xml_that_refers_to_nothing_outside(tmp_path):
    save_figure(figure(), tmp_path / "one.svg")
    root = ElementTree.parse(tmp_path / "one.svg").getroot()
    assert root.tag.endswith("svg")
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.endswith(("href", "src")):
                assert value.startswith("#")
    assert "<dc:date>" not in (tmp_path / "one.svg").read_text("utf-8")


class Reader(HTMLParser):
    """Tags that are open, all attributes, and the text of a page."""

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "img"):
            self.open.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]

    def handle_startendtag(self, tag, attributes):
        self.attributes += [(tag, *pair) for pair in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_page_is_whole_and_refers_to_nothing_outside():
    curve = curves_figure({"loss": Curve(np.array([1, 2]), np.array([2.0, 1.0]))}, "run")
    pictures = [
        rendered(picture)
        for picture in (Picture("two_rolls", "Two & <more>", figure()), Picture("curves", "A run", curve))
    ]
    text = page("Report <1>", "5 files & a <b>", pictures, {"knob_grid": "no <model>"})
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    links = [value for tag, name, value in reader.attributes if name in ("href", "src")]
    assert [link for link in links if link.startswith("#")] == ["#two_rolls", "#curves"]
    inlined = [link for link in links if not link.startswith("#")]
    assert len(inlined) == 2
    for link in inlined:
        kind, data = re.fullmatch(r"data:image/(svg\+xml|png);base64,(.+)", link).groups()
        assert kind == "svg+xml"
        assert ElementTree.fromstring(base64.b64decode(data)).tag.endswith("svg")
    for words in ("Report <1>", "5 files & a <b>", "Two & <more>", "knob grid: no <model>"):
        assert words in reader.text
    assert ("meta", "name", "viewport") in reader.attributes
    assert "http" not in re.sub(r"base64,[^\"]+", "", text)
