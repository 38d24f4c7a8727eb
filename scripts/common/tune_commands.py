"""Whole tunes on the command line: flags, and the pieces that they ask for."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import command, common_flags, limit_flags
from midime_scripts.common.outputs import Numbering, write_music

from base_vae.errors import UserError, shortened
from base_vae.music.general_midi import program_number
from base_vae.ranges import FRACTION

if TYPE_CHECKING:
    from base_vae.music.note_sequence import NoteSequence
    from base_vae.readers.limits import Limits
    from base_vae.trained_model import TrainedModel
    from base_vae.tunes.song import Song
    from base_vae.tunes.tune_model import TuneModel

MODES = ("continue", "fill", "vary", "interpolate")
_OF_MODE = {
    "sample": ("form",),
    "continue": ("input_midi",),
    "fill": ("input_midi", "bars"),
    "vary": ("input_midi",),
    "interpolate": ("input_midi_1", "input_midi_2"),
}
_DEFAULT_CONTINUATION = 16
_DEFAULT_AMOUNT = 0.2


def define(values: flags.FlagValues) -> None:
    """The flags of whole tunes that a command does not have already."""

    def text(name: str, description: str) -> None:
        if name not in values:
            flags.DEFINE_string(name, None, description, flag_values=values)

    text("form", "Form of a tune: a letter for each section, like AABA, with ' for a varied return.")
    text("input_midi", "The piece to continue, fill or vary.")
    text("input_midi_1", "Start of an interpolation.")
    text("input_midi_2", "End of an interpolation.")
    text("bars", "First and last bar to fill, like 9-16.")
    text("key", "Key of new tunes, like G, Bb or A minor. Default: that of your songs.")
    text("program", "Instrument, by its name or its number from 1. Default: that of your songs.")
    common_flags.define_count(
        values, "section_bars", 8, "Bars in a section of the form.", high=common_flags.MOST_BARS
    )
    text_of_amount = "How much to vary: 0 not at all, 1 gives another tune."
    common_flags.define_number(values, "amount", _DEFAULT_AMOUNT, text_of_amount, FRACTION)


def check(values: flags.FlagValues, mode: str) -> None:
    """Raises UserError unless what a mode needs was given, and nothing that goes with another one."""
    if mode != "sample":
        command.require(values, *_OF_MODE[mode])
    for other in ("form", "bars", "input_midi"):
        if values[other].value and other not in _OF_MODE[mode]:
            modes = " or ".join(f"--mode={m}" for m, names in _OF_MODE.items() if other in names)
            raise UserError(f"--{other} goes with {modes} (received --mode={mode})")
    if values.program:
        program_number(values.program)
    if values.key:
        from base_vae.music.key import named_key

        named_key(values.key)
        if mode != "sample":
            raise UserError(
                f"--key goes with new music (received --mode={mode}): midime_fade --key moves a piece"
            )
    if values.bars:
        bars(values.bars)


def is_asked(values: flags.FlagValues, mode: str, base: "TrainedModel") -> bool:
    """Whether the flags ask for whole tunes: by the mode, a form, or more bars than the base's."""
    return mode in MODES or bool(values.form) or (values.num_bars or 0) > base.config.converter.bars


def in_key_and_program(music: "list[NoteSequence]", values: flags.FlagValues) -> "list[NoteSequence]":
    """Pieces that are no new whole tunes, with the tonic of --key and the instrument of --program."""
    from base_vae.music.key import in_key, named_key
    from base_vae.music.piece import Piece

    if values.key:
        music = [in_key(Piece.from_sequence(each), named_key(values.key)).to_sequence() for each in music]
    if values.program:
        program = program_number(values.program)
        for note in (note for each in music for note in each.notes if not note.is_drum):
            note.program = program
    return music


def bars(text: str) -> tuple[int, int]:
    """First and last bar of a text like 9-16 or 9."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", text)
    if not match:
        raise UserError(f"--bars must be a bar or two, like 9-16 (received {shortened(text)!r})")
    first = int(match[1])
    return first, int(match[2] or first)


def write(
    model: "TuneModel",
    values: flags.FlagValues,
    mode: str,
    seed: int,
    folder: Path,
    numbering: Numbering,
    font: Path | None,
) -> tuple[list[str], str]:
    """Writes what a mode makes; returns the files' names and a report.

    Args:
      model: of tunes.
      values: the flags.
      mode: "sample" or one of `MODES`.
      seed: of the first piece; the next ones have the next seeds.
      folder: gets the files.
      numbering: of their names.
      font: see `write_music`.
    """
    if mode == "sample":
        music, report = _compose(model, values, seed)
    else:
        n = 1 if mode == "interpolate" else values.num_outputs
        music, report = [_changed(model, values, mode, seed + number) for number in range(n)], ""
        music = in_key_and_program(music, values)
    return write_music(music, folder, numbering, values.plot, font), report


def _compose(model: "TuneModel", values: flags.FlagValues, seed: int) -> tuple[list, str]:
    made = model.compose(
        values.num_outputs,
        temperature=values.temperature,
        seed=seed,
        num_bars=values.num_bars or 32,
        qpm=values.qpm,
        form=values.form,
        section_bars=values.section_bars,
        key=values.key,
        program=program_number(values.program) if values.program else None,
    )
    forms = "\n".join(f"  {number}: {form}" for number, form in enumerate(made.forms, 1))
    return made.sequences, f"Forms, a letter for two bars that come again:\n{forms}\n{made.report}".replace(
        "two bars", f"{model.base.config.converter.bars} bars"
    )


def _changed(model: "TuneModel", values: flags.FlagValues, mode: str, seed: int):
    freely, limits = {"temperature": values.temperature, "seed": seed}, limit_flags.given(values)
    if mode == "interpolate":
        ends = [song_in(model.base, path, limits) for path in (values.input_midi_1, values.input_midi_2)]
        return model.interpolate(*ends, num_bars=values.num_bars, **freely)
    song = song_in(model.base, values.input_midi, limits)
    if mode == "continue":
        return model.continued(song, num_bars=values.num_bars or _DEFAULT_CONTINUATION, **freely)
    if mode == "fill":
        return model.fill(song, bars(values.bars), **freely)
    return model.vary(song, values.amount, seed=seed)


def song_in(base: "TrainedModel", path: str, limits: "Limits") -> "Song":
    """The one song in a file. Raises UserError if there is none."""
    from base_vae.tunes.song import songs_in

    songs, left_out = songs_in(path, base.config.converter, limits=limits)
    if not songs:
        raise UserError(left_out[0] if left_out else f"{path}: there is no music in it")
    return songs[0]
