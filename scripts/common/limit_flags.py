"""Flags for the limits against hostile files, of the commands that read music."""

import dataclasses

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
    for name, default in dataclasses.asdict(DEFAULT_LIMITS).items():
        kind = flags.DEFINE_integer if isinstance(default, int) else flags.DEFINE_float
        kind(name, default, f"{MARK} {_TEXTS[name]}", lower_bound=0, flag_values=values)


def given(values: flags.FlagValues) -> Limits:
    """The limits that the flags say."""
    return Limits(**{name: values[name].value for name in _TEXTS})
