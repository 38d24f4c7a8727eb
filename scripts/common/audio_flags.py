"""Flags of the commands that write music, for writing it as sound too."""

from pathlib import Path

from absl import flags

from base_vae.errors import UserError


def define(values: flags.FlagValues) -> None:
    """The flags `--audio` and `--sound_font`."""
    flags.DEFINE_bool(
        "audio",
        False,
        "Also write each piece as a WAV file, played by FluidSynth (pip install pyfluidsynth, and the "
        "system's libfluidsynth3).",
        flag_values=values,
    )
    flags.DEFINE_string(
        "sound_font", None, "Sound font for --audio (.sf2). Default: TimGM6mb.", flag_values=values
    )


def font(values: flags.FlagValues) -> Path | None:
    """The sound font to play the music with, None without `--audio`.

    Raises:
      UserError: if something that `--audio` needs is missing.
    """
    if not values.audio:
        if values.sound_font:
            raise UserError("--sound_font goes with --audio")
        return None
    from base_vae.music.audio import load_fluidsynth, sound_font

    load_fluidsynth()
    return sound_font(values.sound_font)
