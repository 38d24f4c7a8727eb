"""MusicXML files that were made to do harm."""

import zipfile
from pathlib import Path

import pytest

from base_vae.errors import UserError
from base_vae.readers.musicxml import file
from tests.readers.on_the_grid import read_musicxml
from tests.readers.scores import ATTRIBUTES, note, score, write_score

SCORE = score([ATTRIBUTES + note("C4", 16)])


def refuse(path: Path, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_musicxml(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    for subset in (bomb, '<!ENTITY x SYSTEM "file:///etc/hostname">', '<!ENTITY % p SYSTEM "http://x/">%p;'):
        text = SCORE.replace('"partwise.dtd">', f'"partwise.dtd" [{subset}]>')
        refuse(write_score(tmp_path / "x.xml", text), "declares entities")
        wide = tmp_path / "wide.xml"
        wide.write_bytes(text.replace("UTF-8", "UTF-16").encode("utf-16"))
        refuse(wide, "declares entities")


def test_the_document_type_is_not_fetched(tmp_path: Path) -> None:
    text = SCORE.replace('"partwise.dtd"', '"http://localhost:9/partwise.dtd"')
    assert len(read_musicxml(write_score(tmp_path / "x.xml", text)).notes) == 1


def test_what_grows_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.xml", SCORE + " " * 20_000_000)
    refuse(path, "grows to more than any score")
    monkeypatch.setattr(file, "MAX_BYTES", 1000)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.xml", SCORE + " " * 1000)
    refuse(path, "too large for a score")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.xml", SCORE + " " * 1000)
    refuse(path, "grows to more than any score")
    refuse(write_score(tmp_path / "x.xml", SCORE + " " * 1000), "too large for a score")


def test_depth_and_number_of_elements_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(write_score(tmp_path / "deep.xml", "<a>" * 200 + "</a>" * 200), "deeply nested")
    monkeypatch.setattr(file, "MAX_ELEMENTS", 5)
    refuse(write_score(tmp_path / "many.xml", SCORE), "larger")


def test_names_in_an_archive_reach_nothing_outside(tmp_path: Path) -> None:
    path, outside = tmp_path / "in" / "x.mxl", tmp_path / "evil.xml"
    path.parent.mkdir()
    container = '<container><rootfiles><rootfile full-path="../evil.xml"/></rootfiles></container>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("../evil.xml", SCORE)
    assert len(read_musicxml(path).notes) == 1
    assert not outside.exists()
    outside.write_text(SCORE)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", container)
    refuse(path, "no score in the .mxl file")


def test_damaged_archives(tmp_path: Path) -> None:
    path = tmp_path / "x.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.xml", SCORE)
    whole = path.read_bytes()
    for damaged in (whole[:100], b"PK", whole[:60] + b"\0" * 40 + whole[100:]):
        path.write_bytes(damaged)
        refuse(path, r"damaged or truncated \.mxl file")
