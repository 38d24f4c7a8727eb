"""From NoteSequences to examples: filters, duplicates, splits, and the same from every engine."""

import collections
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.configs.presets import get_preset
from base_vae.converters import without_limits
from base_vae.data.cache import cached_collection
from base_vae.data.collection import collect
from base_vae.data.preprocess import run as run_module
from base_vae.data.preprocess.filters import Filters, parse_programs, parse_time_signatures
from base_vae.data.preprocess.run import run, uncapped
from base_vae.data.preprocess.steps import Settings, examples_of, parse_splits, split_of
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from base_vae.readers.tfrecord import raw_records, read_sequences, write_sequences
from tests.paths import ROOT
from tests.small_music import SCALE, melody

CONVERTER = uncapped(get_preset("cat-mel_2bar_small").converter)
DRUMS = uncapped(get_preset("cat-drums_2bar_small").converter)


def songs() -> list:
    found = [melody(tuple(p + i % 9 for p in SCALE * 2)) for i in range(12)]
    found += [melody(SCALE[:3]), melody(is_drum=True), melody(metres=((0.0, 3, 4),))]
    for number, song in enumerate(found):
        song.id = f"/id/midi/x/{number:02d}"
    return found


@pytest.fixture
def notes(tmp_path: Path) -> str:
    for shard in range(2):
        write_sequences(tmp_path / f"n.tfrecord-{shard:05d}-of-00002", songs()[shard::2])
    return str(tmp_path / "n.tfrecord@2")


def written(folder: Path, name: str) -> list[bytes]:
    files = sorted(path for path in folder.iterdir() if path.name.startswith(f"{name}-0"))
    return [record for path in files for record in raw_records(path)]


@pytest.mark.parametrize(
    ("changes", "examples"),
    [
        ({}, {"all": 18}),
        ({"deduplicate": False}, {"all": 24}),
        ({"transposition_invariant": True}, {"all": 2}),
        ({"output_format": "examples"}, {"all": 18}),
        ({"grid": "exact", "filters": None}, {"all": 18}),
        ({"converter": DRUMS}, {"all": 2}),
    ],
    ids=["as the original", "with copies", "any key", "compact", "exact", "drums"],
)
def test_the_pool(notes: str, tmp_path: Path, changes: dict, examples: dict) -> None:
    figures, engine = run(
        notes, f"{tmp_path}/out/m.tfrecord", 3, Settings(**{"converter": CONVERTER, **changes}), runner="pool"
    )
    assert figures["examples"] == examples
    assert figures["pieces"] == 15
    assert engine == "the pool"
    assert json.loads((tmp_path / "out" / "m.tfrecord.statistics.json").read_text()) == json.loads(
        json.dumps(figures)
    )


def test_beam_and_pool_give_the_same(notes: str, tmp_path: Path) -> None:
    for changes in ({}, {"output_format": "examples", "transposition_invariant": True}):
        wanted = Settings(CONVERTER, splits=(("train", 0.6), ("test", 0.4)), seed=3, **changes)
        figures, results = [], []
        for engine in ("pool", "DirectRunner"):
            folder = tmp_path / f"{engine}{len(changes)}"
            figures.append(run(notes, f"{folder}/m.tfrecord", 2, wanted, runner=engine)[0])
            suffix = "examples" if changes else "tfrecord"
            results.append([sorted(written(folder, f"m-{split}.{suffix}")) for split in ("train", "test")])
        assert figures[0] == figures[1]
        assert results[0] == results[1]
        assert results[0][0] or results[0][1]


@pytest.mark.slow
def test_any_number_of_workers_writes_the_same(notes: str, tmp_path: Path) -> None:
    for workers in (1, 2):
        run(
            notes,
            f"{tmp_path}/{workers}/m.tfrecord",
            3,
            Settings(CONVERTER),
            runner="pool",
            num_workers=workers,
        )
    files = [{path.name: path.read_bytes() for path in (tmp_path / str(n)).iterdir()} for n in (1, 2)]
    assert files[0] == files[1]


def test_sequences_are_as_the_originals(notes: str, tmp_path: Path) -> None:
    run(notes, f"{tmp_path}/m.tfrecord", 1, Settings(CONVERTER), runner="pool")
    path = tmp_path / "m.tfrecord-00000-of-00001"
    sequences = list(read_sequences(path))
    ids = {sequence.id for sequence in sequences}
    assert "/id/midi/x/00,/id/midi/x/09" in ids
    for sequence in sequences:
        assert len(CONVERTER.extract(sequence).examples) >= 1
    assert [p.name for p in sorted(tmp_path.iterdir()) if p.name.startswith(".")] == []


