"""A bar of music for each kind of representation, made without any model."""

from note_seq.protobuf import music_pb2

KICK, SNARE, HAT = 36, 38, 42
# Voices as General MIDI programs, whether there are drums, and how late these are, in beats.
_KINDS = {
    "cat-drums_2bar_small": ((), True, 0.0),
    "groovae_2bar_humanize": ((), True, 0.06),
    "flat-trio_16bar": ((0, 33), True, 0.0),
    "hier-multiperf_vel_1bar_med": ((0, 24, 33, 40, 56, 73), True, 0.0),
}


def music_for(preset: str) -> music_pb2.NoteSequence:
    """What the presets named above can say: quarters in every voice, and drums on every beat."""
    programs, drums, late = _KINDS[preset]
    music = music_pb2.NoteSequence(ticks_per_quarter=220, total_time=2.0)
    music.tempos.add(qpm=120.0)
    for beat in range(4):
        for voice, program in enumerate(programs):
            pitch = 72 - 5 * voice + beat
            music.notes.add(
                pitch=pitch,
                velocity=80,
                start_time=beat / 2,
                end_time=beat / 2 + 0.5,
                instrument=voice,
                program=program,
            )
        for pitch in (KICK if beat % 2 == 0 else SNARE, HAT) if drums else ():
            start = (beat + late) / 2
            music.notes.add(
                pitch=pitch,
                velocity=100 - 20 * beat,
                start_time=start,
                end_time=start + 0.1,
                instrument=9,
                is_drum=True,
            )
    return music
