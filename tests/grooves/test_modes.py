"""What a mode changes, and that everything else stays."""

import gc
import weakref

import numpy as np
import pytest

from base_vae import grooves
from base_vae.errors import UserError
from base_vae.grooves import modes
from base_vae.grooves.beats import beat
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.read_music import read_music
from base_vae.trained_model import TrainedModel
from tests.paths import EXAMPLES
from tests.tiny_models import lively_model, reduced

KICK, SNARE, HAT, COWBELL = 36, 38, 42, 56
_MODELS = {
    "humanize": "groovae_2bar_humanize",
    "drumify": "groovae_2bar_tap_fixed_velocity",
    "add_closed_hh": "groovae_2bar_add_closed_hh",
    "transfer": "groovae_2bar_hits_control_tfds",
    "control": "groovae_2bar_hits_control_tfds",
}


@pytest.fixture(scope="module")
def models() -> dict[str, TrainedModel]:
    configs = {name: reduced(name) for name in _MODELS.values()}
    made = {name: TrainedModel(lively_model(config), config) for name, config in configs.items()}
    return {mode: made[name] for mode, name in _MODELS.items()}


def song(
    bars: float = 5, *, drums: bool = True, piano: bool = True, metre: tuple[int, int] = (4, 4)
) -> NoteSequence:
    """A beat and a piano, with a change of tempo, a key, a controller, a bend, a name and a text."""
    music = NoteSequence(ticks_per_quarter=480)
    music.tempos.add(time=0.0, qpm=120.0)
    music.tempos.add(time=3.0, qpm=90.0)
    music.time_signatures.add(numerator=metre[0], denominator=metre[1])
    music.key_signatures.add(key=7)
    music.instrument_infos.add(instrument=1, name="Grand")
    music.control_changes.add(time=1.0, control_number=64, control_value=100, instrument=1)
    music.pitch_bends.add(time=1.5, bend=300, instrument=1)
    music.text_annotations.add(time=2.0, text="Am", annotation_type=NoteSequence.TextAnnotation.CHORD_SYMBOL)
    for eighth in range(round(bars * 8)):
        start, end = (seconds(beat) for beat in (eighth / 2, eighth / 2 + 0.5))
        common = {"start_time": start, "end_time": end}
        if piano:
            music.notes.add(pitch=60 + eighth % 5, velocity=70, instrument=1, program=2, **common)
        if drums:
            for pitch in (HAT, KICK if eighth % 4 == 0 else SNARE if eighth % 4 == 2 else COWBELL):
                music.notes.add(pitch=pitch, velocity=90, instrument=3, program=8, is_drum=True, **common)
    music.total_time = music.notes[-1].end_time
    return music


def seconds(beat: float) -> float:
    return beat / 2.0 if beat <= 6 else 3.0 + (beat - 6) / 1.5


def beats(time: float) -> float:
    return time * 2.0 if time <= 3 else 6.0 + (time - 3.0) * 1.5


def without_drums(music: NoteSequence) -> NoteSequence:
    """All but the drums and the length."""
    rest = NoteSequence()
    rest.CopyFrom(music)
    del rest.notes[:]
    rest.notes.extend(note for note in music.notes if not note.is_drum)
    rest.total_time = 0.0
    return rest


def drums_of(music: NoteSequence) -> list:
    return [note for note in music.notes if note.is_drum]


@pytest.mark.parametrize("mode", ["humanize", "control", "transfer"])
def test_every_hit_stays_and_is_played_anew(models, mode):
    music = song()
    before = music.SerializeToString(deterministic=True)
    more = [song(2, piano=False)] if mode == "transfer" else []
    played = getattr(grooves, mode)(music, *more, models[mode])
    assert music.SerializeToString(deterministic=True) == before
    assert without_drums(played) == without_drums(music)
    old, new = drums_of(music), drums_of(played)
    assert [note.pitch for note in new] == [note.pitch for note in old] and len(new) == 80
    assert {(note.instrument, note.program) for note in new} == {(3, 8)}
    shifts = np.array([beats(b.start_time) - beats(a.start_time) for a, b in zip(old, new, strict=True)]) * 4
    assert np.abs(shifts).max() <= 0.5 + 1e-6 and np.ptp(shifts) > 0.1  # of a sixteenth
    assert len({note.velocity for note in new}) > 3
    assert all(1 <= note.velocity <= 127 and note.end_time > note.start_time >= 0 for note in new)
    assert played.total_time >= max(note.end_time for note in played.notes) - 1e-9
    assert played == getattr(grooves, mode)(music, *more, models[mode])


