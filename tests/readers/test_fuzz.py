"""Each reader on bytes that nobody wrote: music or a sentence, and nothing that a converter could stumble on.

Ten minutes for all of them by default; `FUZZ_SECONDS=600 make test-slow` looks for ten minutes at each, and
FUZZ_SEED makes other bytes.
"""

import io
import os
import random
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.music.musical_grid import split_at_metre_changes
from base_vae.music.note_table import note_table, split_on_changes
from base_vae.readers.read import PassedOver, read_pieces
from base_vae.readers.sources import find_sources
from base_vae.readers.tfrecord_framing import write_record
from tests.paths import EXAMPLES
from tests.readers.scores import ATTRIBUTES, BACKWARD, FORWARD, bar_line, ending, note, score
from tests.small_music import melody, write_midi

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("FUZZ_SECONDS", "86"))  # for each
_SLOWEST = 20.0  # seconds of a processor that any one of them may take

_ABC = """X:1
T:One
M:6/8
L:1/8
Q:3/8=60
V:1 clef=treble-8
K:Dm
%%MIDI channel 10
%%MIDI drummap g 42
P:A
|:"Dm"A2d f>ed|(3abc [DFA]2 z4-|1 ^c=d_e:|2,3 Z2[K:G octave=1][M:C|]&c d|]
P:B
[V:2]{g}!segno!abc'|"^Fine" A,,2//|:B3:::|
"""
_WORDS = tuple(
    b'|: :| |1 |2,3 [ ] :: || |] ( { } " ! & - > << /// 999 Z99 X:1\n K: M:4/8\n L:1/1\n Q:1/4=1 V:2 P:(AB)9 '
    b"\n%%MIDI MThd MTrk \xff\x2f\0 \xff\x51\3 \xf0 \xf7 \x80 \x90 \xc0 \xff\xff\xff\x7f <note> </note> "
    b"<repeat/> <duration> 1e308 nan -1 999999999 <measure> </measure> times='99' <chord/> <backup> PK".split(
        b" "
    )
)  # fmt: skip


def _drums() -> bytes:
    sequence = melody((36, 42, 38, 42) * 4, is_drum=True)
    sequence.text_annotations.add(time=1.0, text="Am", annotation_type=1)
    sequence.key_signatures.add(time=0.5, key=3)
    file = io.BytesIO()
    for _ in range(2):
        write_record(file, sequence.SerializeToString())
    return file.getvalue()


def _seeds(folder: Path) -> dict[str, list[bytes]]:
    first = bar_line(ending("1", "start")) + note("D4", 16) + bar_line(ending("1", "stop"), BACKWARD)
    text = score([ATTRIBUTES + bar_line(FORWARD) + note("C4", 16), first, note("E4", 8) + note("F#4", 8)])
    archive = io.BytesIO()
    midi = write_midi(folder / "a.mid").read_bytes()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.mid", midi)
        packed.writestr("b.abc", _ABC)
    mxl = io.BytesIO()
    with zipfile.ZipFile(mxl, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("score.xml", text)
    tunes = [path.read_bytes() for path in sorted(EXAMPLES.rglob("*.abc"))[:10]]
    kits = midi[:22] + b"\0\xf0\x0a\x41\x10\x42\x12\x40\x1a\x15\x02\x0f\xf7\0\xba\0\x7f\0\xca\1" + midi[22:]
    return {
        ".mid": [midi, kits],
        ".abc": [_ABC.encode(), *tunes],
        ".musicxml": [text.encode()],
        ".mxl": [mxl.getvalue()],
        ".zip": [archive.getvalue()],
        ".tfrecord": [_drums()],
    }


def _mutations(seeds: list[bytes], generator: random.Random) -> Iterator[bytes]:
    """Endless variants of some files: bytes changed, moved, doubled and cut, and words put in."""
    while True:
        data = bytearray(generator.choice(seeds))
        for _ in range(generator.choice((1, 1, 2, 4, 16))):
            at = generator.randrange(len(data) + 1)
            end = min(at + generator.choice((1, 2, 8, 64, 512)), len(data))
            kind = generator.randrange(7)
            if kind == 0 and at < len(data):
                data[at] = generator.randrange(256)
            elif kind == 1 and at < len(data):
                data[at] ^= 1 << generator.randrange(8)
            elif kind == 2:
                del data[at:end]
            elif kind == 3:
                data[at:at] = data[at:end] * generator.choice((1, 2, 30))
            elif kind == 4:
                data[at:at] = generator.choice(_WORDS)
            elif kind == 5:
                data[at:end] = generator.choice(_WORDS)
            else:
                other = generator.choice(seeds)
                start = generator.randrange(len(other) + 1)
                data[at:at] = other[start : start + 200]
        yield bytes(data)


def check(path: Path) -> int:
    """Reads a file as the commands do; returns its pieces. Anything that escapes, or is no music, fails."""
    pieces = 0
    for source in find_sources(path)[0]:
        try:
            for music in read_pieces(source):
                if isinstance(music, PassedOver):
                    assert "\n" not in music.reason and len(music.reason) < 500
                    continue
                pieces += 1
                piece = music.piece
                for values in (piece.pitch, piece.velocity, piece.program):
                    assert values.min(initial=0) >= 0 and values.max(initial=0) <= 127
                assert np.isfinite(piece.end).all() and (piece.start >= 0).all()
                assert (piece.end >= piece.start).all() and (piece.end > piece.start)[piece.is_drum].all()
                for stretch in split_at_metre_changes(music.on_musical_grid()) + split_on_changes(piece):
                    note_table(stretch, 4)
        except UserError as error:
            assert str(error) and "\n" not in str(error) and len(str(error)) < 500
    return pieces


@pytest.mark.parametrize("suffix", [".mid", ".abc", ".musicxml", ".mxl", ".zip", ".tfrecord"])
def test_changed_files(suffix: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "1"))
    path = tmp_path / f"x{suffix}"
    files = _mutations(_seeds(tmp_path)[suffix], random.Random(seed))
    end, count, pieces = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < end:
        path.write_bytes(next(files))
        start = time.process_time()
        pieces += _or_kept(check, path)
        assert time.process_time() - start < _SLOWEST, _keep(path)
        count += 1
    assert count > 20 and pieces  # some of them are still music


