"""General MIDI: the names of its programs and drums, and which programs have no pitch."""

from base_vae.errors import UserError, closest_first

_PROGRAMS = """
Acoustic Grand Piano, Bright Acoustic Piano, Electric Grand Piano, Honky-tonk Piano, Electric Piano 1,
Electric Piano 2, Harpsichord, Clavinet, Celesta, Glockenspiel, Music Box, Vibraphone, Marimba, Xylophone,
Tubular Bells, Dulcimer, Drawbar Organ, Percussive Organ, Rock Organ, Church Organ, Reed Organ, Accordion,
Harmonica, Tango Accordion, Acoustic Guitar (nylon), Acoustic Guitar (steel), Electric Guitar (jazz),
Electric Guitar (clean), Electric Guitar (muted), Overdriven Guitar, Distortion Guitar, Guitar Harmonics,
Acoustic Bass, Electric Bass (finger), Electric Bass (pick), Fretless Bass, Slap Bass 1, Slap Bass 2,
Synth Bass 1, Synth Bass 2, Violin, Viola, Cello, Contrabass, Tremolo Strings, Pizzicato Strings,
Orchestral Harp, Timpani, String Ensemble 1, String Ensemble 2, Synth Strings 1, Synth Strings 2, Choir Aahs,
Voice Oohs, Synth Choir, Orchestra Hit, Trumpet, Trombone, Tuba, Muted Trumpet, French Horn, Brass Section,
Synth Brass 1, Synth Brass 2, Soprano Sax, Alto Sax, Tenor Sax, Baritone Sax, Oboe, English Horn, Bassoon,
Clarinet, Piccolo, Flute, Recorder, Pan Flute, Blown bottle, Shakuhachi, Whistle, Ocarina, Lead 1 (square),
Lead 2 (sawtooth), Lead 3 (calliope), Lead 4 chiff, Lead 5 (charang), Lead 6 (voice), Lead 7 (fifths),
Lead 8 (bass + lead), Pad 1 (new age), Pad 2 (warm), Pad 3 (polysynth), Pad 4 (choir), Pad 5 (bowed),
Pad 6 (metallic), Pad 7 (halo), Pad 8 (sweep), FX 1 (rain), FX 2 (soundtrack), FX 3 (crystal),
FX 4 (atmosphere), FX 5 (brightness), FX 6 (goblins), FX 7 (echoes), FX 8 (sci-fi), Sitar, Banjo, Shamisen,
Koto, Kalimba, Bagpipe, Fiddle, Shanai, Tinkle Bell, Agogo, Steel Drums, Woodblock, Taiko Drum, Melodic Tom,
Synth Drum, Reverse Cymbal, Guitar Fret Noise, Breath Noise, Seashore, Bird Tweet, Telephone Ring, Helicopter,
Applause, Gunshot
"""
_DRUMS = """
Acoustic Bass Drum, Bass Drum 1, Side Stick, Acoustic Snare, Hand Clap, Electric Snare, Low Floor Tom,
Closed Hi Hat, High Floor Tom, Pedal Hi Hat, Low Tom, Open Hi Hat, Low-Mid Tom, Hi-Mid Tom, Crash Cymbal 1,
High Tom, Ride Cymbal 1, Chinese Cymbal, Ride Bell, Tambourine, Splash Cymbal, Cowbell, Crash Cymbal 2,
Vibraslap, Ride Cymbal 2, Hi Bongo, Low Bongo, Mute Hi Conga, Open Hi Conga, Low Conga, High Timbale,
Low Timbale, High Agogo, Low Agogo, Cabasa, Maracas, Short Whistle, Long Whistle, Short Guiro, Long Guiro,
Claves, Hi Wood Block, Low Wood Block, Mute Cuica, Open Cuica, Mute Triangle, Open Triangle
"""
_FIRST_DRUM = 35

PROGRAM_NAMES = tuple(name.strip() for name in _PROGRAMS.split(","))
DRUM_NAMES = {_FIRST_DRUM + i: name.strip() for i, name in enumerate(_DRUMS.split(","))}

# Synth effects, percussion and sound effects.
UNPITCHED_PROGRAMS = (*range(96, 104), *range(112, 128))


def program_number(text: str) -> int:
    """The number from 0 of a program, by its name, a part of its name, or its number from 1.

    >>> program_number("violin"), program_number("piano"), program_number("41")
    (40, 0, 40)

    Raises:
      UserError: if there is no such program.
    """
    name_or_number = text.strip().lower()
    if name_or_number.isdecimal() and 1 <= int(name_or_number) <= len(PROGRAM_NAMES):
        return int(name_or_number) - 1
    names = [name.lower() for name in PROGRAM_NAMES]
    found = [number for number, name in enumerate(names) if name_or_number and name_or_number in name]
    if name_or_number in names:
        return names.index(name_or_number)
    if not found:
        near = ", ".join(closest_first(text.strip(), PROGRAM_NAMES)[:3])
        raise UserError(
            f"no instrument is called {text!r}: give a number from 1 to 128 or a name like {near}"
        )
    return found[0]
