import dataclasses
from pathlib import Path

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.tunes.corpus import Corpus, encode_songs
from base_vae.tunes.loading import load
from base_vae.tunes.playing import to_sequence
from base_vae.tunes.saving import save
from base_vae.tunes.song import song_of
from base_vae.tunes.songs_file import read_songs_file, write_songs
from base_vae.tunes.tune_model import TuneModel
from tests.damaged import damaged_arrays, damaged_settings, damaged_weights, is_refused
from tests.tiny_models import CONFIG
from tests.tunes.tiny import song, tiny_model

CONVERTER = CONFIG.converter


@pytest.fixture(scope="module")
def model() -> TuneModel:
    return tiny_model()


def notes(sequence) -> list[tuple]:
    return [(n.pitch, round(n.start_time, 4), round(n.end_time, 4), n.program) for n in sequence.notes]


def test_tunes_have_the_length_form_tempo_and_program_that_were_asked_for(model: TuneModel) -> None:
    made = model.compose(2, num_bars=16, qpm=100.0, program=73, seed=3)
    assert [len(tune) for tune in made.songs] == [8, 8]
    assert made.sequences[0].tempos[0].qpm == 100.0
    assert {note.program for note in made.sequences[0].notes} == {73}
    assert made.sequences[0].total_time <= 16 * 4 * 0.6 + 1e-6
    formed = model.compose(1, form="ABA", section_bars=4)
    tune = formed.songs[0].segments
    assert len(tune) == 6 and np.array_equal(tune[0], tune[4])


def test_the_same_seed_gives_the_same_tunes(model: TuneModel) -> None:
    one, two, other = (model.compose(1, num_bars=8, seed=seed).sequences[0] for seed in (5, 5, 6))
    assert one == two != other


def test_tunes_longer_than_the_denoiser_sees_are_made_window_by_window(model: TuneModel) -> None:
    made = model.compose(1, num_bars=50, seed=1)
    assert len(made.songs[0]) == 25


def test_tunes_like_somebodys_songs_have_their_tempo_program_and_form(model: TuneModel) -> None:
    own = model.with_songs([song(8, seed=seed) for seed in range(3)])
    made = own.compose(1, num_bars=16)
    assert made.sequences[0].tempos[0].qpm == 96.0
    assert {note.program for note in made.sequences[0].notes} == {40}
    assert made.forms[0] == "abcdaefg"


def test_two_bars_can_only_be_copied(model: TuneModel) -> None:
    with pytest.raises(UserError, match="2 bars of music can only be copied"):
        model.with_songs([song(1)])


def test_what_goes_on_keeps_what_was_there_note_for_note(model: TuneModel) -> None:
    start = song(4, pickup=(41, 0), seed=1)
    before, after = (notes(to_sequence(start, CONVERTER)), notes(model.continued(start, num_bars=8)))
    assert after[: len(before) - 1] == before[:-1]  # the last one may be tied to what follows
    length = (1 + 8 + 8) * 4 * 60 / 96  # with the bar of the pickup
    assert before[-1][1] < after[-1][1] < length


def test_a_fill_changes_the_bars_that_are_named_and_no_others(model: TuneModel) -> None:
    whole = song(8, seed=2)
    bar = 4 * 60 / 96
    filled = model.fill(whole, (5, 7), seed=1)
    outside = [
        [n[:2] for n in notes(s) if not 4 * bar - 1e-3 <= n[1] < 7 * bar - 1e-3]
        for s in (to_sequence(whole, CONVERTER), filled)
    ]
    assert outside[0] == outside[1]
    for bars in ((9, 17), (2, 1), (1.0, 2.0), (1,), 5, "12", None):
        with pytest.raises(
            UserError, match="`bars` must be the first and the last bar to fill, within 1 and 16"
        ):
            model.fill(whole, bars)


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_bars": None}, {"form": 5}, {"form": ""}, {"section_bars": 0}, {"section_bars": 8.0}, {"key": 5},
        {"program": 128}, {"program": "violin"}, {"novelty": float("nan")}, {"qpm": 0}, {"temperature": None},
    ],
)  # fmt: skip
def test_settings_that_are_none_are_refused(model: TuneModel, wrong) -> None:
    with pytest.raises(UserError, match=r"\(received "):
        model.compose(**{"num_bars": 4, **wrong})


