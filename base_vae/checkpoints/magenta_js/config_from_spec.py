"""Our configuration for Magenta.js' description of a MusicVAE, a folder's `config.json`.

Checked against the sources of `@magenta/music` 1.23.1: `music_vae/model.ts` and `core/data.ts`.
"""

from collections.abc import Mapping
from typing import Any

from base_vae.checkpoints.architecture import Shapes, architecture, architecture_of
from base_vae.checkpoints.magenta_js.spec_from_config import CHORDS, HITS, STEPS_PER_QUARTER, Spec, spec_of
from base_vae.configs.config import Config
from base_vae.configs.presets import PRESETS
from base_vae.converters import (
    Converter,
    DrumsConverter,
    GrooveConverter,
    MelodyConverter,
    MultitrackConverter,
    TrioConverter,
)
from base_vae.converters.drums.maps import DrumMap, pitch_classes
from base_vae.converters.multitrack.events import PITCHES
from base_vae.converters.trio.extraction import MAX_PITCH, MIN_PITCH
from base_vae.errors import UserError
from base_vae.model.hparams import HParams


def config_of(spec: Spec, shapes: Shapes, name: str) -> Config:
    """The configuration of a model that Magenta.js describes so.

    It is the preset that such a model is of, or else one of the same layers under the name `name`; a folder
    does not hold how a model was trained.

    Args:
      spec: its `config.json`.
      shapes: of its weights by name.
      name: of its folder: it decides where one description fits several presets.

    Raises:
      UserError: if no model here is such a one, with the reason.
    """
    try:
        converter = _converter_of(spec)
        hparams = _hparams_of(spec, converter, architecture_of(shapes))
        config = Config(name, "read from a folder of Magenta.js", hparams, converter)
    except UserError as error:
        raise UserError(f"{name} cannot be read: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise UserError(f"{name}: its config.json is damaged ({type(error).__name__}: {error})") from error
    same = [preset for preset in PRESETS.values() if _is_like(preset, config)]
    named = [preset for preset in same if name.startswith(preset.name)]
    plain = [preset for preset in same if not _hears_less(preset.converter)]
    if named:
        return max(named, key=lambda preset: len(preset.name))
    if plain:
        return plain[0]
    return config


def _converter_of(spec: Spec) -> Converter:
    """The converter of ours that does what one there does; settings of the extraction are the usual ones."""
    kind, args = spec["dataConverter"]["type"], spec["dataConverter"]["args"]
    chords, extra = spec.get("chordEncoder"), spec.get("extraControls") or []
    if chords not in (None, CHORDS):
        raise UserError(f"a chordEncoder {chords!r} is not known here: only {CHORDS} is")
    controls: dict[str, Any] = {
        "chord_encoding": chords and "triad",
        "condition_on_key": bool(spec.get("conditionOnKey")),
    }
    if extra and (kind, [control["name"] for control in extra]) != ("GrooveConverter", [HITS]):
        raise UserError(f"extraControls are known here for the {HITS} of a GrooveConverter only")
    if kind == "MultitrackConverter":
        return _multitracks(args, controls["chord_encoding"])
    spq = args.get("stepsPerQuarter") or STEPS_PER_QUARTER
    bars, left = divmod(int(args["numSteps"]), 4 * spq)
    if kind == "MelodyConverter":
        if left:  # bars of three quarters are not known there
            controls["quarters_per_bar"] = 3
            bars, left = divmod(int(args["numSteps"]), 3 * spq)
        if bars and not left:
            return MelodyConverter(
                slice_bars=bars, min_pitch=args["minPitch"], max_pitch=args["maxPitch"], **controls
            )
    if left or not bars:
        raise UserError(f"numSteps {args['numSteps']} is not a number of whole bars of {4 * spq} steps")
    if kind == "TrioConverter":
        for voice in (args["melArgs"], args["bassArgs"]):
            if (voice["minPitch"], voice["maxPitch"]) != (MIN_PITCH, MAX_PITCH):
                raise UserError(f"melodies and basses of trios must have pitches {MIN_PITCH} to {MAX_PITCH}")
        return TrioConverter(slice_bars=bars, **controls)
    if controls["chord_encoding"] or controls["condition_on_key"]:
        raise UserError(f"a {kind} with chords or keys is not known here")
    drums = _drum_map(args.get("pitchClasses"))
    if kind == "GrooveConverter":
        return _grooves(args, bars, drums, bool(extra))
    rolls = {"DrumsConverter": (True, False), "DrumRollConverter": (True, True)}
    rolls["DrumsOneHotConverter"] = (False, False)
    if kind not in rolls:
        raise UserError(f"a {kind} has no counterpart here")
    roll_input, roll_output = rolls[kind]
    return DrumsConverter(
        slice_bars=bars, pitch_classes=drums, roll_input=roll_input, roll_output=roll_output
    )


def _grooves(args: Spec, bars: int, drums: DrumMap, hits_as_controls: bool) -> GrooveConverter:
    if args.get("splitInstruments"):
        raise UserError(
            "splitInstruments: decoding there gives the first steps only, so there is no such model"
        )
    tapify = bool(args.get("tapify"))
    return GrooveConverter(
        split_bars=bars,
        steps_per_quarter=args.get("stepsPerQuarter") or STEPS_PER_QUARTER,
        pitch_classes="ROLAND" if drums == "REDUCED" else drums,
        inference_pitch_classes=drums,
        humanize=bool(args.get("humanize")),
        tapify=tapify,
        fixed_velocities=tapify,
        hits_as_controls=hits_as_controls,
    )


def _multitracks(args: Spec, chords: str | None) -> MultitrackConverter:
    if (args.get("minPitch") or 0, args.get("maxPitch") or PITCHES - 1) != (0, PITCHES - 1):
        raise UserError(f"a MultitrackConverter must have pitches 0 to {PITCHES - 1}")
    converter = MultitrackConverter(
        num_velocity_bins=args["numVelocityBins"],
        max_num_instruments=args["numSegments"],
        max_events_per_instrument=args["numSteps"] // args["numSegments"],
        steps_per_quarter=args["stepsPerQuarter"],
        chord_encoding=chords,
    )
    if args["totalSteps"] != converter.bar:
        raise UserError(f"totalSteps must be a bar of 4/4, {converter.bar} (received {args['totalSteps']})")
    return converter


def _drum_map(classes: list[list[int]] | None) -> DrumMap:
    """The name of these classes of drums, if they have one, or else they themselves."""
    if not classes:
        return "REDUCED"
    given = tuple(map(tuple, classes))
    return next((name for name in ("REDUCED", "FULL", "ROLAND") if pitch_classes(name) == given), given)


def _hparams_of(spec: Spec, converter: Converter, found: Mapping[str, Any]) -> HParams:
    """Hyperparameters with the layers of a description and of the shapes of the weights."""
    lacking = [name for name in ("z_size", "enc_rnn_size", "dec_rnn_size") if name not in found]
    if lacking:
        raise UserError(
            f"its weights are not those of a MusicVAE: {', '.join(lacking)} cannot be seen in them"
        )
    kind, segments = type(converter), spec["dataConverter"]["args"].get("numSegments")
    layers = {name: found[name] for name in ("z_size", "enc_rnn_size", "dec_rnn_size")}
    layers["control_preprocessing_rnn_size"] = found["control_preprocessing_rnn_size"]
    layers["max_seq_len"] = converter.steps
    if found["nade_num_hidden"]:
        layers |= {"head": "nade", "nade_num_hidden": found["nade_num_hidden"]}
    elif kind is TrioConverter:
        layers |= {"head": "multi_categorical", "split_outputs": True}
    elif kind is GrooveConverter:
        layers["head"] = "groove"
    elif spec.get("useBooleanDecoder"):
        layers["head"] = "boolean"
    if segments:
        length = converter.steps // segments
        layers |= {"encoder": "hierarchical", "encoder_levels": (length, segments)}
        layers["decoder_levels"] = (segments, length)
    return HParams(**layers)


def _is_like(preset: Config, config: Config) -> bool:
    """Whether Magenta.js would describe a preset as it describes `config`."""
    if architecture(preset) != architecture(config) or any(
        getattr(preset.hparams, name) != getattr(config.hparams, name)
        for name in ("head", "encoder_levels", "decoder_levels")
    ):
        return False
    try:
        return _converter_of(spec_of(preset)) == config.converter
    except UserError:
        return False


def _hears_less(converter: Converter) -> bool:
    """Whether a converter leaves out part of the encoder's inputs in a way that Magenta.js does not know."""
    return isinstance(converter, GrooveConverter) and bool(
        converter.add_instruments or converter.max_note_dropout_probability
    )
