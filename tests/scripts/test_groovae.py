"""groovae: files in, whole files out."""

import pytest

from base_vae.music.midi_file import write_midi
from base_vae.readers.read_music import read_music
from tests.grooves.test_modes import drums_of, song
from tests.scripts.commands import midi_files
from tests.small_music import melody


@pytest.fixture(scope="module")
def drummer(saved):
    return saved("groovae_2bar_humanize")[0]


def test_a_file_is_written_whole_and_bad_ones_cost_nothing(run, drummer, tmp_path):
    (tmp_path / "in").mkdir()
    write_midi(song(), tmp_path / "in" / "beat.mid")
    write_midi(melody(), tmp_path / "in" / "tune.mid")
    code, said, error = run(
        "groovae",
        "--mode=humanize",
        f"--midi={tmp_path / 'in'}",
        f"--model={drummer}",
        f"--output_dir={tmp_path / 'out'}",
    )
    assert code == 0, error
    (path,) = midi_files(tmp_path / "out")
    assert path.name.startswith("beat_") and path.name.endswith("_humanize.mid") and path.name in said
    assert "left out:" in error and "tune.mid: there are no drums in it" in error
    before, after = (read_music(each).sequences[0] for each in (tmp_path / "in" / "beat.mid", path))
    assert [n for n in after.notes if not n.is_drum] == [n for n in before.notes if not n.is_drum]
    for kept in ("tempos", "time_signatures", "key_signatures", "control_changes", "pitch_bends"):
        assert getattr(after, kept) == getattr(before, kept)
    assert sorted(n.pitch for n in drums_of(after)) == sorted(n.pitch for n in drums_of(before))
    assert [n.velocity for n in drums_of(after)] != [n.velocity for n in drums_of(before)]


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--mode=humanise"], "--mode must be one of humanize,"),
        (["--mode=transfer"], "--groove, a file with drums, goes with --mode=transfer, which needs it"),
        (["--mode=humanize", "--groove=x.mid"], "--groove, a file with drums, goes with --mode=transfer"),
        (["--mode=humanize", "--model=nowhere"], "no model is called 'nowhere'"),
        (["--mode=control", "--model={drummer}"], "control needs a model like groovae_2bar_hits_control"),
    ],
)
def test_what_is_wrong_is_one_sentence(run, drummer, tmp_path, flags, problem):
    write_midi(song(1), tmp_path / "beat.mid")
    flags = [flag.format(drummer=drummer) for flag in flags]
    code, _, error = run(
        "groovae", *flags, f"--midi={tmp_path / 'beat.mid'}", f"--output_dir={tmp_path / 'out'}"
    )
    assert code == 1 and problem in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
