"""Every named configuration of a MusicVAE, as plain data with a description each."""

import dataclasses
from typing import Any

from base_vae.configs.config import Config
from base_vae.converters import (
    Converter,
    DrumsConverter,
    GrooveConverter,
    MelodyConverter,
    MultitrackConverter,
    TrioConverter,
)
from base_vae.model.hparams import HParams
from base_vae.settings import pick

# How the published models of two bars learn to stand on their own feet.
_SCHEDULED: dict[str, Any] = {"sampling_schedule": "inverse_sigmoid", "sampling_rate": 1000.0}
_SMALL: dict[str, Any] = {"z_size": 256, "enc_rnn_size": (512,), "dec_rnn_size": (256, 256)}
_BIG: dict[str, Any] = {"z_size": 512, "enc_rnn_size": (2048,), "dec_rnn_size": (2048,) * 3}
_NADE: dict[str, Any] = {"z_size": 256, "enc_rnn_size": (1024,), "dec_rnn_size": (512, 512), "head": "nade"}
_FREE_BITS: dict[str, Any] = {"max_beta": 0.2, "free_bits": 48.0}
_ANNEALED: dict[str, Any] = {"beta_rate": 0.99999}
_SIXTEEN_BARS: dict[str, Any] = {"z_size": 512, "max_seq_len": 256}
_BAR_BY_BAR: dict[str, Any] = {"decoder_levels": (16, 16), "dec_rnn_size": (1024, 1024)}
_HIERARCHICAL: dict[str, Any] = {
    "encoder": "hierarchical",
    "encoder_levels": (16, 16),
    "enc_rnn_size": (1024,),
}
_TRIO: dict[str, Any] = {"head": "multi_categorical", "batch_size": 256}
_GROOVE: dict[str, Any] = {**_SMALL, **_FREE_BITS, "head": "groove", "dropout_keep_prob": 0.3}


def _multitrack(units: int, conductors: int) -> HParams:
    return HParams(
        z_size=512,
        encoder="hierarchical",
        encoder_levels=(64, 8),
        enc_rnn_size=(units,),
        decoder_levels=(8, 64),
        dec_rnn_size=(conductors,) * 3,
        max_seq_len=512,
        batch_size=256,
    )


_MELODIES = MelodyConverter(slice_bars=2, max_bars=100, programs=tuple(range(32)))
_CHORD_MELODIES = MelodyConverter(
    slice_bars=2, max_bars=100, programs=tuple(range(128)), chord_encoding="triad"
)
_LONG_MELODIES = MelodyConverter(slice_bars=16, max_bars=100, programs=tuple(range(128)))
_DRUMS = DrumsConverter(slice_bars=2, max_bars=100)
_DRUM_ROLLS = dataclasses.replace(_DRUMS, roll_output=True)
_TRIOS = TrioConverter(slice_bars=16, gap_bars=2)
_BARS = MultitrackConverter()
_CHORD_BARS = MultitrackConverter(chord_encoding="triad")
_GROOVES = GrooveConverter(split_bars=2, pitch_classes="ROLAND", inference_pitch_classes="REDUCED")
_TAPS = dataclasses.replace(_GROOVES, tapify=True, fixed_velocities=True)