@pytest.mark.parametrize("music", ["x.mid", 5, None, ["x.mid"]])
def test_what_is_no_tune_is_refused(model: TuneModel, music) -> None:
    for call in (model.continued, model.vary, lambda tune: model.interpolate(tune, tune)):
        with pytest.raises(UserError, match="music must be a NoteSequence"):
            call(music)
    with pytest.raises(UserError, match="music must be a NoteSequence"):
        model.with_songs([music])


def test_a_variation_by_nothing_is_the_tune_and_one_by_all_is_another(model: TuneModel) -> None:
    tune = dataclasses.replace(song(8, seed=4), tied=np.zeros(8, bool))
    assert notes(model.vary(tune, 0.0)) == notes(to_sequence(tune, CONVERTER))
    assert notes(model.vary(tune, 1.0)) != notes(to_sequence(tune, CONVERTER))
    with pytest.raises(UserError, match="`amount` must be a number within 0 and 1"):
        model.vary(tune, 1.5)


def test_a_way_from_one_piece_to_another_begins_and_ends_with_them(model: TuneModel) -> None:
    one, two = song(4, seed=1), song(6, seed=2)
    way = song_of(model.interpolate(one, two), model.base.config.converter)
    assert np.array_equal(way.segments[0][:-1], one.segments[0][:-1])
    assert len(way) == 6


def test_a_model_is_the_same_after_saving_and_loading(model: TuneModel, tmp_path) -> None:
    save(model.denoising, model.base, tmp_path / "tunes")
    again = load(model.base, tmp_path / "tunes").denoising
    assert again.forms == model.denoising.forms and again.card == "a card"
    assert again.scale.names == model.denoising.scale.names
    pairs = zip(model.denoising.denoiser.get_weights(), again.denoiser.get_weights(), strict=True)
    for one, two in pairs:
        assert one == pytest.approx(two, abs=1e-3)


def test_without_a_denoiser_tunes_like_songs_are_made_and_the_rest_says_what_is_missing(
    model: TuneModel,
) -> None:
    bare = load(model.base)
    made = bare.with_songs([song(8, seed=seed) for seed in range(3)]).compose(1, num_bars=16)
    assert len(made.songs[0]) == 8
    for work in (bare.compose, lambda: bare.vary(song(4), 0.5), lambda: bare.fill(song(4), (1, 2))):
        with pytest.raises(UserError, match="this needs a model of tunes"):
            work()


def test_one_song_alone_is_not_copied(model: TuneModel) -> None:
    own = load(model.base).with_songs([song(8, seed=1)])
    tune = own.compose(1, num_bars=16, seed=2).songs[0].segments
    assert not any(np.array_equal(segment, old) for segment in tune for old in song(8, seed=1).segments)


def test_damaged_folders_are_refused_in_a_sentence(model: TuneModel, tmp_path) -> None:
    save(model.denoising, model.base, tmp_path / "tunes")

    def read(path: Path) -> TuneModel:
        return load(model.base, path)

    for name, path in damaged_weights(tmp_path / "tunes", tmp_path / "weights"):
        assert is_refused(read, path), name
    for name, path in damaged_arrays(tmp_path / "tunes", tmp_path / "arrays", "space.npz"):
        assert is_refused(read, path), name
    settings = damaged_settings(tmp_path / "tunes", tmp_path / "settings")
    assert np.mean([is_refused(read, path) for _, path in settings]) > 0.5


def test_damaged_songs_and_corpora_are_refused_in_a_sentence(model: TuneModel, tmp_path) -> None:
    write_songs(tmp_path, [song(4), song(6, pickup=(1, 2))])
    assert len(read_songs_file(tmp_path)) == 2
    file = tmp_path / "songs.npz"
    file.write_bytes(file.read_bytes()[:500])
    assert is_refused(read_songs_file, tmp_path)
    encode_songs(model.base, [song(4)], [[0]]).save(tmp_path / "corpus.npz")
    assert len(Corpus.load(tmp_path / "corpus.npz")) == 1
    (tmp_path / "corpus.npz").write_bytes(b"PK")
    assert is_refused(Corpus.load, tmp_path / "corpus.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.npz", "songs.npz"]
