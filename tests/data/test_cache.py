"""A cache is made once, whole, and made again when what it is made of changes."""

import dataclasses
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import base_vae.data.cache as cache
from base_vae.configs.presets import get_preset
from base_vae.data.cache import cached_collection
from base_vae.data.collection import collect
from base_vae.data.example_file import ExampleFile
from base_vae.errors import UserError
from tests.small_music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for i in range(3):
        write_midi(tmp_path / "music" / f"{i}.mid", melody(tuple(p + i for p in SCALE * 2)))
    (tmp_path / "music" / "bad.mid").write_bytes(b"MThd")
    return tmp_path / "music"


def test_it_holds_what_collect_gives(music: Path, tmp_path: Path) -> None:
    plain = collect(music, CONVERTER)
    for _ in range(2):  # made, and opened
        kept = cached_collection(music, CONVERTER, tmp_path / "cache")
        np.testing.assert_array_equal(kept.examples, plain.examples)
        np.testing.assert_array_equal(kept.sources, plain.sources)
        assert kept.examples.dtype == plain.examples.dtype
        assert kept.report == plain.report
        assert isinstance(kept.examples, np.memmap)


def test_it_is_made_once_while_nothing_changes(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    extract = cache.extract_sources
    monkeypatch.setattr(cache, "extract_sources", lambda *args, **kw: made.append(1) or extract(*args, **kw))

    def times(**settings: object) -> int:
        before = len(made)
        cached_collection(music, settings.pop("converter", CONVERTER), tmp_path / "cache", **settings)
        return len(made) - before

    assert [times(), times(), times(num_workers=1)] == [1, 0, 0]
    assert times(grid="exact") == 1
    assert times(converter=dataclasses.replace(CONVERTER, gap_bars=2.0)) == 1
    os.utime(music / "1.mid", ns=(1, 1))
    assert [times(), times()] == [1, 0]
    write_midi(music / "new.mid", melody(SCALE[::-1]))
    assert [times(), times()] == [1, 0]


def test_it_appears_whole_or_not_at_all(music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(*args: object, **settings: object) -> object:
        yield from list(extract(*args, **settings))[:1]
        raise KeyboardInterrupt

    extract = cache.extract_sources
    monkeypatch.setattr(cache, "extract_sources", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        cached_collection(music, CONVERTER, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    monkeypatch.undo()
    assert len(cached_collection(music, CONVERTER, tmp_path / "cache").examples) > 3


def test_nothing_usable_makes_none(tmp_path: Path) -> None:
    write_midi(tmp_path / "drums.mid", melody(is_drum=True))
    with pytest.raises(UserError, match="only drums"):
        cached_collection(tmp_path / "drums.mid", CONVERTER, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_damage_says_what_to_do(music: Path, tmp_path: Path) -> None:
    cached_collection(music, CONVERTER, tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "examples.npy").write_bytes(b"")
    with pytest.raises(UserError, match=r"a damaged cache .* delete that folder"):
        cached_collection(music, CONVERTER, tmp_path / "cache")


def _set(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: np.save(folder / "sources.npy", np.zeros((1, 2), np.int64)),
        lambda folder: np.save(folder / "sources.npy", np.load(folder / "sources.npy").astype(float)),
        lambda folder: (folder / "sources.npy").write_bytes(_npy_header((10**12,), np.int64)),
        lambda folder: (folder / "report.json").write_text("[" * 100_000),
        lambda folder: (folder / "report.json").write_text("[]"),
        lambda folder: _set(folder / "report.json", examples="7"),
        lambda folder: _set(folder / "report.json", files=[1]),
    ],
)
def test_every_part_of_it_is_checked(music: Path, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    cached_collection(music, CONVERTER, tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    damage(folder)
    with pytest.raises(UserError, match=r"a damaged cache .* delete that folder"):
        cached_collection(music, CONVERTER, tmp_path / "cache")


def _npy_header(shape: tuple[int, ...], dtype: type) -> bytes:
    """A file that claims more than it holds."""
    file = io.BytesIO()
    header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def test_a_place_that_cannot_be_written(music: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        cached_collection(music, CONVERTER, tmp_path / "file" / "cache")


@pytest.mark.parametrize(("shape", "dtype"), [((), np.int16), ((3,), np.uint8), ((2, 4), np.float32)])
def test_a_growing_file_of_arrays(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    parts = [np.full((n, *shape), n % 200, dtype) for n in (1, 0, 250, 1000)]
    with ExampleFile(tmp_path / "x.npy", shape, dtype) as file:
        for part in parts:
            file.append(part)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy", mmap_mode="r"), np.concatenate(parts))
    with (
        pytest.raises(ValueError, match="examples must be"),
        ExampleFile(tmp_path / "y.npy", shape, dtype) as file,
    ):
        file.append(np.zeros((1, 9, 9, 9), dtype))


def test_a_cache_of_another_shape_is_not_trained_on(music: Path, tmp_path: Path) -> None:
    cached_collection(music, CONVERTER, tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    good = np.load(folder / "examples.npy")
    for bad in (good[:, :-1], good[:-1], good.astype(np.float32), good[0]):
        np.save(folder / "examples.npy", bad)
        with pytest.raises(UserError, match=r"a damaged cache \(its examples must be uint8"):
            cached_collection(music, CONVERTER, tmp_path / "cache")