def test_examples_are_read_back(notes: str, tmp_path: Path) -> None:
    run(notes, f"{tmp_path}/out/m.tfrecord", 3, Settings(CONVERTER, output_format="examples"), runner="pool")
    plain = collect(notes, CONVERTER)
    for back in (
        collect(f"{tmp_path}/out/m.examples@3", CONVERTER),
        collect(f"{tmp_path}/out/m.examples-*", CONVERTER),
        collect(tmp_path / "out", CONVERTER),
        collect(tmp_path / "out", without_limits(CONVERTER)),
        cached_collection(tmp_path / "out", CONVERTER, tmp_path / "cache"),
    ):
        assert set(map(bytes, np.asarray(back.examples))) == set(map(bytes, plain.examples))
        assert back.report.pieces >= 5
    run(
        notes, f"{tmp_path}/many/m.tfrecord", 40, Settings(CONVERTER, output_format="examples"), runner="pool"
    )
    assert collect(tmp_path / "many", CONVERTER).report.left_out == ()  # empty shards are no damage
    with pytest.raises(UserError, match=r"made for another representation.*drums"):
        collect(f"{tmp_path}/out/m.examples@3", DRUMS)
    with pytest.raises(UserError, match=r"made for another representation.*gap_bars 1.0, not 2.0"):
        collect(f"{tmp_path}/out/m.examples-00000-of-00003", dataclasses.replace(CONVERTER, gap_bars=2.0))
    (tmp_path / "out" / "m.examples.json").unlink()
    with pytest.raises(UserError, match=r"m\.examples\.json, which describes how to read it, is not"):
        collect(f"{tmp_path}/out/m.examples-00000-of-00003", CONVERTER)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"max_total_time": 7.9}, "too long"),
        ({"min_total_time": 8.1}, "too short"),
        ({"max_num_notes": 15}, "too many notes"),
        ({"min_num_notes": 17}, "too few notes"),
        ({"min_velocities": 2}, "too few velocities"),
        ({"min_metric_positions": 2}, "too few metric positions"),
        ({"is_drum": True}, "too few velocities"),
        ({"drums_only": True}, "not only drums"),
        ({"time_signatures": ((3, 4), (2, 4))}, "another time signature"),
        ({"programs": (1, 2)}, "other programs"),
        ({"min_notes_per_second": 2.2}, "too few notes a second"),
        ({"max_notes_per_second": 2.1}, "too many notes a second"),
        ({"melody_only": True}, None),
        ({}, None),
    ],
)
def test_each_filter(filters: dict, reason: str | None) -> None:
    piece = Piece.from_sequence(melody())
    assert Filters(**filters).why_not(piece) == reason
    found, counts = examples_of(melody().SerializeToString(), Settings(CONVERTER, Filters(**filters)))
    assert counts.get(f"filtered/{reason}", 0) == (reason is not None)
    assert bool(found) == (reason is None)
    assert examples_of(melody().SerializeToString(), Settings(CONVERTER, None))[0]


def test_a_melody_has_one_note_at_a_time() -> None:
    sequence = melody()
    sequence.notes[3].end_time += 0.3
    assert Filters(melody_only=True).why_not(Piece.from_sequence(sequence)) == "not a single melody"
    drums = Piece.from_sequence(melody(is_drum=True))
    assert Filters(melody_only=True).why_not(drums) == "not a single melody"
    assert Filters(drums_only=True).why_not(drums) is None
    with pytest.raises(UserError, match="drums_only leaves nothing"):
        Filters(drums_only=True, melody_only=True)


def test_what_is_no_piece_is_counted() -> None:
    assert examples_of(b"\xff", Settings(CONVERTER))[1] == collections.Counter(
        {"pieces": 1, "filtered/not a NoteSequence that can be read": 1}
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31 - 1), st.lists(st.text(max_size=8), min_size=200, max_size=300, unique=True))
def test_splits_are_by_piece_and_seed(seed: int, pieces: list[str]) -> None:
    splits = parse_splits("train:0.5,eval:0.25,test:0.25")
    where = [split_of(piece, splits, seed) for piece in pieces]
    assert where == [split_of(piece, splits, seed) for piece in pieces]
    assert 0.3 < where.count("train") / len(pieces) < 0.7
    assert where.count("eval") and where.count("test")
    assert where != [split_of(piece, splits, seed + 1) for piece in pieces]


def test_an_example_is_in_one_split_only(notes: str, tmp_path: Path) -> None:
    wanted = Settings(CONVERTER, splits=(("a", 0.5), ("b", 0.5)), output_format="examples")
    figures, _ = run(notes, f"{tmp_path}/m", 2, wanted, runner="pool")
    found = {name: {record[8:] for record in written(tmp_path, f"m-{name}.examples")} for name in "ab"}
    assert not found["a"] & found["b"]
    assert {name: len(records) for name, records in found.items()} == figures["examples"]
    assert sum(figures["examples"].values()) == 18


@pytest.mark.parametrize("text", ["train", "train:x", "train:0.5", "a:0.5,a:0.5", "a:0.7,b:0.7", "a b:1"])
def test_splits_that_are_none(text: str) -> None:
    with pytest.raises(UserError, match=r"a split must be like|must add up to 1"):
        parse_splits(text)


