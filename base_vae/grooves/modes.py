"""What GrooVAE models do, on music of any length: stretch by stretch, and everything else stays."""

from collections.abc import Iterable

import numpy as np

from base_vae.arguments import checked
from base_vae.converters.drums.converter import DRUM_INSTRUMENT
from base_vae.converters.drums.maps import classes_of, first_pitches
from base_vae.converters.groove.converter import GrooveConverter
from base_vae.converters.groove.layout import HIT, MIDI_VELOCITIES, OFFSET, TAP_DRUM, VELOCITY
from base_vae.errors import UserError
from base_vae.grooves.beats import beat
from base_vae.grooves.bundled import load_bundled
from base_vae.grooves.feel import feel
from base_vae.grooves.places import Hits, Places, without_overlaps
from base_vae.grooves.tasks import CLOSED_HI_HAT, check_model, find_model
from base_vae.loading import load
from base_vae.music.note_sequence import NoteSequence, without_drums
from base_vae.ranges import check_arguments
from base_vae.trained_model import TrainedModel


@checked
def humanize(
    sequence: NoteSequence,
    model: TrainedModel | str | None = None,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> NoteSequence:
    """The drums of `sequence` as a drummer plays them: each hit stays, with a new velocity and place in time.

    Args:
      sequence: music of any length in the model's metre; parts in another metre stay as they are.
      model: a GrooVAE that humanizes: loaded, a name or a folder; None for the bundled one.
      temperature: 0 plays it as well as the model knows, 1 as freely as the model's posterior.
      seed: the same seed gives the same drumming.

    Returns:
      A copy; other notes, tempos, metres and the rest are as they were.

    Raises:
      UserError: if there are no drums in it, it is in another metre, or the model is none of that kind.
    """
    drummer = _Drummer("humanize", model, temperature, seed)
    drums = _Drums(sequence, drummer.converter)
    return drums.played(drummer.feel(drummer.encoded(drums.arrays), drums.arrays))


@checked
def control(
    sequence: NoteSequence,
    model: TrainedModel | str | None = None,
    *,
    temperature: float = 1.0,
    seed: int = 0,
) -> NoteSequence:
    """The hits of `sequence` in a manner drawn from the prior, one for the whole piece; see `humanize`.

    Args:
      sequence, model: as for `humanize`, for a GrooVAE whose controls are hits.
      temperature: how far from the middle of the prior the manner lies; 0 is the middle itself.
      seed: of the manner.
    """
    drummer = _Drummer("control", model, temperature, seed)
    drums = _Drums(sequence, drummer.converter)
    noise = np.random.default_rng(seed).standard_normal((1, drummer.model.z_size), np.float32)
    z = drummer.model.prior.of_noise(temperature * noise)
    return drums.played(drummer.feel(np.repeat(z, len(drums.arrays), 0), drums.arrays))


@checked
def transfer(
    sequence: NoteSequence,
    groove: NoteSequence,
    model: TrainedModel | str | None = None,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> NoteSequence:
    """The hits of `sequence` with the groove of the drums of another piece; see `humanize`.

    Args:
      sequence, temperature, seed: as for `humanize`.
      groove: its stretches that have drums are taken one after the other, and again from the first.
      model: a GrooVAE whose controls are hits.
    """
    drummer = _Drummer("transfer", model, temperature, seed)
    drums = _Drums(sequence, drummer.converter)
    try:
        source = _Drums(groove, drummer.converter).arrays
    except UserError as error:
        raise UserError(f"the groove cannot be taken: {error}") from error
    z = drummer.encoded(source[source[..., HIT].any((1, 2))])
    return drums.played(drummer.feel(z[np.arange(len(drums.arrays)) % len(z)], drums.arrays))


@checked
def drumify(
    sequence: NoteSequence,
    model: TrainedModel | str | None = None,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> NoteSequence:
    """`sequence` with drums to its rhythm, which is that of all its notes; they replace any drums in it.

    Stretches without notes stay without drums. For arguments and errors see `humanize`; the model is a
    GrooVAE that makes drumming of taps.
    """
    drummer = _Drummer("drumify", model, temperature, seed)
    places = Places(sequence, drummer.converter)
    taps = (places.stretch >= 0) & (places.notes.velocity > 0)
    if not taps.any():
        raise UserError("there are no notes in it to make drums for")
    arrays = places.grooves(taps, np.full(len(taps), TAP_DRUM))
    used = np.flatnonzero(arrays[..., HIT].any((1, 2)))
    drawn = drummer.drumming(drummer.encoded(arrays[used]))
    out, voice = without_drums(sequence), _drum_voice(sequence)
    return _with_hits(out, places, drummer.converter, used, drawn, voice)


@checked
def add_drums(
    sequence: NoteSequence,
    model: TrainedModel | str | None = None,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> NoteSequence:
    """`sequence` with a beat from beginning to end, played as `humanize` would; it replaces any drums.

    Args:
      sequence, model, temperature: as for `humanize`.
      seed: of the beat too, which lies between two of the example beats.
    """
    drummer = _Drummer("add_drums", model, temperature, seed)
    places = Places(sequence, drummer.converter)
    beats = _Drums(beat(seed), drummer.converter).arrays
    played = drummer.feel(drummer.encoded(beats), beats)
    played[..., HIT] = beats[..., HIT]
    stretches = np.arange(len(places.lengths))
    out, voice = without_drums(sequence), _drum_voice(sequence)
    return _with_hits(out, places, drummer.converter, stretches, played[stretches % len(played)], voice)


@checked
def add_closed_hh(
    sequence: NoteSequence,
    model: TrainedModel | str | None = None,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> NoteSequence:
    """`sequence` with closed hi-hats added to its drums, wherever there is none; see `humanize`.

    Stretches without drums stay without them. The model is a GrooVAE that adds closed hi-hats.
    """
    drummer = _Drummer("add_closed_hh", model, temperature, seed)
    drums = _Drums(sequence, drummer.converter)
    used = np.flatnonzero(drums.arrays[..., HIT].any((1, 2)))
    drawn = drummer.drumming(drummer.encoded(drums.arrays[used]))
    drawn[..., np.arange(drawn.shape[2]) != CLOSED_HI_HAT, :] = 0.0
    drawn[drums.arrays[used][..., HIT] > 0] = 0.0
    out = _copy(sequence)
    return _with_hits(out, drums.places, drummer.converter, used, drawn, _drum_voice(out))


class _Drummer:
    """A model for a mode, and how it draws."""

    def __init__(self, mode: str, model: TrainedModel | str | None, temperature: float, seed: int):
        check_arguments(temperature=temperature, seed=seed)
        if not isinstance(model, TrainedModel):
            model = load(model) if model else load_bundled(find_model(mode, None))
        self.model = model
        check_model(mode, self.model.config)
        converter = self.model.config.converter.in_use
        assert isinstance(converter, GrooveConverter)  # or `check_model` would have raised
        self.converter = converter
        self._temperature, self._seed = temperature, seed

    def encoded(self, arrays: np.ndarray) -> np.ndarray:
        """A latent for each groove, [examples, z_size]: the posterior mean, further from it if it is hot."""
        mu, sigma = self.model.encode_arrays(arrays)
        noise = np.random.default_rng(self._seed).standard_normal(mu.shape, np.float32)
        return mu + self._temperature * sigma * noise

    def drumming(self, z: np.ndarray) -> np.ndarray:
        """Grooves [examples, steps, drums, 3] with the model's own hits."""
        return self.model.decode_arrays(z, temperature=self._temperature, seed=self._seed)

    def feel(self, z: np.ndarray, arrays: np.ndarray) -> np.ndarray:
        """How the hits of grooves [examples, steps, drums, 3] are played; see `feel`."""
        return feel(self.model, z, arrays)


class _Drums:
    """The drums of a piece.

    Attributes:
      places: of all its notes.
      arrays: its drums, [stretches, steps, drums, 3].
    """

    def __init__(self, sequence: NoteSequence, converter: GrooveConverter):
        self._sequence = sequence
        self.places = Places(sequence, converter)
        notes = self.places.notes
        self._drum = classes_of(notes.pitch, notes.is_drum, converter.pitch_classes)
        self._used = (self._drum >= 0) & (self.places.stretch >= 0) & (notes.velocity > 0)
        if not self._used.any():
            raise UserError("there are no drums in it (in MIDI files they are on channel 10)")
        self.arrays = self.places.grooves(self._used, self._drum)

    def played(self, feel: np.ndarray) -> NoteSequence:
        """The sequence with every hit as `feel`, [stretches, steps, drums, 3], has it in its place."""
        out = _copy(self._sequence)
        hits = self.places.hits(self._used, self._drum)
        _, velocity, offset = feel[hits].T
        starts, _ = self.places.seconds(hits, offset.astype(np.float64))
        velocities = np.round(velocity * MIDI_VELOCITIES).astype(int)
        changed = np.flatnonzero(self._used).tolist()
        for number, start, loud in zip(changed, starts.tolist(), velocities.tolist(), strict=True):
            note = out.notes[number]
            length = note.end_time - note.start_time
            note.start_time, note.end_time, note.velocity = start, start + length, loud
        return _finished(out, changed)


def _with_hits(
    out: NoteSequence,
    places: Places,
    converter: GrooveConverter,
    used: np.ndarray,
    drawn: np.ndarray,
    voice: tuple[int, int],
) -> NoteSequence:
    """Adds the hits of grooves [used stretches, steps, drums, 3] to `out`, up to the end of each stretch."""
    within = np.arange(drawn.shape[1]) < places.lengths[used, np.newaxis]
    row, step, drum = np.nonzero((drawn[..., HIT] > 0) & within[..., np.newaxis])
    groove = drawn[row, step, drum]
    starts, ends = places.seconds(Hits(used[row], step, drum), groove[:, OFFSET].astype(np.float64))
    velocities = np.round(groove[:, VELOCITY] * MIDI_VELOCITIES).astype(int)
    pitches = first_pitches(converter.pitch_classes)[drum]
    instrument, program = voice
    kept = len(out.notes)
    for pitch, loud, start, end in zip(
        pitches.tolist(), velocities.tolist(), starts.tolist(), ends.tolist(), strict=True
    ):
        out.notes.add(
            pitch=pitch,
            velocity=loud,
            start_time=start,
            end_time=end,
            instrument=instrument,
            program=program,
            is_drum=True,
        )
    return _finished(out, range(kept, len(out.notes)))


def _copy(sequence: NoteSequence) -> NoteSequence:
    out = NoteSequence()
    out.CopyFrom(sequence)
    return out


def _drum_voice(sequence: NoteSequence) -> tuple[int, int]:
    """Instrument and program of new drums: those of the drums in it, or else an instrument of their own."""
    for note in sequence.notes:
        if note.is_drum:
            return note.instrument, note.program
    taken = {note.instrument for note in sequence.notes}
    return (DRUM_INSTRUMENT if DRUM_INSTRUMENT not in taken else max(taken) + 1), 0


def _finished(sequence: NoteSequence, changed: Iterable[int]) -> NoteSequence:
    without_overlaps(sequence, set(changed))
    last = max((note.end_time for note in sequence.notes), default=0.0)
    sequence.total_time = max(sequence.total_time, last)
    return sequence