def test_humanize_takes_no_notice_of_the_old_feel(models):
    loose = song(2, piano=False)
    rng = np.random.default_rng(0)
    for note in loose.notes:
        note.velocity = int(rng.integers(1, 128))
        note.start_time = max(note.start_time + rng.uniform(-0.02, 0.02), 0.0)
    old, new = (grooves.humanize(music, models["humanize"]) for music in (song(2, piano=False), loose))
    for a, b in zip(old.notes, new.notes, strict=True):
        assert a.velocity == b.velocity and a.start_time == pytest.approx(b.start_time, abs=1e-6)


def test_a_second_piece_is_played_by_what_was_compiled_for_the_first(models, monkeypatch):
    grooves.humanize(song(2, piano=False), models["humanize"])
    decoder = type(models["humanize"].model.decoder)

    def traced(*_):
        raise AssertionError("traced again")

    monkeypatch.setattr(decoder, "run", traced)
    grooves.humanize(song(1, piano=False), models["humanize"])


def test_what_was_compiled_goes_with_its_model():
    config = reduced(_MODELS["humanize"])
    model = TrainedModel(lively_model(config), config)
    grooves.humanize(song(2, piano=False), model)
    known = weakref.ref(model)
    del model
    gc.collect()
    assert known() is None


def test_another_seed_is_another_manner(models):
    first, second = (grooves.control(song(2), models["control"], seed=seed) for seed in (0, 1))
    assert [note.velocity for note in first.notes] != [note.velocity for note in second.notes]


@pytest.mark.parametrize("drums", [False, True])
def test_a_beat_is_put_under_a_tune_up_to_its_last_bar(models, monkeypatch, drums):
    music, beat = song(11.5, drums=drums), read_music(EXAMPLES / "beats").sequences[1]
    monkeypatch.setattr(modes, "beat", lambda seed: beat)
    played = grooves.add_drums(music, models["humanize"], seed=1)
    assert without_drums(played) == without_drums(music)
    added = drums_of(played)
    assert {(note.instrument, note.program) for note in added} == {(3, 8) if drums else (9, 0)}
    steps = [(round(note.start_time * 4 * beat.tempos[0].qpm / 60), note.pitch) for note in beat.notes]
    expected = sorted(steps + [(step + 128, pitch) for step, pitch in steps if step < 4 * 16])
    places = np.array([beats(note.start_time) * 4 for note in added])
    order = np.argsort(places)
    assert sorted(note.pitch for note in added) == sorted(pitch for _, pitch in expected)
    assert places[order] == pytest.approx([step for step, _ in expected], abs=0.5 + 1e-6)
    assert len({note.velocity for note in added}) > 3


def test_a_beat_lies_between_two_of_the_examples():
    beats = [beat(seed) for seed in range(3)]
    assert len({tuple((n.start_time, n.pitch) for n in each.notes) for each in beats}) > 1
    assert [n.pitch for n in beat(1).notes] == [n.pitch for n in beats[1].notes]
    for each in beats:
        bar = 240.0 / each.tempos[0].qpm
        assert 7 * bar < max(note.end_time for note in each.notes) <= 8 * bar + 0.01
        snares = {round(n.start_time / bar * 16) for n in each.notes if n.pitch == 38}
        assert {
            step for bars in range(7) for step in (16 * bars + 4, 16 * bars + 12)
        } <= snares  # the backbeat