def test_flags_in_words() -> None:
    assert parse_splits("") == () and parse_splits("a:1") == (("a", 1.0),)
    assert parse_programs("0-2,40") == (0, 1, 2, 40)
    assert parse_time_signatures("4/4,2/4") == ((4, 4), (2, 4))
    programs = ("0-200", "x", "40-30", "0-99999999999", "9" * 5_000)
    for parse, text in (*((parse_programs, text) for text in programs), (parse_time_signatures, "4")):
        with pytest.raises(UserError, match="received") as error:
            parse(text)
        assert len(str(error.value)) < 200


def test_without_beam(notes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module.importlib.util, "find_spec", lambda name: None)
    _, engine = run(notes, f"{tmp_path}/m", 1, Settings(CONVERTER))
    assert engine == "the pool"
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    monkeypatch.delitem(sys.modules, "base_vae.data.preprocess.beam_pipeline", raising=False)
    with pytest.raises(UserError, match=r"pip install apache-beam, or use --runner=pool"):
        run(notes, f"{tmp_path}/m", 1, Settings(CONVERTER), runner="DirectRunner")


def test_what_cannot_be_done(notes: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        run(f"{tmp_path}/none*", f"{tmp_path}/m", 1, Settings(CONVERTER), runner="pool")
    with pytest.raises(UserError, match="pipeline_options are for Beam"):
        run(notes, f"{tmp_path}/m", 1, Settings(CONVERTER), runner="pool", options=["--x=1"])
    with pytest.raises(UserError, match=r"no examples in this music\n(.|\n)*too short"):
        run(notes, f"{tmp_path}/new/m", 1, Settings(CONVERTER, Filters(min_total_time=99)), runner="pool")
    assert not (tmp_path / "new").exists()
    (tmp_path / "bad.tfrecord").write_bytes(b"no records at all")
    with pytest.raises(UserError, match=r"bad\.tfrecord: a damaged TFRecord file"):
        run(f"{tmp_path}/bad.tfrecord", f"{tmp_path}/m", 1, Settings(CONVERTER), runner="pool")


@pytest.mark.parametrize("engine", ["pool", "DirectRunner"])
def test_a_damaged_file_is_named_and_the_rest_is_used(notes: str, tmp_path: Path, engine: str) -> None:
    whole = tmp_path / "n.tfrecord-00000-of-00002"
    (tmp_path / "cut.tfrecord").write_bytes(whole.read_bytes()[:-9])
    first = tmp_path / "first.tfrecord"
    first.write_bytes(whole.read_bytes()[:100])
    made = Settings(CONVERTER)
    with pytest.raises(UserError, match=r"first\.tfrecord: a damaged TFRecord file \(after record 0\)$"):
        run(str(first), f"{tmp_path}/none/m", 1, made, runner=engine)
    assert not (tmp_path / "none").exists()
    figures, _ = run(f"{first},{tmp_path}/cut.tfrecord,{notes}", f"{tmp_path}/out/m", 1, made, runner=engine)
    assert figures["pieces"] == 15 + 7
    assert figures["examples"] == {"all": 18}
    assert [line.rpartition("/")[2] for line in figures["unreadable"]] == [
        "cut.tfrecord: a damaged TFRecord file (after record 7)",
        "first.tfrecord: a damaged TFRecord file (after record 0)",
    ]


def test_a_folder_with_the_name_of_a_shard(notes: str, tmp_path: Path) -> None:
    (tmp_path / "m-00001-of-00002").mkdir()
    with pytest.raises(UserError, match=r"m-00001-of-00002: cannot be written \(a folder has this name\)"):
        run(notes, f"{tmp_path}/m", 2, Settings(CONVERTER), runner="pool")
    assert not list((tmp_path / "m-00001-of-00002").iterdir())


def test_the_command(notes: str, tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "scripts" / "preprocess_tfrecord.py", "--config=cat-mel_2bar_small"]
    flags = [f"--input_tfrecord={notes}", f"--output_tfrecord={tmp_path}/out/m.tfrecord", "--output_shards=2"]
    more = [
        "--split=train:0.8,eval:0.2",
        "--output_format=examples",
        "--runner=pool",
        "--time_signatures=4/4",
    ]
    done = subprocess.run([*command, *flags, *more], capture_output=True, text=True, check=True)
    assert '"another time signature": 1' in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 2 * 2 + 2 + 1
    assert "nothing went into" not in done.stderr
    rare = [f"--output_tfrecord={tmp_path}/rare.tfrecord", "--split=train:0.99999,eval:0.00001"]
    few = subprocess.run([*command, *flags, *rare], capture_output=True, text=True, check=True)
    assert "nothing went into eval: there are too few pieces" in few.stderr
    bad = subprocess.run([*command, *flags, "--split=train:2"], capture_output=True, text=True)
    assert bad.returncode == 1
    assert bad.stderr.splitlines()[-1].startswith("error: the shares of a split must add up to 1")
