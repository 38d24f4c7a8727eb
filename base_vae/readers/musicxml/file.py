"""MusicXML files, plain or compressed, to a tree of elements; what could do harm is refused."""

import io
import zipfile
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from base_vae.errors import UserError, shortened
from base_vae.readers.unpacking import open_archive, unpack

MAX_BYTES = 64 * 2**20  # of a score, uncompressed
MAX_RATIO = 200  # of a score to its compressed form; music reaches about 50
MAX_ELEMENTS = 1_500_000
MAX_DEPTH = 100
_LARGEST_LIST = 2**20  # bytes of the list of files of an .mxl

_CONTAINER = "META-INF/container.xml"
_SCORE_SUFFIXES = (".xml", ".musicxml")


def score_root(data: bytes) -> Element:
    """The root element of a MusicXML file.

    Args:
      data: the file, compressed (.mxl) or not.

    Raises:
      UserError: if it is no whole MusicXML file, or larger than any score.
    """
    if not data.strip():
        raise UserError("the file is empty")
    if len(data) > MAX_BYTES:
        raise UserError(f"too large for a score (at most {MAX_BYTES // 2**20} MB)")
    if data.startswith(b"PK"):
        data = _unpacked(data)
    root = parse_xml(data)
    if root.tag not in ("score-partwise", "score-timewise"):
        raise UserError(f"not a MusicXML score (its root is <{shortened(root.tag)}>)")
    return root


def parse_xml(data: bytes) -> Element:
    """The root element of an XML document, nothing outside of it looked at.

    Raises:
      UserError: if it is not well-formed, declares entities, or is larger or deeper than any score.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    depth = elements = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise UserError("larger or more deeply nested than any score")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_declaration: object) -> Any:
        raise UserError("it declares entities of its own, which no score needs and which can do harm")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"a damaged or truncated MusicXML file ({shortened(error, 100)})") from error


def _unpacked(data: bytes) -> bytes:
    """The score in a compressed file, which is read in memory and never written anywhere."""
    file = io.BytesIO(data)
    try:
        with open_archive(file, _LARGEST_LIST) as archive:
            return _member(file, archive, _score_name(file, archive))
    except UserError:
        raise
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise UserError(f"a damaged or truncated .mxl file ({shortened(error, 100)})") from error


def _score_name(file: BinaryIO, archive: zipfile.ZipFile) -> str:
    """The file of the archive that is the score: the one that the container names, or else the first."""
    names = archive.namelist()
    named = _named_in_container(file, archive) if _CONTAINER in names else None
    if named in names:
        return named
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() in _SCORE_SUFFIXES and path.parts[0] not in ("META-INF", "__MACOSX"):
            return name
    raise UserError("no score in the .mxl file")


def _named_in_container(file: BinaryIO, archive: zipfile.ZipFile) -> str | None:
    """The first root file of the container; None if it cannot be read, as with an apostrophe in a name."""
    try:
        container = parse_xml(_member(file, archive, _CONTAINER))
    except UserError:
        return None
    files = (element for element in container.iter() if element.tag.rpartition(":")[2] == "rootfile")
    return next((file.get("full-path") for file in files), None)


def _member(file: BinaryIO, archive: zipfile.ZipFile, name: str) -> bytes:
    """A file of the archive, unless it grows to more than a score can be."""
    info = archive.getinfo(name)
    if info.file_size > MAX_BYTES or info.file_size > MAX_RATIO * max(info.compress_size, 10_000):
        raise UserError("the score in the .mxl file grows to more than any score can be")
    try:
        return unpack(file, info, info.file_size)
    except UserError as error:
        raise UserError(f"a damaged or truncated .mxl file: {error}") from error