@pytest.mark.parametrize("drums", [False, True])
def test_drums_are_made_for_any_rhythm(models, drums):
    music = song(3, drums=drums)
    played = grooves.drumify(music, models["drumify"], temperature=1.0)
    assert without_drums(played) == without_drums(music)
    added = drums_of(played)
    assert added and {(note.instrument, note.program) for note in added} == {(3, 8) if drums else (9, 0)}
    assert max(beats(note.start_time) for note in added) < 3 * 4  # three bars: the second stretch is cut


def test_a_rhythm_of_drums_alone_gives_way_to_drums(models):
    played = grooves.drumify(song(2, piano=False), models["drumify"], temperature=1.0)
    assert played.notes and all(note.is_drum for note in played.notes)


def test_silent_stretches_stay_silent(models):
    music = song(2)
    late = music.notes.add()
    late.CopyFrom(music.notes[0])
    late.start_time, late.end_time = seconds(4 * 6), seconds(4 * 6 + 1)
    music.total_time = late.end_time
    for mode in ("drumify", "add_closed_hh"):
        played = getattr(grooves, mode)(music, models[mode], temperature=1.0)
        assert not [n for n in drums_of(played) if 8.2 < beats(n.start_time) < 23.8]


def test_closed_hi_hats_are_added_and_nothing_else_moves(models):
    music = song()
    kept = [note for note in music.notes if note.pitch != HAT]
    bare = NoteSequence()
    bare.CopyFrom(music)
    del bare.notes[:]
    bare.notes.extend(kept)
    played = grooves.add_closed_hh(bare, models["add_closed_hh"], temperature=1.0)
    assert list(played.notes[: len(kept)]) == kept and without_drums(played) == without_drums(bare)
    added = played.notes[len(kept) :]
    assert added and {(note.pitch, note.instrument, note.is_drum) for note in added} == {(HAT, 3, True)}


def test_a_part_in_another_metre_stays_as_it_is(models):
    music = song(4)
    music.time_signatures.add(time=seconds(8), numerator=3, denominator=4)
    music.time_signatures.add(time=seconds(14), numerator=2, denominator=4)
    played = grooves.humanize(music, models["humanize"])
    changed = [(a.start_time, a != b) for a, b in zip(music.notes, played.notes, strict=True) if a.is_drum]
    inside = [change for start, change in changed if 8 <= beats(start) + 1e-6 < 14]
    assert len(inside) == 24 and not any(inside)
    assert any(change for start, change in changed if beats(start) + 1e-6 >= 14)


def test_sounds_that_are_in_no_class_and_silent_notes_stay(models):
    music = song(1)
    music.notes[1].velocity = 0
    music.notes[2].pitch = 3
    played = grooves.humanize(music, models["humanize"])
    assert list(played.notes[1:3]) == list(music.notes[1:3])


@pytest.mark.parametrize(
    ("music", "reason"),
    [
        (song(metre=(3, 4)), "^the music is in 3/4 and the model takes 4/4"),
        (song(drums=False), "^there are no drums in it"),
        (NoteSequence(), "^there is no music in it"),
        ("x.mid", "^music must be a NoteSequence \\(received 'x.mid'\\)"),
    ],
)
def test_music_that_cannot_be_used_is_named(models, music, reason):
    with pytest.raises(UserError, match=reason):
        grooves.humanize(music, models["humanize"])


def test_models_of_another_kind_and_missing_ones_are_named(models, monkeypatch, tmp_path):
    with pytest.raises(
        UserError,
        match=r"^drumify needs a model like groovae_2bar_tap_fixed_velocity \(received one of groovae",
    ):
        grooves.drumify(song(), models["humanize"])
    monkeypatch.setattr("base_vae.checkpoints.finding.BUNDLED_DIR", tmp_path)
    with pytest.raises(UserError, match=r"^humanize needs the model groovae_2bar_humanize, which this"):
        grooves.humanize(song())
    with pytest.raises(UserError, match="the groove cannot be taken: there are no drums"):
        grooves.transfer(song(), song(drums=False), models["transfer"])