# Name, what it is, hyperparameters, converter, transposition.
_TABLE: tuple[tuple[str, str, HParams, Converter, tuple[int, int] | None], ...] = (
    (
        "cat-mel_2bar_small",
        "2-bar melodies, 4.4 million parameters: trains on a laptop",
        HParams(**_SMALL, **_SCHEDULED, **_ANNEALED, max_beta=0.2),
        _MELODIES,
        (-5, 5),
    ),
    (
        "cat-mel_2bar_big",
        "2-bar melodies, 134 million parameters: the original's published model",
        HParams(**_BIG, **_SCHEDULED, **_ANNEALED, max_beta=0.5),
        _MELODIES,
        (-5, 5),
    ),
    (
        "cat-mel_2bar_med_chords",
        "2-bar melodies over given chords",
        HParams(z_size=256, enc_rnn_size=(1024,), dec_rnn_size=(512,) * 3),
        _CHORD_MELODIES,
        (-3, 3),
    ),
    (
        "cat-drums_2bar_small",
        "2-bar drum patterns of 9 drums: trains on a laptop",
        HParams(**_SMALL, **_SCHEDULED, **_FREE_BITS),
        _DRUMS,
        None,
    ),
    (
        "cat-drums_2bar_big",
        "2-bar drum patterns of 9 drums, large",
        HParams(**_BIG, **_SCHEDULED, **_FREE_BITS),
        _DRUMS,
        None,
    ),
    (
        "nade-drums_2bar_reduced",
        "2-bar drum patterns of 9 drums, each said given the others (NADE)",
        HParams(**_NADE, **_SCHEDULED, **_FREE_BITS),
        _DRUM_ROLLS,
        None,
    ),
    (
        "nade-drums_2bar_full",
        "2-bar drum patterns of all 61 drums (NADE)",
        HParams(**_NADE, **_SCHEDULED, **_FREE_BITS),
        dataclasses.replace(_DRUM_ROLLS, pitch_classes="FULL"),
        None,
    ),
    (
        "flat-trio_16bar",
        "16 bars of melody, bass and drums, one decoder",
        HParams(**_SIXTEEN_BARS, **_TRIO, enc_rnn_size=(2048, 2048), dec_rnn_size=(2048,) * 3),
        _TRIOS,
        None,
    ),
    (
        "hierdec-trio_16bar",
        "16 bars of melody, bass and drums, a conductor and three decoders",
        HParams(
            **_SIXTEEN_BARS,
            **_TRIO,
            **_BAR_BY_BAR,
            enc_rnn_size=(2048, 2048),
            split_outputs=True,
            free_bits=256.0,
            max_beta=0.2,
        ),
        _TRIOS,
        None,
    ),
    (
        "hier-trio_16bar",
        "16 bars of melody, bass and drums, hierarchical encoder and decoder",
        HParams(
            **_SIXTEEN_BARS,
            **_TRIO,
            **_BAR_BY_BAR,
            **_HIERARCHICAL,
            split_outputs=True,
            free_bits=256.0,
            max_beta=0.2,
        ),
        _TRIOS,
        None,
    ),
    (
        "flat-mel_16bar",
        "16-bar melodies, one decoder",
        HParams(
            **_SIXTEEN_BARS,
            enc_rnn_size=(2048, 2048),
            dec_rnn_size=(2048,) * 3,
            free_bits=256.0,
            max_beta=0.2,
        ),
        _LONG_MELODIES,
        None,
    ),
    (
        "hierdec-mel_16bar",
        "16-bar melodies, a conductor and a decoder",
        HParams(**_SIXTEEN_BARS, **_BAR_BY_BAR, enc_rnn_size=(2048, 2048), free_bits=256.0, max_beta=0.2),
        _LONG_MELODIES,
        None,
    ),
    (
        "hier-mel_16bar",
        "16-bar melodies, hierarchical encoder and decoder",
        HParams(**_SIXTEEN_BARS, **_BAR_BY_BAR, **_HIERARCHICAL, free_bits=256.0, max_beta=0.2),
        _LONG_MELODIES,
        None,
    ),
    (
        "hier-multiperf_vel_1bar_med",
        "a bar of 2 to 8 instruments with velocities",
        _multitrack(1024, 512),
        _BARS,
        (-3, 3),
    ),
    (
        "hier-multiperf_vel_1bar_big",
        "a bar of 2 to 8 instruments with velocities, large",
        _multitrack(2048, 1024),
        _BARS,
        (-3, 3),
    ),
    (
        "hier-multiperf_vel_1bar_med_chords",
        "a bar of 2 to 8 instruments over given chords",
        _multitrack(1024, 512),
        _CHORD_BARS,
        (-3, 3),
    ),
    (
        "hier-multiperf_vel_1bar_big_chords",
        "a bar of 2 to 8 instruments over given chords, large",
        _multitrack(2048, 1024),
        _CHORD_BARS,
        (-3, 3),
    ),
    (
        "groovae_4bar",
        "4 bars of drumming with velocities and microtiming",
        HParams(**_GROOVE, max_seq_len=64),
        dataclasses.replace(_GROOVES, split_bars=4),
        None,
    ),
    (
        "groovae_2bar_humanize",
        "plays a 2-bar drum pattern like a drummer",
        HParams(**_GROOVE),
        dataclasses.replace(_GROOVES, humanize=True),
        None,
    ),
    (
        "groovae_2bar_tap_fixed_velocity",
        "makes 2 bars of drumming of a tapped rhythm",
        HParams(**_GROOVE),
        _TAPS,
        None,
    ),
    (
        "groovae_2bar_tap_fixed_velocity_note_dropout",
        "makes 2 bars of drumming of a tapped rhythm in which taps may be missing",
        HParams(**_GROOVE),
        dataclasses.replace(_TAPS, max_note_dropout_probability=0.8),
        None,
    ),
    (
        "groovae_2bar_add_closed_hh",
        "adds a closed hi-hat to 2 bars of drumming",
        HParams(**_GROOVE),
        dataclasses.replace(_GROOVES, add_instruments=(2,)),
        None,
    ),
    (
        "groovae_2bar_hits_control_tfds",
        "plays given hits of 2 bars in the manner of z",
        HParams(**_GROOVE),
        dataclasses.replace(_GROOVES, hits_as_controls=True),
        None,
    ),
)
PRESETS = {row[0]: Config(*row) for row in _TABLE}
ALIASES = {"groovae_2bar_hits_control": "groovae_2bar_hits_control_tfds"}


def get_preset(name: str) -> Config:
    """The named configuration. Raises UserError for an unknown name, listing the known ones."""
    return pick(PRESETS, ALIASES.get(name, name))
