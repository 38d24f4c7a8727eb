"""Whole tunes over a base of segments: compose, continue, fill, vary, interpolate."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.settings import check_arguments
from base_vae.trained_model import TrainedModel, slerp
from base_vae.tunes.batches import places, same_matrix
from base_vae.tunes.corpus import AttributeScale
from base_vae.tunes.denoiser import LONGEST, Context, Denoiser
from base_vae.tunes.diffusion import denoise, shared_noise, ties
from base_vae.tunes.endings import ended, lead_in
from base_vae.tunes.form import Form, asked_form, form_of, section_patterns
from base_vae.tunes.key import key_of, named_key, scale_share
from base_vae.tunes.latent_space import LatentSpace
from base_vae.tunes.ranking import Choice, choose
from base_vae.tunes.song import Song, is_melody, song_of, split
from base_vae.tunes.songbook import Songbook, home, transposed

_FULL = float(np.pi / 2)
_HOP = LONGEST // 2
# How much of the user's own material is noise as a tune like theirs begins, 1 is all.
_NOVELTY = 0.7
_CANDIDATES = 3  # for each tune that is asked for


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


class TuneModel:
    """A denoiser of sequences of latents with its base.

    Args:
      base: the MusicVAE whose latents they are.
      space: the directions it works in.
      scale: of the attributes that segments may be given.
      denoiser: trained.
      forms: that tunes may have, where nobody asks for one.
      card: Markdown: what it was trained on, and how well.
      songbook: somebody's songs, to make tunes like them; None: tunes like those it was trained on.
    """

    def __init__(
        self,
        base: TrainedModel,
        space: LatentSpace,
        scale: AttributeScale,
        denoiser: Denoiser,
        forms: Sequence[Form],
        card: str = "",
        songbook: Songbook | None = None,
    ):
        self.base, self.space, self.scale, self.denoiser = base, space, scale, denoiser
        self.forms, self.card, self.songbook = tuple(forms), card, songbook
        self._predict = tf.function(denoiser.__call__, autograph=False, reduce_retracing=True)

    def with_songs(self, songs: Sequence[Song]) -> "TuneModel":
        """The model that makes tunes like some songs. Raises UserError if they are too little."""
        book = Songbook.of(self.base, songs)
        return TuneModel(self.base, self.space, self.scale, self.denoiser, self.forms, self.card, book)

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
        novelty: float = _NOVELTY,
    ) -> Composition:
        """New tunes, the best of more.

        Args:
          n: how many.
          temperature: of the base's decoder.
          seed: the same seed gives the same tunes.
          num_bars: of each tune, where no form is asked for.
          qpm: tempo; None: that of the songs, or 120.
          form: a letter for each section, like AABA, with ' for a varied return; None: as the songs have it.
          section_bars: of each section of an asked form.
          key: like "G" or "A minor"; None: that of one of the songs, or as it comes.
          program: General MIDI program, from 0; None: that of the songs, or 0.
          novelty: of tunes like somebody's songs, 0 copies the songs' material and 1 takes none of it.

        Raises:
          UserError: if a setting is none.
        """
        check_arguments(n=n, temperature=temperature, seed=seed, num_bars=num_bars)
        wanted = None if key is None else named_key(key)
        rng = np.random.default_rng(seed)
        count = _CANDIDATES * n + 3
        forms = [self._form(num_bars, form, section_bars, rng) for _ in range(count)]
        book, size = self.songbook, len(forms[0])
        keys, values = [None] * count, None
        if book:
            keys = [book.key(rng) for _ in range(count)]
            material = [book.material(size, k.is_minor, rng) for k in keys]
            # The same segments are of the same material.
            firsts = [[f.labels.index(label) for label in f.labels] for f in forms]
            latents, values = (
                np.stack([each[rows] for each, rows in zip(column, firsts, strict=True)])
                for column in zip(*material, strict=True)
            )
            x, angle = self.space.inward(latents), novelty * _FULL
        else:
            x, angle = np.zeros((count, size, self.space.directions.shape[1]), np.float32), _FULL
        x = self._complete(x, np.zeros((count, size), bool), forms, angle, rng, values)
        arrays = self._decode(x, forms, temperature, seed)
        arrays, scores = self._with_endings(x, arrays, forms, temperature, seed, rng)
        choice = self._choose(arrays, scores, n, at_home=arrays)
        songs = []
        for number in choice.kept:
            own = wanted or keys[number]
            segments = arrays[number]
            pickup = (
                lead_in(segments, forms[number], book.pickup if book else 0)
                if self._is_melody
                else _NO_PICKUP
            )
            if own is not None and self._is_melody:
                shift = own.tonic - key_of(segments.ravel(), self._low).tonic
                segments, pickup = self._moved(segments, pickup, shift)
            songs.append(self._song(segments, pickup, qpm, program))
        cut = num_bars if form is None else None
        sequences = [self.to_sequence(song, cut) for song in songs]
        return Composition(songs, sequences, [forms[number].letters for number in choice.kept], str(choice))

    def continued(
        self,
        start: NoteSequence | Piece | Song,
        *,
        temperature: float = 0.5,
        seed: int = 0,
        num_bars: int = 16,
    ) -> NoteSequence:
        """A piece with `num_bars` more after it; what was there stays note for note."""
        song = self._read(start)
        more = self._segments(num_bars)
        arrays, _ = self._around(
            song.segments, np.zeros((more, *song.segments.shape[1:]), np.uint8), None, temperature, seed
        )
        return self.to_sequence(self._mended(song, arrays), len(song) * self._bars + num_bars)

    def fill(
        self,
        piece: NoteSequence | Piece | Song,
        bars: tuple[int, int],
        *,
        temperature: float = 0.5,
        seed: int = 0,
    ) -> NoteSequence:
        """A piece with some bars made anew, to fit what is around them.

        Args:
          piece: what is around stays note for note.
          bars: first and last bar, from 1; the first full bar is bar 1.
          temperature, seed: see `compose`.
        """
        song = self._read(piece)
        total = len(song) * self._bars
        if not 1 <= bars[0] <= bars[1] <= total:
            raise UserError(f"the bars to fill must lie within 1 and {total} (received {bars[0]}-{bars[1]})")
        first, stop = (bars[0] - 1) // self._bars, -(-bars[1] // self._bars)
        before, after = song.segments[:first], song.segments[stop:]
        new = np.zeros((stop - first, *song.segments.shape[1:]), np.uint8)
        arrays, _ = self._around(before, new, after, temperature, seed)
        # Where the bars begin or end inside a segment, the rest of it stays.
        rows = self._rows_a_bar
        mask = np.zeros(len(arrays) * song.segments.shape[1], bool)
        mask[(bars[0] - 1) * rows : bars[1] * rows] = True
        old = song.segments.reshape(-1, *song.segments.shape[2:])
        merged = np.where(mask.reshape(-1, *[1] * (old.ndim - 1)), arrays.reshape(old.shape), old)
        return self.to_sequence(self._mended(song, merged.reshape(song.segments.shape)))

    def vary(
        self,
        piece: NoteSequence | Piece | Song,
        amount: float = 0.2,
        *,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> NoteSequence:
        """A piece varied; its form stays.

        Args:
          piece: a tune.
          amount: 0 gives it back exactly, 1 gives another tune of its kind.
          temperature, seed: see `compose`.
        """
        if not 0 <= amount <= 1:
            raise UserError(f"the amount must lie within 0 and 1 (received {amount})")
        song = self._read(piece)
        if amount == 0:
            return self.to_sequence(song)
        rng = np.random.default_rng(seed)
        mu = self.base.encode_arrays(song.segments).mu
        form = form_of(song.segments, self.base.config.converter)
        x = self.space.inward(mu)[np.newaxis]
        rest = mu - self.space.outward(x[0])
        nothing = np.zeros((1, len(song)), bool)
        new = self._complete(x, nothing, [form], amount * _FULL, rng)[0]
        z = self.space.outward(new) + (1.0 - amount) * rest
        both = self.base.decode_arrays(np.concatenate([z, mu]), temperature=temperature, seed=seed)
        arrays, same = np.split(both, 2)
        # What the base says of the tune as it is, it says of the varied one: there the notes stay.
        arrays = np.where(arrays == same, song.segments, arrays) if self._is_melody else arrays
        for place, label in enumerate(form.labels):
            if not form.varied[place]:
                first = form.labels.index(label)
                if np.array_equal(song.segments[place], song.segments[first]):
                    arrays[place] = arrays[first]
        return self.to_sequence(self._mended(song, self.base.config.converter.all_canonical(arrays)))

    def interpolate(
        self,
        start: NoteSequence | Piece | Song,
        end: NoteSequence | Piece | Song,
        *,
        num_bars: int | None = None,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> NoteSequence:
        """One piece that goes from one to another, its first and last segments those of the two.

        Args:
          start, end: pieces; the shorter one goes round again.
          num_bars: of the result; None: as long as the longer one.
          temperature, seed: see `compose`.
        """
        one, two = self._read(start), self._read(end)
        size = max(len(one), len(two)) if num_bars is None else self._segments(num_bars)
        ends = [song.segments[np.arange(size) % len(song)] for song in (one, two)]
        latents = [self.base.encode_arrays(each).mu for each in ends]
        way = np.linspace(0, 1, size)
        z = np.stack([slerp(a, b, t) for a, b, t in zip(*latents, way, strict=True)])
        arrays = self.base.decode_arrays(z, temperature=temperature, seed=seed)
        arrays[0], arrays[-1] = ends[0][0], ends[1][-1]
        return self.to_sequence(self._mended(one, arrays), num_bars)

    def to_sequence(self, song: Song, num_bars: int | None = None) -> NoteSequence:
        """The music of a song, cut to a number of bars."""
        converter = self.base.config.converter
        if self._is_melody:
            events = song.segments.ravel()[: num_bars and num_bars * converter.bar]
            lead = np.zeros(converter.bar if len(song.pickup) else 0, np.uint8)
            if len(lead):
                lead[len(lead) - len(song.pickup) :] = song.pickup
            array = np.concatenate([lead, _loosened(events, song.tied, song.segments.shape[1])])
        else:
            array = converter.join(song.segments)[: num_bars and num_bars * converter.rows_a_bar]
        sequence = converter.decode(array, qpm=song.qpm)
        for note in sequence.notes:
            if not note.is_drum:
                note.program = song.program
        return sequence

    @property
    def _is_melody(self) -> bool:
        return is_melody(self.base.config.converter)

    @property
    def _low(self) -> int:
        return self.base.config.converter.min_pitch

    @property
    def _bars(self) -> int:
        return self.base.config.converter.bars

    @property
    def _rows_a_bar(self) -> int:
        return self.base.config.converter.rows_a_bar

    def _segments(self, num_bars: int) -> int:
        if num_bars < 1:
            raise UserError(f"the number of bars must be at least 1 (received {num_bars})")
        return -(-num_bars // self._bars)

    def _read(self, music: NoteSequence | Piece | Song) -> Song:
        return music if isinstance(music, Song) else song_of(music, self.base.config.converter)

    def _form(self, num_bars: int, text: str | None, section_bars: int, rng: np.random.Generator) -> Form:
        forms = self.songbook.forms if self.songbook else self.forms
        if text is not None:
            if section_bars % self._bars:
                raise UserError(
                    f"a section must have a multiple of {self._bars} bars (received {section_bars})"
                )
            inside = section_bars // self._bars
            return asked_form(text, inside, section_patterns(list(forms), inside), rng)
        size = self._segments(num_bars)
        if self.songbook:
            return self.songbook.form(size, rng)
        long = [form for form in forms if len(form) >= size] or list(forms)
        return (
            long[rng.integers(len(long))].of_length(size)
            if long
            else Form(tuple(range(size)), (False,) * size)
        )

    def _complete(
        self,
        x: np.ndarray,
        is_known: np.ndarray,
        forms: Sequence[Form],
        angle: float,
        rng: np.random.Generator,
        values: np.ndarray | None = None,
    ) -> np.ndarray:
        """Latents of whole tunes [batch, segments, directions]: known ones stay, others are denoised.

        Longer tunes than the denoiser sees at once are made from window to window.

        Args:
          x: latents.
          is_known: [batch, segments].
          forms: of the tunes.
          angle: from which the others are denoised.
          rng: of the noise.
          values: attributes of the segments, [batch, segments, attributes], NaN where not given.
        """
        _, size, directions = x.shape
        noise = np.stack([shared_noise(form, directions, rng) for form in forms])
        x, is_known = x.copy(), is_known.copy()
        start = (np.cos(angle) * x + np.sin(angle) * noise).astype(np.float32)
        for first in range(0, max(size - LONGEST, 0) + _HOP, _HOP) if size > LONGEST else (0,):
            rows = slice(first, min(first + LONGEST, size))
            if is_known[:, rows].all():
                continue
            parts = [form.part(rows.start, rows.stop) for form in forms]
            given = None if values is None else values[:, rows]
            context = self._context(x[:, rows], is_known[:, rows], parts, first, size, given)
            tied = np.stack([ties(part, own) for part, own in zip(parts, is_known[:, rows], strict=True)])
            x[:, rows] = denoise(self._v, start[:, rows], angle, context, tied)
            is_known[:, rows] = True
            for number, form in enumerate(forms):  # what comes again later is known by now
                for place in range(rows.stop, size):
                    label = form.labels[place]
                    if not form.varied[place] and label in form.labels[: rows.stop]:
                        x[number, place] = x[number, form.labels.index(label)]
                        is_known[number, place] = True
        return x

    def _v(self, x: np.ndarray, angle: np.ndarray, context: Context) -> np.ndarray:
        return self._predict(tf.constant(x), tf.constant(angle), Context(*map(tf.constant, context))).numpy()

    def _context(
        self,
        x: np.ndarray,
        is_known: np.ndarray,
        forms: Sequence[Form],
        first: int,
        length: int,
        values: np.ndarray | None,
    ) -> Context:
        """What the denoiser is given of stretches from segment `first` on of tunes of a length."""
        batch, size, _ = x.shape
        flags = is_known.astype(np.float32)
        from_start, to_end = places(np.full(batch, first), np.full(batch, length), size)
        nothing = np.full((batch, size, self.denoiser.hparams.attributes), np.nan, np.float32)
        standard = nothing if values is None else self.scale.standard(values)
        labels, varied = (np.array([getattr(form, name) for form in forms]) for name in ("labels", "varied"))
        return Context(
            known=(x * flags[..., np.newaxis]).astype(np.float32),
            is_known=flags,
            exists=np.ones_like(flags),
            from_start=from_start,
            to_end=to_end,
            attributes=np.nan_to_num(standard),
            has_attributes=(~np.isnan(standard).any(-1)).astype(np.float32),
            same=same_matrix(labels, varied),
            kind=np.full(batch, -1, np.int32),
        )

    def _decode(self, x: np.ndarray, forms: Sequence[Form], temperature: float, seed: int) -> np.ndarray:
        """Segments [batch, segments, *shape] of latents; what comes again is decoded once."""
        places_of = [
            [
                place if form.varied[place] else form.labels.index(label)
                for place, label in enumerate(form.labels)
            ]
            for form in forms
        ]
        distinct = sorted({(number, place) for number, row in enumerate(places_of) for place in row})
        z = self.space.outward(np.stack([x[number, place] for number, place in distinct]))
        arrays = dict(
            zip(distinct, self.base.decode_arrays(z, temperature=temperature, seed=seed), strict=True)
        )
        return np.stack([[arrays[number, place] for place in row] for number, row in enumerate(places_of)])

    def _with_endings(
        self,
        x: np.ndarray,
        arrays: np.ndarray,
        forms: Sequence[Form],
        temperature: float,
        seed: int,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Tunes whose last notes are long, and how good each is."""
        if not self._is_melody:
            return arrays, np.zeros(len(arrays))
        scores = np.zeros(len(arrays))
        arrays = arrays.copy()
        for number, tune in enumerate(arrays):
            key = key_of(tune.ravel(), self._low)
            arrays[number, -1], worth = ended(tune[-1], key, self.base.config.converter.bar, self._low)
            scores[number] = worth + 2.0 * scale_share(tune.ravel(), self._low)
        return arrays, np.nan_to_num(scores)

    def _choose(self, arrays: np.ndarray, scores: np.ndarray, n: int, at_home: np.ndarray) -> Choice:
        if not self._is_melody:
            return Choice(list(range(n)), collections.Counter())
        known = self.songbook.known if self.songbook else frozenset()
        converter = self.base.config.converter
        homes = [transposed(tune, home(key_of(tune.ravel(), self._low)), converter) for tune in at_home]
        return choose(list(arrays), scores.tolist(), n, converter, homes, known)

    def _around(
        self, before: np.ndarray, new: np.ndarray, after: np.ndarray | None, temperature: float, seed: int
    ) -> tuple[np.ndarray, float]:
        """Segments with the new ones made, the best of some, and how well they fit."""
        rng = np.random.default_rng(seed)
        count = _CANDIDATES + 3
        parts = [part for part in (before, new, after) if part is not None and len(part)]
        given = np.concatenate(parts)
        is_known = np.ones(len(given), bool)
        is_known[len(before) : len(before) + len(new)] = False
        latents = np.zeros((len(given), self.base.z_size), np.float32)
        if is_known.any():
            latents[is_known] = self.base.encode_arrays(given[is_known]).mu
        x = np.repeat(self.space.inward(latents)[np.newaxis], count, 0)
        forms = [self._form_around(given, is_known, after is None, rng) for _ in range(count)]
        done = self._complete(x, np.repeat(is_known[np.newaxis], count, 0), forms, _FULL, rng)
        arrays = self._decode(done, forms, temperature, seed)
        for number, form in enumerate(forms):
            for place in np.flatnonzero(~is_known):
                twins = [p for p in np.flatnonzero(is_known) if form.labels[p] == form.labels[place]]
                if twins and not form.varied[place]:
                    arrays[number, place] = given[twins[0]]
        arrays[:, is_known] = given[is_known]
        if not self._is_melody:
            return arrays[0], 0.0
        scores = np.zeros(count)
        for number in range(count):
            if after is None:
                key = (
                    key_of(given[is_known].ravel(), self._low)
                    if is_known.any()
                    else key_of(arrays[number].ravel(), self._low)
                )
                arrays[number, -1], scores[number] = ended(
                    arrays[number, -1], key, self.base.config.converter.bar, self._low
                )
            scores[number] += 4.0 * np.nan_to_num(scale_share(arrays[number].ravel(), self._low))
            scores[number] -= _seams(arrays[number], is_known) / 12.0
        best = int(scores.argmax())
        return arrays[best], float(scores[best])

    def _form_around(
        self, given: np.ndarray, is_known: np.ndarray, goes_on: bool, rng: np.random.Generator
    ) -> Form:
        """A form for a tune that is known in part; what goes on may come back to what is known."""
        own = form_of(given[is_known], self.base.config.converter) if is_known.any() else Form((), ())
        labels = np.full(len(given), -1)
        varied = np.zeros(len(given), bool)
        labels[is_known], varied[is_known] = own.labels, own.varied
        next_label = max(own.labels, default=-1) + 1
        forms = [
            form for form in (self.songbook.forms if self.songbook else self.forms) if len(form) >= len(given)
        ]
        if goes_on and forms and is_known.any():
            # Of the forms that tunes have, one that begins as this does.
            known = int(is_known.sum())
            theirs = [np.equal.outer(form.labels[:known], form.labels[:known]) for form in forms]
            agreement = [np.mean(each == np.equal.outer(own.labels, own.labels)) for each in theirs]
            best = np.flatnonzero(np.array(agreement) >= max(agreement) - 1e-9)
            form = forms[best[rng.integers(len(best))]]
            mapped: dict[int, int] = {}
            for place in range(known):
                mapped.setdefault(form.labels[place], int(labels[place]))
            for place in range(known, len(given)):
                if form.labels[place] not in mapped:
                    mapped[form.labels[place]], next_label = next_label, next_label + 1
                labels[place], varied[place] = mapped[form.labels[place]], form.varied[place]
        for place in np.flatnonzero(labels < 0):
            labels[place], next_label = next_label, next_label + 1
        return Form(tuple(labels.tolist()), tuple(varied.tolist()))

    def _moved(self, segments: np.ndarray, pickup: np.ndarray, shift: int) -> tuple[np.ndarray, np.ndarray]:
        """A melody moved by at most a tritone."""
        shift = (shift + 5) % 12 - 5
        moved = transposed(segments, shift, self.base.config.converter)
        change = int((moved.astype(np.int64) - segments).flat[np.argmax(segments >= FIRST_NOTE)])
        return moved, np.where(pickup >= FIRST_NOTE, pickup + np.int64(change), pickup).astype(np.uint8)

    def _song(self, segments: np.ndarray, pickup: np.ndarray, qpm: float | None, program: int | None) -> Song:
        book = self.songbook
        tempo = qpm or (book.qpm if book else DEFAULT_QPM)
        number = program if program is not None else book.program if book else 0
        return Song("", segments, self._ties(segments), pickup, tempo, number)

    def _ties(self, segments: np.ndarray) -> np.ndarray:
        if not self._is_melody:
            return np.zeros(len(segments), bool)
        return split(segments.ravel(), segments.shape[1], self.base.config.converter)[1]

    def _mended(self, song: Song, segments: np.ndarray) -> Song:
        """A song with other segments: seams of its own stay, others are tied where a note can go on."""
        tied = self._ties(segments)
        same = [
            place < len(song) and np.array_equal(segments[place], song.segments[place])
            for place in range(len(segments))
        ]
        for place in range(1, min(len(segments), len(song))):
            if same[place] and same[place - 1]:
                tied[place] = song.tied[place]
        return dataclasses.replace(song, segments=segments, tied=tied)


_NO_PICKUP = np.zeros(0, np.uint8)


def _loosened(events: np.ndarray, tied: np.ndarray, steps: int) -> np.ndarray:
    """Melody events in which a note that is not tied ends with its segment."""
    events = events.copy()
    for place in range(1, -(-len(events) // steps)):
        if events[place * steps] == 0 and not tied[place]:
            events[place * steps] = 1
    return events


def _seams(tune: np.ndarray, is_known: np.ndarray) -> float:
    """Mean size of the leaps between known segments and new ones, in semitones beyond a third."""
    leaps = []
    for place in np.flatnonzero(is_known[1:] != is_known[:-1]):
        before, after = tune[place], tune[place + 1]
        before, after = before[before >= FIRST_NOTE], after[after >= FIRST_NOTE]
        if len(before) and len(after):
            leaps.append(max(abs(int(after[0]) - int(before[-1])) - 4, 0))
    return float(np.mean(leaps)) if leaps else 0.0
