"""Whole tunes over a base of segments: compose, continue, fill, vary, interpolate."""

import collections
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from base_vae.arguments import checked
from base_vae.errors import UserError, shortened
from base_vae.model.interpolation import slerp
from base_vae.music.key import Key, named_key
from base_vae.music.note_sequence import NoteSequence, require_sequence
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.ranges import Range, check_arguments, check_optional
from base_vae.trained_model import TrainedModel
from base_vae.tunes.candidates import candidates_for, decoded, decoded_anew, end, in_key, remade, singable
from base_vae.tunes.denoising import FULL, Denoising
from base_vae.tunes.drum_fills import with_fills
from base_vae.tunes.endings import lead_in
from base_vae.tunes.form import Form, asked_form, form_of, section_patterns
from base_vae.tunes.key import key_of
from base_vae.tunes.playing import mended, moved, played_bars, ties_of, to_sequence, with_bars
from base_vae.tunes.ranking import Choice, choose
from base_vae.tunes.song import Song, is_melody, song_of, usual_metre
from base_vae.tunes.songbook import Songbook, home, transposed

Music: TypeAlias = NoteSequence | Piece | Song


@dataclasses.dataclass(frozen=True)
class Composition:
    """New tunes, the best first.

    Attributes:
      songs: the tunes, as segments.
      sequences: the same as music.
      forms: of the tunes, in letters.
      report: what was left out, a sentence.
    """

    songs: list[Song]
    sequences: list[NoteSequence]
    forms: list[str]
    report: str

    def __repr__(self) -> str:
        return f"<Composition of {len(self.songs)}: {', '.join(self.forms)}>"