def test_scores_of_any_values(tmp_path: Path) -> None:
    """Scores whose texts and attributes are anything: what can be read is, and costs nothing else."""
    generator = random.Random(int(os.environ.get("FUZZ_SEED", "1")))
    path, whole = tmp_path / "x.musicxml", _score()
    values = re.compile(r'>([^<>\s]+)<|="([^"<>]*)"')
    begins = whole.index("<part-list>")
    places = [match.span(match.lastindex) for match in values.finditer(whole, begins)]
    odd = (
        "",
        "x",
        "-1",
        "0",
        "0.0001",
        "1e6",
        "1e308",
        "nan",
        "inf",
        "-0",
        "1_0",
        "\u0661",
        "9" * 5_000,
        "99",
        "H",
    )
    end, pieces, count = time.monotonic() + SECONDS, 0, 0
    while time.monotonic() < end:
        text = whole
        for first, last in sorted(generator.sample(places, generator.randrange(1, 5)), reverse=True):
            text = text[:first] + generator.choice(odd) + text[last:]
        path.write_text(text, encoding="utf-8")
        pieces += _or_kept(check, path)
        count += 1
    assert pieces > count / 2  # a value that is odd does not cost the score


def _score() -> str:
    """A score with something of everything that the reader heeds."""
    harmony = (
        "<harmony><root><root-step>C</root-step><root-alter>1</root-alter></root><kind>dominant</kind>"
        "<bass><bass-step>E</bass-step></bass><degree><degree-value>9</degree-value><degree-alter>-1</degree-alter>"
        "<degree-type>add</degree-type></degree><offset>2</offset></harmony>"
    )
    more = (
        "<attributes><divisions>8</divisions><key><fifths>-3</fifths><mode>minor</mode></key><time><beats>3+3</beats>"
        "<beat-type>8</beat-type></time><clef><sign>G</sign></clef><transpose><chromatic>-2</chromatic>"
        "<octave-change>1</octave-change></transpose></attributes>"
    )
    signs = (
        "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>90</per-minute></metronome>"
        '</direction-type></direction><sound tempo="80" dacapo="yes" fine="yes"/>'
    )
    back = "<backup><duration>8</duration></backup><forward><duration>4</duration></forward>"
    hit = (
        "<note><unpitched><display-step>G</display-step><display-octave>4</display-octave></unpitched>"
        '<duration>8</duration><instrument id="I1"/><type>quarter</type></note>'
    )
    kit = (
        '<part-name>Kit</part-name><midi-instrument id="I1"><midi-channel>10</midi-channel>'
        "<midi-program>3</midi-program><midi-unpitched>39</midi-unpitched></midi-instrument>"
    )
    begin, again = bar_line(ending("1,2", "start")), '<repeat direction="backward" times="3"/>'
    bars = [
        ATTRIBUTES + bar_line(FORWARD) + harmony + note("C4", 8, "<type>half</type>") + note("E5", 8),
        begin
        + note("F#4", 8, '<tie type="start"/>')
        + back
        + note("D4")
        + bar_line(ending("1,2", "stop"), again),
        more + signs + note("G4", 8) + note("Bb4", 8, first="<chord/>") + note("R", 16),
    ]
    return score(bars, [ATTRIBUTES + hit * 2, hit * 2, hit], about=["<part-name>Flute</part-name>", kit])


def test_records_of_any_values(tmp_path: Path) -> None:
    """NoteSequences whose numbers are anything: what is no music is refused."""
    generator = random.Random(1)
    odd = (-1, 0, 1, 127, 128, 2**31 - 1, -(2**31))
    times = (-1.0, 0.0, 1e-300, 0.5, 1e5, 1e18, 1e308, float("nan"), float("inf"))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        sequence = melody(is_drum=generator.random() < 0.5)
        for _ in range(generator.randrange(1, 4)):
            some = generator.choice(sequence.notes)
            name = generator.choice(("pitch", "velocity", "program", "instrument"))
            setattr(some, name, generator.choice(odd))
            setattr(some, generator.choice(("start_time", "end_time")), generator.choice(times))
            sequence.tempos.add(time=generator.choice(times), qpm=generator.choice(times))
            metre = sequence.time_signatures.add(time=generator.choice(times))
            metre.numerator, metre.denominator = generator.choice(odd), generator.choice(odd)
            sequence.total_time = generator.choice((*times, sequence.total_time))
        path = tmp_path / "x.tfrecord"
        with open(path, "wb") as file:
            write_record(file, sequence.SerializeToString())
        _or_kept(check, path)


def _or_kept(function: Callable[[Path], int], path: Path) -> int:
    try:
        return function(path)
    except BaseException as error:
        error.add_note(_keep(path))
        raise


def _keep(path: Path) -> str:
    return f"the file: {path.read_bytes()[:2000]!r}"
