"""`midime_generate --passage`."""

import pytest

import base_vae
import small_vae
from base_vae.music.key import key_of_piece
from base_vae.music.midi_file import write_midi
from base_vae.music.piece import Piece
from base_vae.readers.read import read_file
from base_vae.tunes.playing import to_sequence
from tests.scripts.commands import midi_files
from tests.tiny_models import CONFIG
from tests.tunes.tiny import song


@pytest.fixture(scope="module")
def mine(base, tmp_path_factory):
    """Folder of a personal model of two songs."""
    folder = tmp_path_factory.mktemp("mine")
    for number in range(2):
        write_midi(to_sequence(song(8, seed=number), CONFIG.converter), folder / f"song_{number}.mid")
    small_vae.personalize(base_vae.load(base), folder, seed=1).save(folder / "model")
    return str(folder / "model")


def notes_of(sequence):
    return sorted((note.pitch, round(note.start_time, 2)) for note in sequence.notes)


def test_the_ends_of_a_way_are_the_passages_as_the_base_plays_them(run, mine, tmp_path):
    code, _, err = run(
        "midime_generate", f"--model={mine}", f"--output_dir={tmp_path}", "--passage=2:3,1:1",
        "--num_outputs=3", "--temperature=0", "--qpm=120", "--seed=1",
    )  # fmt: skip
    assert code == 0, err
    model = small_vae.load(mine)
    passages = [model.base.config.converter.decode(model.songs[s].segments[n]) for s, n in ((1, 2), (0, 0))]
    written = [read_file(file).sequences[0] for file in midi_files(tmp_path)]
    ends = [notes_of(piece) for piece in model.base.reconstruct(passages)]
    assert len(written) == 3 and [notes_of(written[0]), notes_of(written[-1])] == ends


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--passage=two"], "must be a song and a passage of it, like 2:5, or two of them"),
        (["--passage=1:1,1:2,1:3"], "or two of them"),
        (["--passage=1:1", "--num_bars=8"], "leave out --num_bars"),
        (["--passage=1:1", "--variety=0.5"], "leave out --variety"),
        (["--passage=1:1", "--mode=vary", "--input_midi=x.mid"], "goes with --mode=sample"),
        (["--passage=1:1,1:2", "--num_outputs=1"], "--num_outputs must be at least 2 (received 1)"),
        (["--passage=1:1,1:2", "--knobs=0,0,0,0"], "--knobs moves one passage, and --passage names two"),
        (["--passage=3:1"], "this model has songs 1 to 2 (received 3)"),
        (["--passage=1:99"], "song 1 has passages 1 to "),
    ],
)
def test_what_is_no_passage_is_refused(run, mine, tmp_path, flags, message):
    code, _, err = run("midime_generate", f"--model={mine}", f"--output_dir={tmp_path / 'out'}", *flags)
    assert code == 1 and message in err and len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--passage=1:1"], "of a model that was saved: give it with --model"),
        (["--knobs=0,0,0,0", "--form=AB"], "--knobs does not go with --form"),
        (["--knobs=0,0,0,0", "--mode=vary", "--input_midi=x.mid"], "--knobs does not go with --mode=vary"),
    ],
)
def test_flags_that_do_not_go_together_are_refused_before_anything_is_learned(run, tmp_path, flags, message):
    code, _, err = run("midime_generate", "--midi=examples:reels", f"--output_dir={tmp_path / 'out'}", *flags)
    assert code == 1 and message in err and not (tmp_path / "out").exists()


def test_short_pieces_too_have_the_key_and_the_instrument_that_are_given(run, mine, tmp_path):
    flags = "--num_outputs=2", "--seed=1", "--temperature=0"
    for name, more in {"plain": [], "asked": ["--key=A", "--program=violin"]}.items():
        code, _, err = run(
            "midime_generate", f"--model={mine}", f"--output_dir={tmp_path / name}", *flags, *more
        )
        assert code == 0, err
    plain, asked = (
        [read_file(file).sequences[0] for file in midi_files(tmp_path / name)] for name in ("plain", "asked")
    )
    for one, other in zip(plain, asked, strict=True):
        shift = other.notes[0].pitch - one.notes[0].pitch
        assert [note.pitch - shift for note in other.notes] == [note.pitch for note in one.notes]
        assert {note.program for note in other.notes} == {40}
        assert key_of_piece(Piece.from_sequence(other)).tonic == 9
    code, _, err = run("midime_generate", f"--model={mine}", f"--output_dir={tmp_path / 'no'}", "--key=H")
    assert code == 1 and "H" in err
