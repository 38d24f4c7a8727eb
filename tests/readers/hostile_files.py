"""Files that were made to take memory or time, by name; written where they are wanted."""

import bz2
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

_HEADER = "X:1\nM:4/4\nL:1/8\nK:C\n"
_MIDI_HEADER = struct.pack(">4sLhhh", b"MThd", 6, 1, 1, 480)


def _track(contents: bytes) -> bytes:
    return struct.pack(">4sL", b"MTrk", len(contents)) + contents


def _midi(event: bytes, size: int = 31 * 2**20) -> bytes:
    return _MIDI_HEADER + _track(event * (size // len(event)))


def _zip_of(data: bytes, name: str, method: int, claimed: int) -> bytes:
    """An archive of one file whose headers lie about its size."""
    if method == zipfile.ZIP_LZMA:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr(name, data)
        whole = bytearray(out.getvalue())
        central = whole.rindex(b"PK\1\2")
        struct.pack_into("<L", whole, central + 24, claimed)
        return bytes(whole)
    packed = bz2.compress(data)
    sizes = struct.pack("<LLLHH", zlib.crc32(data), len(packed), claimed, len(name), 0)
    local = struct.pack("<4sHHHHH", b"PK\3\4", 46, 0, method, 0, 33) + sizes + name.encode()
    central = struct.pack("<4sHHHHHH", b"PK\1\2", 46, 46, 0, method, 0, 33) + sizes
    central += struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name.encode()
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
    return local + packed + central + end


def _many_members() -> bytes:
    central = struct.pack("<4s42s", b"PK\1\2", b"\0" * 42) * 700_000
    return central + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 9, 9, len(central), 0, 0)


def _score(parts: int, measures: int, first: str = "", measure: str = "") -> bytes:
    part = (
        "<part id='p{}'>"
        + f"<measure>{first}</measure>"
        + f"<measure>{measure}</measure>" * measures
        + "</part>"
    )
    return ("<score-partwise>" + "".join(part.format(i) for i in range(parts)) + "</score-partwise>").encode()


_NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
_VOLTA = "<barline><ending number='1-99' type='start'/><repeat direction='backward'/></barline>"

FILES: dict[str, Callable[[], bytes]] = {
    "bzip2.zip": lambda: _zip_of(bytes(3 * 10**7), "song.mid", zipfile.ZIP_BZIP2, 1000),
    "lzma.zip": lambda: _zip_of(bytes(3 * 10**7), "song.mid", zipfile.ZIP_LZMA, 1000),
    "bzip2.mxl": lambda: _zip_of(bytes(3 * 10**7), "score.xml", zipfile.ZIP_BZIP2, 1000),
    "members.zip": _many_members,
    "repeats.abc": lambda: (_HEADER + ("|:[CEG]" * 9 + "c::::::::|") * 9_000).encode(),
    "endings.abc": lambda: (_HEADER + "|:" + "CDEF" * 20_000 + "|1-99 C:|").encode(),
    "parts.abc": lambda: ("X:1\nP:(A99)9\nK:C\nP:A\n" + "CDEF|" * 100_000).encode(),
    "rests.abc": lambda: (_HEADER + "Z1000|" * 100_000).encode(),
    "chords.abc": lambda: (_HEADER + "|:" + '"Am"' * 200_000 + "C|1-99 D:|").encode(),
    "voices.abc": lambda: (_HEADER + "".join(f"V:{i}\nC|\nK:G\n" for i in range(60_000))).encode(),
    "fields.abc": lambda: (
        _HEADER + "".join(f"[V:{i}]C|\n" for i in range(190)) + "K:D\n" * 200_000 + "[V:1]C|\n[V:2]C|"
    ).encode(),
    "book.abc": lambda: ("M:4/4\n" * 100_000 + "\n" + "X:1\nK:C\nC\n\n" * 300).encode(),
    "tunes.abc": lambda: b"X:\n" * (10 * 2**20),
    "key.abc": lambda: ("X:1\nK:" + "a" * 900_000 + "\nC\n").encode(),
    "keys.abc": lambda: (_HEADER + "".join(f"K:{'a' * 900}{i}\nC\n" for i in range(1000))).encode(),
    "tempo.abc": lambda: (_HEADER + ("Q:" + "1111/1111" * 11 + "\nC\n") * 9_000).encode(),
    "quotes.abc": lambda: (_HEADER + '["' * 450_000).encode(),
    "brackets.abc": lambda: (_HEADER + "[!a" * 300_000).encode(),
    "comments.abc": lambda: (_HEADER + "\\%" * 450_000).encode(),
    "line.abc": lambda: b"A" * 31 * 2**20,
    "wide.abc": lambda: ("X:1\nT:\U0001d11e" + "a\n" * 14 * 2**20).encode(),
    "parts.xml": lambda: _score(20_000, 1) + b"",
    "part.xml": lambda: (
        b"<score-partwise><part id='a'>" + b"<measure/>" * 400_000 + b"</part>"
        + b"".join(b"<part id='%d'/>" % i for i in range(20_000)) + b"</score-partwise>"
    ),
    "repeats.xml": lambda: _score(20, 2_000, _NOTE * 5, _NOTE * 5 + _VOLTA),
    "elements.xml": lambda: b"<score-partwise>" + b"<a b='c'/>" * 2_900_000 + b"</score-partwise>",
    "text.xml": lambda: b"<score-partwise><a>" + b"x" * 31 * 2**20 + b"</a></score-partwise>",
    "notes.xml": lambda: _score(1, 1, "", _NOTE * 300_000),
    "notes.mid": lambda: _midi(b"\0\x90\x3c\x50\0\x3c\0"),
    "running.mid": lambda: _midi(b"\0\x3c"),
    "controls.mid": lambda: _midi(b"\0\xb0\x40\x01"),
    "pressure.mid": lambda: _midi(b"\0\xd0\x01"),
    "clocks.mid": lambda: _midi(b"\0\xf8"),
    "texts.mid": lambda: _midi(b"\0\xff\x01\0"),
    "tempos.mid": lambda: _midi(b"\1\xff\x51\3\1\2\3"),
    "kits.mid": lambda: _midi(b"\0\xf0\x0a\x41\x10\x42\x12\x40\x1a\x15\x02\x0f\xf7"),
    "banks.mid": lambda: _midi(b"\0\xb1\0\x7f\0\xc1\1"),
    "tracks.mid": lambda: _MIDI_HEADER + _track(b"") * (3 * 2**20),
    "torn_tracks.mid": lambda: _MIDI_HEADER + _track(b"\0\xf4") * 60_000 + _track(b"\0\xb0\0\1" * 900_000),
    "exclusive.mid": lambda: _MIDI_HEADER + _track(b"\0\xf0\x87\x00" * 7 * 2**20),
    "delta.mid": lambda: _MIDI_HEADER + _track(b"\x80" * 31 * 2**20),
    "fast.mid": lambda: _MIDI_HEADER + _track(
        b"\0\xff\x51\3\0\0\1" b"\0\x90\x3c\x50" b"\xff\xff\xff\x7f\x80\x3c\0"  # a microsecond a quarter
        b"\0\xff\x51\3\x0f\0\0" b"\0\x90\x3c\x50" b"\x60\x3c\0"
    ),
}  # fmt: skip


def write(name: str, folder: Path) -> Path:
    """Writes one of them."""
    path = folder / name
    path.write_bytes(FILES[name]())
    return path
