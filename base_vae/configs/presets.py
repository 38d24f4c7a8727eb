"""Every named configuration of a MusicVAE, as plain data with a description each."""

import dataclasses
from typing import Any

from base_vae.configs.config import Config
from base_vae.converters import (
    DrumsConverter,
    GrooveConverter,
    MelodyConverter,
    MultitrackConverter,
    TrioConverter,
)
from base_vae.model.hparams import HParams
from base_vae.plugins import register
from base_vae.settings import pick

# Scheduled sampling of the published models of two bars.
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
_WALTZES = dataclasses.replace(_MELODIES, quarters_per_bar=3)
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

PRESETS = {
    config.name: config
    for config in (
        Config(
            name="cat-mel_2bar_small",
            description="2-bar melodies, 4.4 million parameters: trains on a laptop",
            hparams=HParams(**_SMALL, **_SCHEDULED, **_ANNEALED, max_beta=0.2),
            converter=_MELODIES,
            transpose=(-5, 5),
        ),
        Config(
            name="cat-mel_2bar_big",
            description="2-bar melodies, 134 million parameters: the original's published model",
            hparams=HParams(**_BIG, **_SCHEDULED, **_ANNEALED, max_beta=0.5),
            converter=_MELODIES,
            transpose=(-5, 5),
        ),
        Config(
            name="cat-mel_2bar_3beat_small",
            description="2-bar melodies in 3/4 or 6/8, 4.4 million parameters: trains on a laptop",
            hparams=HParams(**_SMALL, **_SCHEDULED, **_ANNEALED, max_beta=0.2, max_seq_len=24),
            converter=_WALTZES,
            transpose=(-5, 5),
        ),
        Config(
            name="cat-mel_2bar_med_chords",
            description="2-bar melodies over given chords",
            hparams=HParams(z_size=256, enc_rnn_size=(1024,), dec_rnn_size=(512,) * 3),
            converter=_CHORD_MELODIES,
            transpose=(-3, 3),
        ),
        Config(
            name="cat-drums_2bar_small",
            description="2-bar drum patterns of 9 drums: trains on a laptop",
            hparams=HParams(**_SMALL, **_SCHEDULED, **_FREE_BITS),
            converter=_DRUMS,
        ),
        Config(
            name="cat-drums_2bar_big",
            description="2-bar drum patterns of 9 drums, large",
            hparams=HParams(**_BIG, **_SCHEDULED, **_FREE_BITS),
            converter=_DRUMS,
        ),
        Config(
            name="nade-drums_2bar_reduced",
            description="2-bar drum patterns of 9 drums, each given the ones before it (NADE)",
            hparams=HParams(**_NADE, **_SCHEDULED, **_FREE_BITS),
            converter=_DRUM_ROLLS,
        ),
        Config(
            name="nade-drums_2bar_full",
            description="2-bar drum patterns of all 61 drums (NADE)",
            hparams=HParams(**_NADE, **_SCHEDULED, **_FREE_BITS),
            converter=dataclasses.replace(_DRUM_ROLLS, pitch_classes="FULL"),
        ),
        Config(
            name="flat-trio_16bar",
            description="16 bars of melody, bass and drums, one decoder",
            hparams=HParams(**_SIXTEEN_BARS, **_TRIO, enc_rnn_size=(2048, 2048), dec_rnn_size=(2048,) * 3),
            converter=_TRIOS,
        ),
        Config(
            name="hierdec-trio_16bar",
            description="16 bars of melody, bass and drums, a conductor and three decoders",
            hparams=HParams(
                **_SIXTEEN_BARS,
                **_TRIO,
                **_BAR_BY_BAR,
                enc_rnn_size=(2048, 2048),
                split_outputs=True,
                free_bits=256.0,
                max_beta=0.2,
            ),
            converter=_TRIOS,
        ),
        Config(
            name="hier-trio_16bar",
            description="16 bars of melody, bass and drums, hierarchical encoder and decoder",
            hparams=HParams(
                **_SIXTEEN_BARS,
                **_TRIO,
                **_BAR_BY_BAR,
                **_HIERARCHICAL,
                split_outputs=True,
                free_bits=256.0,
                max_beta=0.2,
            ),
            converter=_TRIOS,
        ),
        Config(
            name="flat-mel_16bar",
            description="16-bar melodies, one decoder",
            hparams=HParams(
                **_SIXTEEN_BARS,
                enc_rnn_size=(2048, 2048),
                dec_rnn_size=(2048,) * 3,
                free_bits=256.0,
                max_beta=0.2,
            ),
            converter=_LONG_MELODIES,
        ),
        Config(
            name="hierdec-mel_16bar",
            description="16-bar melodies, a conductor and a decoder",
            hparams=HParams(
                **_SIXTEEN_BARS, **_BAR_BY_BAR, enc_rnn_size=(2048, 2048), free_bits=256.0, max_beta=0.2
            ),
            converter=_LONG_MELODIES,
        ),
        Config(
            name="hier-mel_16bar",
            description="16-bar melodies, hierarchical encoder and decoder",
            hparams=HParams(**_SIXTEEN_BARS, **_BAR_BY_BAR, **_HIERARCHICAL, free_bits=256.0, max_beta=0.2),
            converter=_LONG_MELODIES,
        ),
        Config(
            name="hier-multiperf_vel_1bar_med",
            description="a bar of 2 to 8 instruments with velocities",
            hparams=_multitrack(1024, 512),
            converter=_BARS,
            transpose=(-3, 3),
        ),
        Config(
            name="hier-multiperf_vel_1bar_big",
            description="a bar of 2 to 8 instruments with velocities, large",
            hparams=_multitrack(2048, 1024),
            converter=_BARS,
            transpose=(-3, 3),
        ),
        Config(
            name="hier-multiperf_vel_1bar_med_chords",
            description="a bar of 2 to 8 instruments over given chords",
            hparams=_multitrack(1024, 512),
            converter=_CHORD_BARS,
            transpose=(-3, 3),
        ),
        Config(
            name="hier-multiperf_vel_1bar_big_chords",
            description="a bar of 2 to 8 instruments over given chords, large",
            hparams=_multitrack(2048, 1024),
            converter=_CHORD_BARS,
            transpose=(-3, 3),
        ),
        Config(
            name="groovae_4bar",
            description="4 bars of drumming with velocities and microtiming",
            hparams=HParams(**_GROOVE, max_seq_len=64),
            converter=dataclasses.replace(_GROOVES, split_bars=4),
        ),
        Config(
            name="groovae_2bar_humanize",
            description="plays a 2-bar drum pattern like a drummer",
            hparams=HParams(**_GROOVE),
            converter=dataclasses.replace(_GROOVES, humanize=True),
        ),
        Config(
            name="groovae_2bar_tap_fixed_velocity",
            description="makes 2 bars of drumming of a tapped rhythm",
            hparams=HParams(**_GROOVE),
            converter=_TAPS,
        ),
        Config(
            name="groovae_2bar_tap_fixed_velocity_note_dropout",
            description="makes 2 bars of drumming of a tapped rhythm in which taps may be missing",
            hparams=HParams(**_GROOVE),
            converter=dataclasses.replace(_TAPS, max_note_dropout_probability=0.8),
        ),
        Config(
            name="groovae_2bar_add_closed_hh",
            description="adds a closed hi-hat to 2 bars of drumming",
            hparams=HParams(**_GROOVE),
            converter=dataclasses.replace(_GROOVES, add_instruments=(2,)),
        ),
        Config(
            name="groovae_2bar_hits_control_tfds",
            description="plays given hits of 2 bars in the manner of z",
            hparams=HParams(**_GROOVE),
            converter=dataclasses.replace(_GROOVES, hits_as_controls=True),
        ),
    )
}
ALIASES = {"groovae_2bar_hits_control": "groovae_2bar_hits_control_tfds"}


def register_preset(config: Config) -> Config:
    """Adds a configuration of one's own, which `--config` then knows by its name; returns it.

    Raises:
      UserError: if there is another configuration of this name.
    """
    fits = isinstance(config, Config)
    return register(PRESETS, getattr(config, "name", ""), config, "a configuration", fits=fits)


def get_preset(name: str) -> Config:
    """The named configuration. Raises UserError for an unknown name, listing the known ones."""
    return pick(PRESETS, ALIASES.get(name, name))
