"""The lines about knobs in the report of `midime_generate`."""

import pytest

from base_vae.configs.presets import get_preset
from base_vae.trained_model import TrainedModel
from tests.scripts.commands import midi_files


def test_knobs_are_named_and_the_music_stays_the_same(run, base, songs, tmp_path):
    argv = ("midime_generate", f"--midi={songs}", f"--base={base}", "--num_outputs=2", "--seed=4")
    code, said, error = run(*argv, f"--output_dir={tmp_path / 'with'}", "--verbose")
    assert code == 0, error
    lines = [line for line in said.splitlines() if line.startswith("knob ")]
    assert [line.split(":")[0] for line in lines] == [f"knob {i}" for i in (1, 2, 3, 4)]
    (report,) = (tmp_path / "with").glob("*.txt")
    assert report.read_text().endswith(
        "as it is turned up (standard deviations per step of 1):\n" + "\n".join(lines) + "\n"
    )

    code, said, error = run(*argv, f"--output_dir={tmp_path / 'without'}", "--noname_knobs")
    assert code == 0, error
    assert "knob " not in said and "The knobs" not in said
    pairs = zip(*(midi_files(tmp_path / name) for name in ("with", "without")), strict=True)
    assert all(one.read_bytes() == other.read_bytes() for one, other in pairs)


def test_with_a_large_base_they_are_named_where_asked_for(run, base, songs, tmp_path, monkeypatch):
    monkeypatch.setattr(TrainedModel, "is_small", False)
    argv = ("midime_generate", f"--midi={songs}", f"--base={base}", "--num_outputs=1", "--seed=4")
    code, said, error = run(*argv, f"--output_dir={tmp_path / 'default'}")
    assert code == 0, error
    (report,) = (tmp_path / "default").glob("*.txt")
    assert "--name_knobs says it" in said and "--name_knobs says it" in report.read_text()
    assert "knob 1: " not in said
    code, said, error = run(*argv, f"--output_dir={tmp_path / 'asked'}", "--name_knobs")
    assert code == 0, error
    assert "The knobs, turned up: 1 " in said and ", 4 " in said and "knob 4: " not in said


@pytest.mark.parametrize(
    ("name", "small"),
    [("cat-mel_2bar_small", True), ("cat-mel_2bar_big", False), ("hier-mel_16bar", False)],
)
def test_which_bases_are_small(name, small):
    assert TrainedModel(None, get_preset(name)).is_small == small
