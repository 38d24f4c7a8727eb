import pytest

from base_vae.checkpoints import model_folder
from base_vae.loading import load
from base_vae.music.midi_file import write_midi
from base_vae.readers.read import read_file
from base_vae.tunes.playing import to_sequence
from base_vae.tunes.saving import save
from tests.scripts.commands import midi_files
from tests.tiny_models import CONFIG, lively_model
from tests.tunes.tiny import song, tiny_model


@pytest.fixture(scope="module")
def with_tunes(tmp_path_factory) -> str:
    """Folder of a base with a model of tunes, both with random weights."""
    path = tmp_path_factory.mktemp("base") / "model"
    model_folder.save(lively_model(), CONFIG, path, "A base for tests.")
    save(tiny_model().denoising, load(path), path / "tunes")
    return str(path)


@pytest.fixture(scope="module")
def my_songs(tmp_path_factory):
    """Folder with three songs for the violin at 96."""
    folder = tmp_path_factory.mktemp("songs")
    for number in range(3):
        write_midi(to_sequence(song(8, seed=number), CONFIG.converter), folder / f"song_{number}.mid")
    return folder


def bars(sequence) -> float:
    return sequence.total_time * sequence.tempos[0].qpm / 60 / 4


def test_long_pieces_have_tempo_instrument_and_form_of_the_songs(run, with_tunes, my_songs, tmp_path) -> None:
    code, out, err = run(
        "midime_generate", f"--midi={my_songs}", f"--base={with_tunes}", f"--output_dir={tmp_path}",
        "--num_bars=16", "--num_outputs=2", "--seed=1",
    )  # fmt: skip
    assert code == 0, err
    files = midi_files(tmp_path)
    assert len(files) == 2 and "Forms" in out
    for file in files:
        sequence = read_file(file).sequences[0]
        assert 12 < bars(sequence) <= 16.01
        assert round(sequence.tempos[0].qpm) == 96
        assert {note.program for note in sequence.notes} == {40}


def test_a_saved_model_keeps_the_songs_and_makes_the_same_tunes(run, with_tunes, my_songs, tmp_path) -> None:
    flags = [
        "--num_bars=8",
        "--seed=1",
        "--num_outputs=1",
        "--form=AB",
        "--section_bars=4",
        "--program=flute",
        "--qpm=80",
    ]
    made = []
    for number, source in enumerate(
        (
            [f"--midi={my_songs}", f"--base={with_tunes}", f"--save_model={tmp_path / 'mine'}"],
            [f"--model={tmp_path / 'mine'}"],
        )
    ):
        code, _, err = run("midime_generate", *source, f"--output_dir={tmp_path / str(number)}", *flags)
        assert code == 0, err
        made.append(midi_files(tmp_path / str(number))[0].read_bytes())
    assert made[0] == made[1]
    sequence = read_file(midi_files(tmp_path / "0")[0]).sequences[0]
    assert {note.program for note in sequence.notes} == {73} and round(sequence.tempos[0].qpm) == 80


@pytest.mark.parametrize(
    "flags",
    [["--mode=continue", "--num_bars=8"], ["--mode=fill", "--bars=5-8"], ["--mode=vary", "--amount=0.5"]],
)
def test_pieces_are_continued_filled_and_varied(run, with_tunes, my_songs, tmp_path, flags) -> None:
    tune = my_songs / "song_0.mid"
    code, _, err = run(
        "midime_generate", f"--midi={my_songs}", f"--base={with_tunes}", f"--output_dir={tmp_path}",
        f"--input_midi={tune}", "--num_outputs=1", *flags,
    )  # fmt: skip
    assert code == 0, err
    before, after = (read_file(path).sequences[0] for path in (tune, midi_files(tmp_path)[0]))
    first = [
        [(n.pitch, round(n.start_time, 3)) for n in s.notes if n.start_time < 9.9] for s in (before, after)
    ]
    assert (first[0] == first[1]) == ("vary" not in flags[0])


def test_a_base_alone_makes_and_changes_tunes_too(run, with_tunes, my_songs, tmp_path) -> None:
    argv = ["music_vae_generate", f"--checkpoint_file={with_tunes}", "--num_outputs=1"]
    a, b = my_songs / "song_0.mid", my_songs / "song_1.mid"
    for name, flags in {
        "new": ["--num_bars=16", "--form=ABA", "--section_bars=4", "--key=G"],
        "way": ["--mode=interpolate", f"--input_midi_1={a}", f"--input_midi_2={b}", "--num_bars=16"],
        "fill": ["--mode=fill", f"--input_midi={a}", "--bars=3-4", "--program=41"],
    }.items():
        code, _, err = run(*argv, f"--output_dir={tmp_path / name}", *flags)
        assert code == 0, err
        assert len(midi_files(tmp_path / name)) == 1


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--mode=fill", "--input_midi=x.mid"], "--bars must be given"),
        (["--mode=fill", "--input_midi=x.mid", "--bars=a-b"], "--bars must be a bar or two"),
        (["--mode=vary"], "--input_midi must be given"),
        (["--form=AABA", "--mode=vary", "--input_midi=x.mid"], "--form goes with --mode=sample"),
        (["--program=kazoo"], "no instrument is called 'kazoo'"),
        (["--mode=sing"], "--mode must be one of"),
        (["--amount=2"], "amount"),
    ],
)
def test_wrong_flags_are_told_before_anything_is_loaded(run, tmp_path, flags, problem) -> None:
    code, _, err = run("midime_generate", "--midi=songs", f"--output_dir={tmp_path}", *flags)
    assert code == 1 and problem in err


def test_without_a_model_of_tunes_new_ones_are_made_and_fills_say_what_is_missing(
    run, base, my_songs, tmp_path
) -> None:
    argv = ["midime_generate", f"--midi={my_songs}", f"--base={base}", f"--output_dir={tmp_path}"]
    code, out, err = run(*argv, "--num_bars=8", "--num_outputs=1")
    assert code == 0, err
    assert len(midi_files(tmp_path)) == 1 and "Forms" in out
    code, _, err = run(*argv, "--mode=fill", f"--input_midi={my_songs / 'song_0.mid'}", "--bars=1-2")
    assert code == 1 and "this needs a model of tunes" in err
