"""Magenta.js' description of a MusicVAE, a folder's `config.json`, for a configuration of ours.

Checked against the sources of `@magenta/music` 1.23.1: `music_vae/model.ts` and `core/data.ts`.
"""

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
from base_vae.converters.drums.maps import pitch_classes
from base_vae.converters.trio.extraction import MAX_PITCH, MIN_PITCH
from base_vae.errors import UserError
from base_vae.model.hparams import HParams

Spec = dict[str, Any]
CHORDS = "TriadChordEncoder"
HITS = "hits"
STEPS_PER_QUARTER = 4  # what the converters there that say nothing of it are made for


def spec_of(config: Config) -> Spec:
    """The `config.json` of a model for Magenta.js.

    Raises:
      UserError: if such a model cannot run there, with every reason.
    """
    reasons = [*_layer_reasons(config.hparams), *_music_reasons(config)]
    if reasons:
        raise UserError(f"{config.name} cannot run in Magenta.js: {'; '.join(reasons)}")
    converter, hparams = config.converter, config.hparams
    args: Spec = {"numSteps": converter.steps}
    if hparams.decoder_levels:
        args["numSegments"] = hparams.decoder_levels[0]
    kind, more = _converter_spec(converter)
    spec: Spec = {"type": "MusicVAE", "dataConverter": {"type": kind, "args": args | more}}
    if hparams.head == "boolean":
        spec["useBooleanDecoder"] = True
    if getattr(converter, "chord_encoding", None):
        spec["chordEncoder"] = CHORDS
    if getattr(converter, "condition_on_key", False):
        spec["conditionOnKey"] = True
    if isinstance(converter, GrooveConverter) and converter.hits_as_controls:
        spec["extraControls"] = [{"name": HITS, "depth": converter.classes}]
    return spec


def _layer_reasons(hparams: HParams) -> list[str]:
    """Why the layers of a model cannot run there."""
    layers, encoder, levels = len(hparams.enc_rnn_size), hparams.encoder_levels, hparams.decoder_levels
    hierarchical = hparams.encoder == "hierarchical"
    both = hierarchical and bool(levels)
    reasons = {
        "it has no latent space (conditional=False)": not hparams.conditional,
        "its encoder runs forwards only, and encoders there are bidirectional": hparams.encoder == "lstm",
        f"its encoder has {layers} layers, and encoders there have exactly one": layers != 1,
        "its encoder and its decoder must both be flat or both hierarchical": hierarchical != bool(levels),
        f"its hierarchies have {len(encoder)} and {len(levels)} levels, and those there have exactly two": (
            both and (len(encoder), len(levels)) != (2, 2)
        ),
        "the segments of its encoder and of its decoder differ in length": (
            both and encoder[0] != levels[-1]
        ),
        f"the layers of its decoder have {hparams.dec_rnn_size} units, and there all have as many": (
            len(set(hparams.dec_rnn_size)) > 1
        ),
        "its layers add their input to their output (residual)": (
            hparams.residual_encoder or hparams.residual_decoder
        ),
        "its conductor gets the segments as inputs, and conductors there get none": (
            bool(hparams.autoregressive_levels)
        ),
        "its controls go through more than one layer": len(hparams.control_preprocessing_rnn_size) > 1,
        "its controls go through a layer, which starts anew in each segment there": (
            bool(levels) and bool(hparams.control_preprocessing_rnn_size)
        ),
    }
    return [reason for reason, holds in reasons.items() if holds]


def _music_reasons(config: Config) -> list[str]:
    """Why the music of a model cannot be represented there."""
    converter, hparams = config.converter, config.hparams
    if isinstance(converter, MelodyConverter):
        reasons = {"its melodies have an end token": converter.add_end_token}
    elif isinstance(converter, TrioConverter):
        reasons = {"it has one decoder for all three, and there each has its own": not hparams.split_outputs}
    elif isinstance(converter, GrooveConverter):
        reasons = {
            "each of its drums has a step of its own, and decoding there stops after the first ones": (
                converter.split_instruments
            ),
            "its velocities and offsets are choices among bins": converter.num_velocity_bins is not None,
            "its inputs have no velocities, which goes with taps there and with nothing else": (
                converter.fixed_velocities != converter.tapify and not converter.humanize
            ),
        }
    elif isinstance(converter, MultitrackConverter):
        reasons = {
            "its examples are longer than one bar of 4/4": (
                converter.hop_size_bars != 1 or converter.bar != converter.vocabulary.max_shift
            )
        }
    elif isinstance(converter, DrumsConverter):
        reasons = {
            "its inputs are combinations of drums and its outputs rolls": (
                converter.roll_output and not converter.roll_input
            )
        }
    if not isinstance(converter, MultitrackConverter | GrooveConverter):
        steps = converter.steps_per_quarter
        reasons[f"it has {steps} steps a quarter, and music there has {STEPS_PER_QUARTER}"] = (
            steps != STEPS_PER_QUARTER
        )
    return [reason for reason, holds in reasons.items() if holds]


def _converter_spec(converter: Converter) -> tuple[str, Spec]:
    """The type and the arguments of a converter there, but for its steps and segments."""
    if isinstance(converter, MelodyConverter):
        return "MelodyConverter", {"minPitch": converter.min_pitch, "maxPitch": converter.max_pitch}
    if isinstance(converter, TrioConverter):
        pitches = {"minPitch": MIN_PITCH, "maxPitch": MAX_PITCH}
        return "TrioConverter", {"melArgs": pitches, "bassArgs": pitches, "drumsArgs": {}}
    if isinstance(converter, MultitrackConverter):
        return "MultitrackConverter", {
            "stepsPerQuarter": converter.steps_per_quarter,
            "totalSteps": converter.bar,
            "numVelocityBins": converter.num_velocity_bins,
        }
    if isinstance(converter, GrooveConverter):
        settings = {
            "stepsPerQuarter": converter.steps_per_quarter,
            "humanize": converter.humanize,
            "tapify": converter.tapify,
        }
        return "GrooveConverter", settings | {"pitchClasses": pitch_classes(converter.in_use.pitch_classes)}
    if not isinstance(converter, DrumsConverter):
        raise TypeError(f"a {type(converter).__name__} has no counterpart there")
    classes = {"pitchClasses": pitch_classes(converter.pitch_classes)}
    if converter.roll_output:
        return "DrumRollConverter", classes
    return "DrumsConverter" if converter.roll_input else "DrumsOneHotConverter", classes
