"""Passages of the user's songs, as where the new music of a personal model begins."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from base_vae.errors import UserError

if TYPE_CHECKING:
    from base_vae.music.note_sequence import NoteSequence
    from small_vae import PersonalModel

_PASSAGE = re.compile(r"(\d{1,6}):(\d{1,6})")
_NOT_WITH = ("num_bars", "variety", "form")


def define(values: flags.FlagValues) -> None:
    """Defines --passage."""
    flags.DEFINE_string(
        "passage",
        None,
        "Begin with a passage of your songs, SONG:PASSAGE, both counted from 1; --knobs moves it. Two, "
        "separated by a comma, are the ends of the way that the pieces take.",
        flag_values=values,
    )


def asked(values: flags.FlagValues, saved: Sequence[str]) -> list[tuple[int, int]]:
    """Song and passage, from 0, of each that --passage names.

    Args:
      values: the command's flags.
      saved: the flags that name a saved model, if any does.

    Raises:
      UserError: if it cannot be read, or other flags do not go with it.
    """
    if values.passage is None:
        return []
    found = [_PASSAGE.fullmatch(word.strip()) for word in values.passage.split(",")]
    if not all(found) or len(found) > 2:
        raise UserError(
            "--passage must be a song and a passage of it, like 2:5, or two of them, like 2:5,1:1 "
            f"(received {values.passage[:60]!r})"
        )
    if not saved:
        raise UserError("--passage counts the songs of a model that was saved: give it with --model")
    if values.mode != "sample":
        raise UserError(f"--passage goes with --mode=sample (received --mode={values.mode})")
    if given := [name for name in _NOT_WITH if values[name].present and values[name].value is not None]:
        raise UserError(f"--passage and --{given[0]} do not go together: leave out --{given[0]}")
    if len(found) == 2 and values.knobs is not None:
        raise UserError("--knobs moves one passage, and --passage names two")
    if len(found) == 2 and values.num_outputs < 2:
        raise UserError("--passage names two ends, so --num_outputs must be at least 2 (received 1)")
    return [(int(match[1]) - 1, int(match[2]) - 1) for match in found if match]


def play(
    personal: "PersonalModel",
    at: Sequence[tuple[int, int]],
    knobs: list[float] | None,
    n: int,
    *,
    temperature: float,
    seed: int,
    qpm: float,
) -> "list[NoteSequence]":
    """`n` pieces at a passage, moved to some knobs, or on the way from one passage to another.

    Args:
      personal: with the songs.
      at: of `asked`.
      knobs: where the passage is moved; None: it stays.
      n: pieces; with two passages at least 2.
      temperature, seed, qpm: see `PersonalModel.decode`.

    Raises:
      UserError: if there is no such song or passage.
    """
    ends = [_passage(personal, song, number) for song, number in at]
    if len(ends) == 2:
        return personal.interpolate(*ends, num_steps=n, temperature=temperature, seed=seed, qpm=qpm)
    latents = personal.encode(ends * n)
    if knobs is not None:
        latents = latents + (knobs - latents.mu)
    return personal.decode(latents, temperature=temperature, seed=seed, qpm=qpm)


def _passage(personal: "PersonalModel", song: int, number: int) -> "NoteSequence":
    songs = personal.songs
    if not songs:
        raise UserError("this model was saved without songs: give them with --midi")
    if not 0 <= song < len(songs):
        raise UserError(f"--passage: this model has songs 1 to {len(songs)} (received {song + 1})")
    segments = songs[song].segments
    if not 0 <= number < len(segments):
        raise UserError(
            f"--passage: song {song + 1} has passages 1 to {len(segments)} (received {number + 1})"
        )
    return personal.base.config.converter.decode(segments[number])
