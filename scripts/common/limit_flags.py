"""Flags for the limits against hostile files, of the commands that read music."""

from absl import flags

from base_vae.readers.limits import DEFAULT_LIMITS, Limits

MARK = "Limit."

_TEXTS = {
    "max_file_mb": "Megabytes of a file that is read whole; of a record in a TFRecord.",
    "max_piece_notes": "Notes of a piece.",
    "max_piece_events": "Events of a MIDI file, notes or not.",
    "max_piece_changes": "Tempos and time signatures of a piece.",
    "max_piece_hours": "Hours that a piece may last.",
    "max_piece_quarters": "Quarter notes that a piece may last.",
    "max_zip_files": "Files in a .zip.",
    "max_zip_mb": "Megabytes of all files in a .zip, unpacked.",
    "max_zip_ratio": "How many times larger a file in a .zip may become.",
}


def define(values: flags.FlagValues) -> None:
    """A flag for each limit."""
    for name, text in _TEXTS.items():
        default = getattr(DEFAULT_LIMITS, name)
        kind = flags.DEFINE_integer if isinstance(default, int) else flags.DEFINE_float
        kind(name, default, f"{MARK} {text}", lower_bound=0, flag_values=values)


def given(values: flags.FlagValues) -> Limits:
    """The limits that the flags set."""
    return Limits(**{name: values[name].value for name in _TEXTS}, raised_by="--{name}")