class TuneModel:
    """Whole tunes over a base: new ones, and what becomes of those that there are.

    Args:
      base: the MusicVAE whose segments they are made of.
      denoising: of sequences of its latents; None: there is none, and methods that need it raise UserError.
      songbook: somebody's songs, to make tunes like them; None: tunes like those the denoiser was trained on.
    """

    def __init__(self, base: TrainedModel, denoising: Denoising | None, songbook: Songbook | None = None):
        self.base, self.songbook, self._denoising = base, songbook, denoising

    def __repr__(self) -> str:
        like = "" if self.songbook is None else f", like {len(self.songbook.songs)} songs"
        return f"<TuneModel over {self.base.source or 'a base'}{like}>"

    @property
    def denoising(self) -> Denoising:
        """The denoiser of sequences of latents. Raises UserError if the base has none."""
        if self._denoising is None:
            raise UserError(
                f"this needs a model of tunes, and {self.base.source or 'this base'} has none: "
                "base_vae.load('mel_2bar') has one"
            )
        return self._denoising

    def with_songs(self, songs: Sequence[Music]) -> "TuneModel":
        """The model that makes tunes like some songs. Raises UserError if they are too little."""
        if not isinstance(songs, Iterable) or isinstance(songs, str | bytes):
            raise UserError(f"songs must be a list of music (received {shortened(repr(songs))})")
        return TuneModel(self.base, self._denoising, Songbook.of(self.base, [self._read(s) for s in songs]))

    @checked
    def compose(
        self,
        n: int = 1,
        *,
        temperature: float = 0.5,
        seed: int = 0,
        num_bars: int = 32,
        qpm: float | None = None,
        form: str | None = None,
        section_bars: int = 8,
        key: str | None = None,
        program: int | None = None,
        novelty: float = 0.5,
    ) -> Composition:
        """New tunes, the best of more.

        Args:
          n: how many.
          temperature: of the base's decoder.
          seed: the same seed gives the same tunes.
          num_bars: of each tune, where no form is given.
          qpm: tempo; None: that of the songs, or 120.
          form: a letter for each section, like AABA, with ' for a varied return; None: as the songs have it.
          section_bars: of each section of a given form.
          key: like "G" or "A minor"; None: that of one of the songs, or as it comes.
          program: General MIDI program, from 0; None: that of the songs, or 0.
          novelty: of tunes like somebody's songs: how far each section goes from one song to another; 0 is
            one of them, .5 half way.

        Raises:
          UserError: if a setting is out of range.
        """
        check_arguments(n=n, temperature=temperature, seed=seed, num_bars=num_bars)
        check_arguments(section_bars=section_bars, novelty=novelty)
        check_optional(qpm=qpm, program=program)
        given_key = None if key is None else named_key(key)
        rng, count, book = np.random.default_rng(seed), candidates_for(n), self.songbook
        converter = self.base.config.converter
        forms = [self._form(num_bars, form, section_bars, rng) for _ in range(count)]
        keys: list[Key | None] = [None] * count
        if book:
            own = [book.key(rng) for _ in range(count)]
            z = np.stack([book.blend(f, k, novelty, rng) for f, k in zip(forms, own, strict=True)])
            keys = list(own)
        else:
            z = self._drawn(forms, rng)
        if book and novelty and is_melody(converter):
            others = np.concatenate(book.latents)
            arrays = decoded_anew(
                self.base, z, forms, book.known, others, rng, temperature=temperature, seed=seed
            )
        else:
            arrays = decoded(self.base, z, forms, temperature=temperature, seed=seed)
        if book:
            arrays = with_fills(self.base, arrays, book, rng, temperature=temperature, seed=seed)
        scores = [
            end(tune, converter) + in_key(tune, converter) + singable(tune, converter) for tune in arrays
        ]
        choice = self._choose(arrays, scores, n)
        songs = [self._song(arrays[i], forms[i], given_key or keys[i], qpm, program) for i in choice.kept]
        cut = num_bars if form is None else None
        sequences = [to_sequence(song, converter, num_bars=cut) for song in songs]
        return Composition(songs, sequences, [forms[i].letters for i in choice.kept], str(choice))

    def continued(
        self, start: Music, *, temperature: float = 0.5, seed: int = 0, num_bars: int = 16
    ) -> NoteSequence:
        """A piece with `num_bars` more after its last bar; what was there stays note for note."""
        check_arguments(temperature=temperature, seed=seed, num_bars=num_bars)
        song, bars = self._read(start), self.base.config.converter.bars
        played = played_bars(song, self.base.config.converter)
        total = played + num_bars
        size = -(-total // bars)
        longer = np.zeros((max(size, len(song)), *song.segments.shape[1:]), song.segments.dtype)
        longer[: len(song)] = song.segments
        made = self._remade(longer[:size], np.arange(size) < played // bars, temperature, seed, goes_on=True)
        merged = with_bars(longer[:size], made, bars, played, size * bars)
        return self._changed(song, merged, total)

    def fill(
        self, piece: Music, bars: tuple[int, int], *, temperature: float = 0.5, seed: int = 0
    ) -> NoteSequence:
        """A piece with some bars made anew, to fit what is around them.

        Args:
          piece: what is around stays note for note.
          bars: first and last bar, from 1; the first full bar is bar 1.
          temperature, seed: see `compose`.
        """
        check_arguments(temperature=temperature, seed=seed)
        song, size = self._read(piece), self.base.config.converter.bars
        _check_bars(bars, len(song) * size)
        at = np.arange(len(song))
        is_known = (at < (bars[0] - 1) // size) | (at >= -(-bars[1] // size))
        made = self._remade(song.segments, is_known, temperature, seed)
        merged = with_bars(song.segments, made, size, bars[0] - 1, bars[1])
        return self._changed(song, merged)

    def vary(
        self, piece: Music, amount: float = 0.2, *, temperature: float = 0.0, seed: int = 0
    ) -> NoteSequence:
        """A piece varied; its form stays.

        Args:
          piece: a tune.
          amount: 0 gives it back exactly, 1 gives another tune of its kind.
          temperature, seed: see `compose`.
        """
        check_arguments(temperature=temperature, seed=seed, amount=amount)
        song, converter = self._read(piece), self.base.config.converter
        if amount == 0:
            return to_sequence(song, converter)
        space, mu = self.denoising.space, self.base.encode_arrays(song.segments).mu
        form, x = form_of(song.segments, converter), space.inward(mu)
        nothing = np.zeros((1, len(song)), bool)
        rng = np.random.default_rng(seed)
        new = self.denoising.complete(x[np.newaxis], nothing, [form], amount * FULL, rng)[0]
        # What lies in no direction of the space goes with the rest of the tune.
        z = space.outward(new) + (1.0 - amount) * (mu - space.outward(x))
        both = self.base.decode_arrays(np.concatenate([z, mu]), temperature=temperature, seed=seed)
        arrays, same = np.split(both, 2)
        if is_melody(converter):  # where the base plays the varied tune as it plays the tune, notes stay
            arrays = np.where(arrays == same, song.segments, arrays)
        arrays = _alike_where_it_was(arrays, song.segments)
        return self._changed(song, converter.all_canonical(arrays))

    def interpolate(
        self,
        start: Music,
        end: Music,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        num_bars: int | None = None,
    ) -> NoteSequence:
        """One piece that goes from one to another, its first and last segments those of the two.

        Args:
          start, end: pieces; the shorter one goes round again. Tempo and program are those of the first.
          temperature, seed: see `compose`.
          num_bars: of the result; None: as long as the longer one.
        """
        check_arguments(temperature=temperature, seed=seed)
        check_optional(num_bars=num_bars)
        one, two = self._read(start), self._read(end)
        size = max(len(one), len(two)) if num_bars is None else self._segments(num_bars)
        ends = [song.segments[np.arange(size) % len(song)] for song in (one, two)]
        latents = [self.base.encode_arrays(each).mu for each in ends]
        way = np.linspace(0, 1, size)
        z = np.stack([slerp(a, b, t) for a, b, t in zip(*latents, way, strict=True)])
        arrays = self.base.decode_arrays(z, temperature=temperature, seed=seed)
        arrays[-1], arrays[0] = ends[1][-1], ends[0][0]
        return self._changed(one, arrays, num_bars)

    def _segments(self, num_bars: int) -> int:
        return -(-num_bars // self.base.config.converter.bars)

    def _read(self, music: Music) -> Song:
        if isinstance(music, Song):
            return music
        if not isinstance(music, Piece):
            require_sequence(music)
        return song_of(music, self.base.config.converter)

    def _forms(self) -> Sequence[Form]:
        return self.songbook.forms if self.songbook else self.denoising.forms

    def _form(self, num_bars: int, text: str | None, section_bars: int, rng: np.random.Generator) -> Form:
        """A form of the songs, or the given one."""
        if text is not None:
            bars = self.base.config.converter.bars
            if section_bars < bars or section_bars % bars:
                raise UserError(f"a section must have a multiple of {bars} bars (received {section_bars})")
            return asked_form(
                text, section_bars // bars, section_patterns(self._forms(), section_bars // bars), rng
            )
        size, forms = self._segments(num_bars), self._forms()
        if not forms:
            return Form(tuple(range(size)), (False,) * size)
        some = [form for form in forms if len(form) >= size]
        some = some or [form for form in forms if 2 * len(form) >= size] or list(forms)
        return some[int(rng.integers(len(some)))].of_length(size)

    def _drawn(self, forms: Sequence[Form], rng: np.random.Generator) -> np.ndarray:
        """Latents [batch, segments, z_size] of tunes of these forms, from noise alone."""
        shape = len(forms), len(forms[0])
        nothing = np.zeros((*shape, self.denoising.directions), np.float32)
        x = self.denoising.complete(nothing, np.zeros(shape, bool), forms, FULL, rng)
        return self.denoising.space.outward(x)

    def _choose(self, arrays: np.ndarray, scores: Sequence[float], n: int) -> Choice:
        """The best of some tunes [batch, segments, *shape]."""
        converter = self.base.config.converter
        if not is_melody(converter):
            return Choice(list(range(n)), collections.Counter())
        low = converter.min_pitch
        homes = [transposed(tune, home(key_of(tune.ravel(), low)), converter) for tune in arrays]
        known = self.songbook.known if self.songbook else frozenset()
        return choose(list(arrays), scores, n, converter, homes, known)

    def _song(
        self, segments: np.ndarray, form: Form, key: Key | None, qpm: float | None, program: int | None
    ) -> Song:
        """A tune in its key, with pickup, metre, tempo and program."""
        book, converter = self.songbook, self.base.config.converter
        pickup = np.zeros(0, np.uint8)
        if is_melody(converter):
            pickup = lead_in(segments, form, book.pickup if book else 0)
            if key is not None:
                tonic = key_of(segments.ravel(), converter.min_pitch).tonic
                segments, pickup = moved(segments, pickup, key.tonic - tonic, converter)
        return Song(
            name="",
            segments=segments,
            tied=ties_of(segments, converter),
            pickup=pickup,
            qpm=qpm or (book.qpm if book else DEFAULT_QPM),
            program=program if program is not None else book.program if book else 0,
            metre=usual_metre(book.songs) if book else None,
        )

    def _changed(self, song: Song, segments: np.ndarray, num_bars: int | None = None) -> NoteSequence:
        """The music of a song with other segments, cut to `num_bars`."""
        converter = self.base.config.converter
        return to_sequence(mended(song, segments, converter), converter, num_bars=num_bars)

    def _remade(
        self, given: np.ndarray, is_known: np.ndarray, temperature: float, seed: int, goes_on: bool = False
    ) -> np.ndarray:
        """Segments [segments, *shape] of which those not known are made anew."""
        return remade(
            self.base,
            self.denoising,
            self._forms(),
            given,
            is_known,
            temperature=temperature,
            seed=seed,
            goes_on=goes_on,
        )


def _check_bars(bars: Any, last: int) -> None:
    """Raises UserError unless they are a first and a last bar up to `last`."""
    within = Range(1, last)
    is_pair = isinstance(bars, Sequence) and len(bars) == 2
    if not is_pair or not all(within.allows(bar, whole=True) for bar in bars) or bars[0] > bars[1]:
        raise UserError(
            f"`bars` must be the first and the last bar to fill, within 1 and {last} "
            f"(received {shortened(repr(bars))})"
        )


def _alike_where_it_was(arrays: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Segments [segments, ...] of which those are the same that were the same before."""
    flat = before.reshape(len(before), -1)
    _, first, which = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    return arrays[first[which.reshape(-1)]]
