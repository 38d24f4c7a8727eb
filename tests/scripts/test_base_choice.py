"""A folder with a tune in 4/4, a waltz and a drum loop is used whole."""

import dataclasses

import pytest
from midime_scripts.common.base_choice import choose

from base_vae.checkpoints import model_folder
from base_vae.errors import UserError
from base_vae.music.midi_file import write_midi
from tests.grooves.test_modes import song
from tests.scripts.commands import midi_files
from tests.small_music import SCALE, melody
from tests.tiny_models import lively_model, reduced

BASES = {
    "mel_2bar": "cat-mel_2bar_small",
    "mel_2bar_3beat": "cat-mel_2bar_3beat_small",
    "drums_2bar_hikl": "cat-drums_2bar_small",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder of three bundled models."""
    folder = tmp_path_factory.mktemp("pretrained")
    for name, preset in BASES.items():
        config = dataclasses.replace(reduced(preset), description=f"the line of {name}")
        model_folder.save(lively_model(config), config, folder / name, "A card.")
    return folder


@pytest.fixture
def bundled(shelf, monkeypatch):
    """Makes these the bundled models."""
    for module in ("base_vae.checkpoints.finding", "base_vae.loading", "midime_scripts.common.base_choice"):
        monkeypatch.setattr(f"{module}.BUNDLED_DIR", shelf)
    return shelf


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two tunes in 4/4, a waltz, a drum loop."""
    path = tmp_path_factory.mktemp("my") / "mine"
    path.mkdir()
    write_midi(melody(SCALE * 4), path / "reel.mid")
    write_midi(melody(SCALE[::-1] * 4), path / "march.mid")
    write_midi(melody(SCALE * 3, metres=((0.0, 3, 4),)), path / "waltz.mid")
    write_midi(song(4, piano=False), path / "loop.mid")
    return path


def test_each_base_gets_its_part(bundled, folder):
    first, *others = choose([str(folder)])
    assert first.base == "mel_2bar" and first.files == 2
    assert {each.base: each.files for each in others} == {"mel_2bar_3beat": 1, "drums_2bar_hikl": 1}
    for each in (first, *others):
        assert not each.collection.report.left_out and len(each.paths) == each.files


def test_the_base_for_most_of_it_comes_first(bundled, folder):
    (only,) = choose([str(folder / "waltz.mid")])
    assert only.base == "mel_2bar_3beat"


def test_a_bar_or_two_in_another_metre_make_no_model(bundled, tmp_path):
    pitches = tuple(60 + i * i % 17 + i % 5 for i in range(86))
    music = melody(pitches, metres=((0.0, 4, 4), (80.0, 3, 4)))
    write_midi(music, tmp_path / "song.mid")
    (only,) = choose([str(tmp_path)])
    assert only.base == "mel_2bar"


def test_what_nobody_can_use_is_named_once(bundled, folder, tmp_path):
    (tmp_path / "bad.mid").write_bytes(b"no music")
    first, second = choose([str(folder / "waltz.mid"), str(folder / "loop.mid"), str(tmp_path / "bad.mid")])
    assert len(first.collection.report.left_out) == 1 and not second.collection.report.left_out
    with pytest.raises(UserError, match="not a MIDI file"):
        choose([str(tmp_path / "bad.mid")])


def test_bases_that_are_not_there_are_not_chosen(folder):
    assert {each.base for each in choose([str(folder / "reel.mid")])} == {"mel_2bar"}


def test_one_command_makes_music_of_each_and_plays_it_again(run, bundled, folder, tmp_path):
    out, kept = tmp_path / "out", tmp_path / "kept"
    flags = ["--num_outputs=2", "--seed=3", "--noname_knobs"]
    code, said, error = run(
        "midime_generate", f"--midi={folder}", f"--output_dir={out}", f"--save_model={kept}", *flags
    )
    assert code == 0, error
    assert (
        "Your music: 2 files in 4/4 (base mel_2bar), 1 file in 3/4 or 6/8 (base mel_2bar_3beat) and "
        "1 file of drums (base drums_2bar_hikl)."
    ) in said
    assert len(midi_files(out)) == 6
    for base in BASES:
        assert len(list(out.glob(f"mine_{base}_0*.mid"))) == 2 and (kept / base / "config.json").exists()
    code, said, error = run(
        "midime_generate", f"--model={kept}", f"--output_dir={tmp_path / 'again'}", *flags
    )
    assert code == 0, error
    for base in BASES:
        first = sorted(out.glob(f"mine_{base}_0*.mid"))
        again = sorted((tmp_path / "again").glob(f"kept_{base}_0*.mid"))
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_another_base_says_what_the_bundled_ones_would_use(run, bundled, folder, tmp_path):
    flags = [f"--output_dir={tmp_path / 'out'}", "--num_outputs=1", "--noname_knobs"]
    code, said, error = run("midime_generate", f"--midi={folder}", "--base=mel_2bar", *flags)
    assert code == 0, error
    assert "1 file in 3/4 or 6/8 would be used by --base=mel_2bar_3beat\n" in said
    assert "1 file of drums would be used by --base=drums_2bar_hikl\n" in said
    code, _, error = run("midime_generate", f"--midi={folder / 'waltz.mid'}", "--base=mel_2bar", *flags)
    assert code == 1 and "; 1 file in 3/4 or 6/8 would be used by --base=mel_2bar_3beat" in error
