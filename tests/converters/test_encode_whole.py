"""Music given to a model: tempo changes, other metres, and notes that it cannot represent."""

import collections

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.converters import (
    Converter,
    DrumsConverter,
    GrooveConverter,
    MelodyConverter,
    MultitrackConverter,
    TrioConverter,
)
from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence

MELODY = MelodyConverter(slice_bars=2)
CONVERTERS = (
    MELODY,
    MelodyConverter(slice_bars=2, chord_encoding="triad", condition_on_key=True),
    DrumsConverter(slice_bars=2),
    GrooveConverter(split_bars=2),
    TrioConverter(slice_bars=2),
    MultitrackConverter(hop_size_bars=2),
)
KICK, SNARE = 36, 38


def music(
    qpms: tuple[float, ...] = (120.0,),
    *,
    metre: tuple[int, int] = (4, 4),
    pitch: int = 60,
    program: int = 0,
    drums: bool = True,
    melody: bool = True,
) -> NoteSequence:
    """Two bars of quarters, with drums: each bar has a tempo of its own."""
    sequence = NoteSequence(ticks_per_quarter=220)
    sequence.time_signatures.add(numerator=metre[0], denominator=metre[1])
    time, beats = 0.0, []
    for bar in range(2):
        qpm = qpms[min(bar, len(qpms) - 1)]
        if bar < len(qpms):
            sequence.tempos.add(time=time, qpm=qpm)
        for _ in range(4):
            beats.append((time, time + 60.0 / qpm))
            time += 60.0 / qpm
    for i, (start, end) in enumerate(beats):
        if melody:
            sequence.notes.add(
                pitch=pitch + i, velocity=80, start_time=start, end_time=end, program=program, instrument=0
            )
        if drums:
            sequence.notes.add(
                pitch=KICK if i % 2 else SNARE,
                velocity=80,
                start_time=start,
                end_time=end,
                is_drum=True,
                instrument=9,
            )
    sequence.total_time = time
    return sequence


@pytest.mark.parametrize("converter", CONVERTERS)
def test_tempo_changes_move_no_note_to_another_step(converter: Converter):
    plain = converter.encode_whole(music())
    for qpms in ((120, 140), (90, 140), (60, 240)):
        np.testing.assert_allclose(converter.encode_whole(music(qpms)), plain, atol=1e-5)


@pytest.mark.parametrize("converter", CONVERTERS)
def test_another_metre_is_named_and_one_whose_bars_make_whole_bars_is_taken(converter: Converter):
    with pytest.raises(UserError, match=r"^the music is in 3/4 and the model takes 4/4"):
        converter.encode_whole(music(metre=(3, 4)))
    np.testing.assert_array_equal(
        converter.encode_whole(music(metre=(2, 4))), converter.encode_whole(music())
    )


def test_a_metre_that_begins_where_the_music_is_over_changes_nothing():
    sequence = music()
    sequence.time_signatures.add(time=sequence.total_time, numerator=3, denominator=4)
    np.testing.assert_array_equal(MELODY.encode_whole(sequence), MELODY.encode_whole(music()))


def test_bars_of_three_quarters_for_a_model_of_them():
    waltz = MultitrackConverter(hop_size_bars=3, quarters_per_bar=3)
    waltz.encode_whole(music(metre=(3, 4)))
    with pytest.raises(UserError, match=r"in 4/4 and the model takes 3/4"):
        waltz.encode_whole(music())


@pytest.mark.parametrize(
    ("converter", "sequence", "reasons"),
    [
        (MELODY, music(melody=False), r"drum note \(8\)"),
        (MELODY, music(pitch=1, drums=False), r"note outside pitches 21 to 108 \(8\)"),
        (MELODY, music(pitch=1), r"drum note \(8\), note outside pitches 21 to 108 \(8\)"),
        (DrumsConverter(slice_bars=2), music(drums=False), r"note that is not a drum \(8\)"),
        (GrooveConverter(split_bars=2), music(drums=False), r"note that is not a drum \(8\)"),
        (TrioConverter(slice_bars=2), music(pitch=1, drums=False), r"outside pitches 21 to 108 \(8\)"),
    ],
)
def test_music_without_a_note_for_the_model_is_not_silence(converter, sequence, reasons):
    with pytest.raises(UserError, match=f"^the model can represent none of its notes: .*{reasons}$"):
        converter.encode_whole(sequence)


@pytest.mark.parametrize("converter", CONVERTERS)
def test_silence_is_valid_music(converter: Converter):
    silence = converter.encode_whole(NoteSequence(total_time=4.0))
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(silence)), silence)


@pytest.mark.parametrize(
    ("converter", "left_out"),
    [
        (MELODY, {"drum note": 8}),
        (DrumsConverter(slice_bars=2), {"note that is not a drum": 8}),
        (GrooveConverter(split_bars=2), {"note that is not a drum": 8}),
        (TrioConverter(slice_bars=2), {}),
        (MultitrackConverter(hop_size_bars=2), {}),
    ],
)
def test_what_the_model_cannot_represent_is_counted(converter, left_out):
    counts: collections.Counter[str] = collections.Counter()
    converter.encode_whole(music(), left_out=counts)
    assert counts == left_out


@pytest.mark.parametrize("converter", CONVERTERS)
def test_music_that_is_too_long_names_what_to_do(converter: Converter):
    sequence = music((60, 1))
    sequence.tempos[1].qpm = 60
    with pytest.raises(
        UserError, match=r"steps long and the model takes .* \(2 bars of 4/4\): cut it, or let"
    ):
        converter.encode_whole(sequence)


@pytest.mark.parametrize(
    ("qpm", "total"), [(6e7, 4.0), (1e300, 4.0), (120.0, 1e18), (120.0, 1e308), (0.2, 1e9)]
)
def test_times_and_tempos_beyond_counting_are_named_and_cost_no_memory(qpm, total):
    sequence = music((qpm,))
    for note in sequence.notes:
        note.end_time += total
    sequence.total_time = total
    for converter in (*CONVERTERS, get_preset("groovae_2bar_humanize").converter):
        found = converter.extract(sequence)
        assert not len(found.examples) and found.rejected["music of more than 262,144 quarter notes"] == 1
        with pytest.raises(UserError, match="steps cannot be counted: music of more than 262,144"):
            converter.encode_whole(sequence)


@pytest.mark.parametrize("music", ["song.mid", 3, None, [NoteSequence()]])
def test_what_is_no_music(music: object):
    for converter in CONVERTERS:
        for take in (converter.encode_whole, converter.extract):
            with pytest.raises(UserError, match=r"^music must be a NoteSequence \(received "):
                take(music)


@pytest.mark.parametrize("pitch", [-1, 128, 10**6])
def test_pitches_that_midi_does_not_have(pitch):
    sequence = music()
    for note in sequence.notes:
        note.pitch = pitch if note.is_drum else note.pitch
    for converter in CONVERTERS:
        assert not len(converter.extract(sequence).examples) or converter in CONVERTERS[:2]
    with pytest.raises(UserError, match=r"drum that is not in the drum map \(8\)"):
        DrumsConverter(slice_bars=2).encode_whole(sequence)
