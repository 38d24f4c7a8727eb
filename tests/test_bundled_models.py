"""The model that ships: it knows music it has never seen, and what it makes up is music."""

from pathlib import Path

import numpy as np
import pytest

import base_vae
from base_vae import grooves
from base_vae.data.collection import collect
from base_vae.metrics import distinct_rate, silent_share
from base_vae.music.note_sequence import NoteSequence
from base_vae.training.evaluation import evaluate
from base_vae.tunes.loading import load as load_tunes
from base_vae.tunes.song import song_of, songs_in
from tests.paths import EXAMPLES

FOLDER = Path(base_vae.__file__).parent / "pretrained"
_MOST_BYTES = 16 * 2**20


@pytest.fixture(scope="module")
def model():
    return base_vae.load("mel_2bar")


@pytest.mark.parametrize("name", base_vae.bundled_models())
def test_each_is_small_enough_and_has_a_card(name):
    assert base_vae.bundled_models()[name]
    files = [file for file in (FOLDER / name).rglob("*") if file.is_file()]
    assert max(file.stat().st_size for file in files) <= _MOST_BYTES
    card = (FOLDER / name / "README.md").read_text("utf-8")
    assert card.startswith(f"# {name}\n")
    for word in ("licence", "Training", "Measured", "bad at", "steps", "KL"):
        assert word in card


@pytest.mark.parametrize("name", base_vae.bundled_models())
def test_each_encodes_what_it_sampled(name):
    model = base_vae.load(name)
    music = model.sample(8, temperature=0.5, seed=1)
    again = model.reconstruct([piece for piece in music if piece.notes])
    assert len(again) >= 7 and all(piece.notes for piece in again)


@pytest.mark.parametrize("style", ["hymns", "reels"])
def test_it_gives_back_the_examples(model, style):
    examples = collect(EXAMPLES / style, model.config.converter).examples
    figures = evaluate(model.model, examples, model.config.converter)
    assert figures["accuracy"] > 0.9
    assert figures["free_running_accuracy"] > 0.8
    assert figures["kl_bits"] < 130
    assert figures["active_units"] > 8


def test_its_samples_are_neither_silence_nor_noise_nor_all_the_same(model):
    converter = model.config.converter
    arrays = np.stack(
        [converter.encode_whole(sequence) for sequence in model.sample(64, temperature=0.5, seed=3)]
    )
    assert distinct_rate(arrays) == 1
    assert silent_share(arrays) < 0.5
    notes = (arrays >= 2).sum(1)
    assert 5 < notes.mean() < 22


def test_from_a_tune_to_itself_is_that_tune_all_the_way(model):
    tune = collect(EXAMPLES / "hymns", model.config.converter).examples[0]
    sequence = model.config.converter.decode(tune)
    same = model.interpolate(sequence, sequence, num_steps=3)
    arrays = [model.config.converter.encode_whole(piece) for piece in same]
    np.testing.assert_array_equal(arrays[0], arrays[1])
    np.testing.assert_array_equal(arrays[0], arrays[2])


def test_tunes_are_varied_filled_and_continued(model):
    tunes = load_tunes(model)
    (song,), _ = songs_in(EXAMPLES / "reels" / "soldiers_joy.abc", model.config.converter)
    arrays = lambda music: song_of(music, model.config.converter).segments  # noqa: E731
    kept = [np.mean(arrays(tunes.vary(song, amount, seed=1)) == song.segments) for amount in (0.0, 0.3, 1.0)]
    assert kept[0] == 1 > kept[1] > 0.6 > kept[2]
    filled = arrays(tunes.fill(song, (9, 12), seed=1))
    np.testing.assert_array_equal(np.delete(filled, [4, 5], 0), np.delete(song.segments, [4, 5], 0))
    assert (filled[4:6] != song.segments[4:6]).any()
    longer = arrays(tunes.continued(song, num_bars=8, seed=1))
    np.testing.assert_array_equal(longer[: len(song) - 1], song.segments[:-1])
    assert len(longer) == len(song) + 4


def test_a_beat_is_played_like_a_drummer_would():
    (beat,) = base_vae.read_music(EXAMPLES / "beats" / "straight_eighths.abc").sequences
    played = grooves.humanize(beat)
    assert [note.pitch for note in played.notes] == [note.pitch for note in beat.notes]
    velocities = np.array([note.velocity for note in played.notes])
    hats = np.array([note.pitch == 42 for note in beat.notes])
    eighth = 30 / beat.tempos[0].qpm
    on_the_beat = np.array([round(note.start_time / eighth) % 2 == 0 for note in beat.notes])
    assert velocities[hats & on_the_beat].mean() > velocities[hats & ~on_the_beat].mean() + 10
    moved = np.array([b.start_time - a.start_time for a, b in zip(beat.notes, played.notes, strict=True)])
    assert 0.002 < np.abs(moved).mean() < 0.03  # seconds


def test_drums_are_made_to_the_rhythm_of_a_tune():
    (tune,) = base_vae.read_music(EXAMPLES / "hymns" / "ode_to_joy.abc").sequences
    drums = [note for note in grooves.drumify(tune).notes if note.is_drum]
    step = 15 / tune.tempos[0].qpm
    played, tapped = ({round(note.start_time / step) for note in notes} for notes in (drums, tune.notes))
    assert len({note.pitch for note in drums}) > 1 and len({note.velocity for note in drums}) > 5
    assert len(played & tapped) > 0.7 * len(tapped)


def test_a_beat_is_played_in_the_manner_of_another():
    straight, sixteenths = (
        base_vae.read_music(EXAMPLES / "beats" / name).sequences[0]
        for name in ("straight_eighths.abc", "sixteenths.abc")
    )
    loud, soft = (NoteSequence.FromString(sixteenths.SerializeToString()) for _ in range(2))
    for groove, velocity in ((loud, 120), (soft, 30)):
        for note in groove.notes:
            note.velocity = velocity
    played = [grooves.transfer(straight, groove) for groove in (loud, soft)]
    for one in played:
        assert [note.pitch for note in one.notes] == [note.pitch for note in straight.notes]
    louder, softer = (np.mean([note.velocity for note in one.notes]) for one in played)
    assert louder > softer + 10
    one, two = (grooves.control(straight, seed=seed) for seed in (1, 2))
    assert one != two and len(one.notes) == len(two.notes) == len(straight.notes)
