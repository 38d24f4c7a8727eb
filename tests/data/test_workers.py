"""Any number of workers gives the same, in the same order, in the same little memory."""

from pathlib import Path

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.data.collection import collect
from base_vae.data.workers import in_order
from base_vae.errors import UserError
from tests.paths import EXAMPLES
from tests.small_music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter


def square(number: int) -> int:
    return number * number


def die(number: int) -> None:
    import os

    if number == 3:
        os._exit(1)


def test_results_come_in_order() -> None:
    things = list(range(100))
    for workers in (None, 1, 2):
        assert list(in_order(square, things, num_workers=workers)) == [n * n for n in things]
    assert list(in_order(square, [], num_workers=2)) == []
    unfinished = in_order(square, things, num_workers=2)
    assert next(unfinished) == 0
    unfinished.close()


def test_a_dead_worker_is_said() -> None:
    with pytest.raises(UserError, match=r"a worker process was killed.*--num_workers"):
        list(in_order(die, list(range(40)), num_workers=2))


def test_a_worker_imports_what_its_work_needs() -> None:
    import tensorflow  # noqa: F401 - as in a command that has loaded its model

    def modules(path: Path) -> set[str]:
        import sys

        from base_vae.configs.presets import get_preset
        from base_vae.data.collection import collect

        assert len(collect(path, get_preset("cat-mel_2bar_small").converter, num_workers=1).examples)
        return {name.partition(".")[0] for name in sys.modules}

    tunes = sorted((EXAMPLES / "reels").glob("*.abc"))[:2]
    seen = set().union(*in_order(modules, tunes, num_workers=2, chunk=1))
    assert not seen & {"bokeh", "keras", "matplotlib", "note_seq", "numba", "pandas", "sklearn", "tensorflow"}


def test_workers_give_the_same_collection(tmp_path: Path) -> None:
    for i in range(30):
        write_midi(tmp_path / f"{i}.mid", melody(tuple(p + i % 7 for p in SCALE * 2), program=i % 40))
    (tmp_path / "bad.mid").write_bytes(b"MThd")
    seen = []
    alone = collect(tmp_path, CONVERTER, num_workers=1)
    both = collect(tmp_path, CONVERTER, num_workers=2, progress=lambda *figures: seen.append(figures))
    np.testing.assert_array_equal(both.examples, alone.examples)
    np.testing.assert_array_equal(both.sources, alone.sources)
    assert both.report == alone.report
    assert seen == [(i, 31) for i in range(1, 32)]
