"""The same music and the same latents here and in @magenta/music, which runs in Node."""

import base64
import dataclasses
import json
import subprocess
from pathlib import Path

import note_seq
import numpy as np
import pytest
import tensorflow as tf
from note_seq.protobuf import music_pb2

from base_vae.converters import DrumsConverter, GrooveConverter, MultitrackConverter
from base_vae.converters.harmony.chords import chord_id
from base_vae.converters.multitrack.events import read
from base_vae.data.collection import collect
from base_vae.loading import load
from base_vae.settings import override
from base_vae.trained_model import TrainedModel
from small_vae import tensorflow_js
from small_vae.config import get_preset
from small_vae.training import personalize
from tests.browser.conftest import PAGE
from tests.checkpoints.test_magenta_js import small
from tests.tiny_models import lively_model

SCRIPT = Path(__file__).with_name("ask_magenta_js.cjs")
REELS = PAGE.parent / "reels"
CHORDS = ["C", "Am", "F", "G"]
BUNDLED = "mel_2bar"
BOOLEAN = "drums_said_one_by_one"  # no preset has this head
FAST = (BUNDLED, "cat-drums_2bar_small", "hier-mel_16bar", "groovae_4bar")
SLOW = (
    BOOLEAN,
    "cat-mel_2bar_med_chords",
    "nade-drums_2bar_reduced",
    "hier-trio_16bar",
    "hier-multiperf_vel_1bar_med",
    "hier-multiperf_vel_1bar_med_chords",
    "groovae_2bar_humanize",
    "groovae_2bar_tap_fixed_velocity",
    "groovae_2bar_add_closed_hh",
    "groovae_2bar_hits_control_tfds",
)
MODELS = (*FAST, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW))


@dataclasses.dataclass
class Case:
    """A model, examples [n, ...] and latents [n, z_size], what both are told, and what Magenta.js answers."""

    model: TrainedModel
    arrays: np.ndarray
    z: np.ndarray
    like: np.ndarray | None = None
    told: dict | None = None
    answer: dict | None = None

    @property
    def batch(self):
        """The examples as the model takes them, under the controls that Magenta.js is told."""
        controls = self.model._step_controls(self.like, len(self.arrays))
        tensors = self.model.tensors(tf.constant(self.arrays))
        return tensors._replace(controls=None if controls is None else tf.constant(controls))

    def latents(self, inputs=None):
        """Means of the examples here, [n, z_size]; or of other inputs for the encoder."""
        batch = self.batch if inputs is None else self.batch._replace(inputs=tf.constant(inputs))
        return self.model.model.encode(batch).mu.numpy()

    @property
    def heard(self):
        """What the encoder hears, as vectors [n, steps, width]."""
        return self.model.config.converter.spaces.inputs.vectors(self.batch.inputs).numpy()


@pytest.fixture(scope="module", params=MODELS)
def case(request, node, serve, tmp_path_factory):
    """A model, and what Magenta.js answers about it."""
    case, folder = _case(request.param), tmp_path_factory.mktemp("models")
    case.model.export_magenta_js(folder / request.param)
    (case.answer,) = ask(node, folder, [question(case, f"{serve(folder)}/{request.param}")])
    return case


def _case(name):
    if name == BUNDLED:
        base = load(BUNDLED)
        model = _trained(base.model, base.config)
        return Case(model, collect(REELS, model.config.converter).examples[::40], _latents(model))
    if name == BOOLEAN:
        config = small("nade-drums_2bar_reduced")
        config = dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, head="boolean"))
    else:
        config = small(name)
    model = _trained(_lively(config), config)
    case = Case(model, _examples(model), _latents(model))
    converter = config.converter
    if getattr(converter, "chord_encoding", None):
        chords = CHORDS[:1] if isinstance(converter, MultitrackConverter) else CHORDS
        case.like = converter.controls_from_chords(np.array([chord_id(chord) for chord in chords]))
        case.told = {"chordProgression": chords}
    elif converter.spaces.controls:  # the hits of the first example for all
        case.like = case.arrays[:1]
        case.told = {"extraControls": {"hits": packed(case.batch.controls[0])}}
    return case


def _trained(model, config):
    """A model for use without XLA, which takes longer to compile than these few examples."""
    trained = TrainedModel(model, config)
    trained._decode = tf.function(trained._decode_latents, autograph=False)
    return trained


def _latents(model):
    """As many as are decoded at once."""
    return np.random.default_rng(1).normal(size=(8, model.z_size)).astype("f4")


def _lively(config):
    """A model with random weights; one with many kinds of events says more than one of them."""
    model = lively_model(config)
    if isinstance(config.converter, MultitrackConverter):
        core = model.decoder.core
        core.head.projection.kernel.assign(4.0 * core.head.projection.kernel)
        for layer in core.stack.layers:
            layer.weights[1].assign(3.0 * layer.weights[1])
    return model


def _examples(model):
    """Three examples that both converters can tell: silent steps, no note before the beginning."""
    converter = model.config.converter
    if isinstance(converter, DrumsConverter):
        hits = np.random.default_rng(0).random((3, *converter.shape)) < 0.06
        assert np.any(hits.sum(-1) == 0) and np.any(hits.sum(-1) > 1)
        return hits.astype(np.uint8)
    arrays = model.decode_arrays(_latents(model), temperature=1.0)[:3]
    if isinstance(converter, GrooveConverter):
        arrays[:, 0, :, 2] = -np.abs(arrays[:, 0, :, 2])
        for drum in converter.add_instruments:  # Magenta.js would hear what is to be added
            arrays[:, :, drum] = 0.0
    return arrays


def question(case, url):
    return {
        "url": url,
        "tensors": [packed(tensor) for tensor in case.heard],
        "sequences": [sent(case.model.config.converter, array) for array in case.arrays],
        "z": packed(case.z),
        "controls": case.told,
    }


def ask(node, folder, questions):
    """Magenta.js' answers; see ask_magenta_js.cjs."""
    asked, answered = folder / "questions.json", folder / "answers.json"
    asked.write_text(json.dumps(questions))
    command = [node, SCRIPT, PAGE, asked, answered]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(answered.read_text())


def packed(array):
    array = np.ascontiguousarray(array, "<f4")
    return {"shape": array.shape, "data": base64.b64encode(array.tobytes()).decode()}


def unpacked(tensor):
    return np.frombuffer(base64.b64decode(tensor["data"]), "<f4").reshape(tensor["shape"])


def joined(tensors):
    return np.concatenate([unpacked(tensor) for tensor in tensors])


def sent(converter, array):
    """An example's notes as Magenta.js takes them: quantised, but for grooves."""
    sequence = converter.decode(array)
    if not isinstance(converter, GrooveConverter):
        sequence = note_seq.quantize_note_sequence(sequence, converter.steps_per_quarter)
    return base64.b64encode(sequence.SerializeToString()).decode()


def notes(sequence, converter):
    """Pitch, start and end of each note in steps; of grooves also the velocity, none before the beginning."""
    if isinstance(converter, GrooveConverter):
        times = [(max(note.start_time, 0.0) * 8, note.end_time * 8) for note in sequence.notes]
        return sorted(
            (note.pitch, *np.round(time, 3).tolist(), note.velocity)
            for note, time in zip(sequence.notes, times, strict=True)
        )
    if not sequence.quantization_info.steps_per_quarter:
        sequence = note_seq.quantize_note_sequence(sequence, converter.steps_per_quarter)
    return sorted((note.pitch, note.quantized_start_step, note.quantized_end_step) for note in sequence.notes)


def notes_of_ids(ids, converter):
    """The same of the ids of a bar of several instruments."""
    found, _, _ = read(ids.reshape(converter.segments, -1), converter.bar, converter.vocabulary)
    return sorted(zip(found.pitch.tolist(), found.start.tolist(), found.end.tolist(), strict=True))


def test_the_same_steps_have_the_same_latents(case):
    np.testing.assert_allclose(joined(case.answer["latentsOfTensors"]), case.latents(), atol=1e-5)


def test_the_same_sequences_have_the_same_latents(case):
    heard, there = case.heard, np.stack([unpacked(tensor) for tensor in case.answer["tensors"]])
    latents = joined(case.answer["latentsOfSequences"])
    if not isinstance(case.model.config.converter, DrumsConverter):
        np.testing.assert_allclose(there, heard, atol=1e-4)
        np.testing.assert_allclose(latents, case.latents(), atol=1e-3)
        return
    # Magenta.js 1.23.1 sets the last number of a step, 1 where no drum is hit, one step too early
    # (`drumRoll.set(1, i, -1)` in core/data.ts). All else is the same.
    np.testing.assert_array_equal(there[..., :-1], heard[..., :-1])
    np.testing.assert_array_equal(there[:, :-1, -1], heard[:, 1:, -1])
    np.testing.assert_allclose(latents, case.latents(there), atol=1e-3)


def test_the_same_latents_have_the_same_music(case):
    converter = case.model.config.converter
    controls = case.model._step_controls(case.like, len(case.z))
    here = case.model._decode(tf.constant(case.z), 0.0, tf.constant([0, 0]), controls)
    said = converter.spaces.outputs.vectors(here).numpy()
    np.testing.assert_allclose(unpacked(case.answer["said"]), said, atol=1e-4)

    there = [music_pb2.NoteSequence.FromString(base64.b64decode(piece)) for piece in case.answer["music"]]
    if isinstance(converter, MultitrackConverter):
        # As the ids say it: a NoteSequence here leaves out notes that no room is left to end.
        music = [notes_of_ids(np.asarray(ids), converter) for ids in here]
    else:
        music = [notes(converter.decode(a), converter) for a in converter.assemble(here, controls)]
    assert [notes(piece, converter) for piece in there] == music
    assert sum(map(len, music)) >= len(case.z)


def test_quantised_weights_are_heard_and_said_nearly_the_same(node, serve, tmp_path):
    exact = _case(BUNDLED)
    exact.model.export_magenta_js(tmp_path / "small", quantize="uint16")
    (answer,) = ask(node, tmp_path, [question(exact, f"{serve(tmp_path)}/small")])
    distance = np.linalg.norm(joined(answer["latentsOfTensors"]) - exact.latents(), axis=1)
    assert np.all(distance < 1e-2 * np.linalg.norm(exact.latents(), axis=1))
    arrays = unpacked(answer["said"]).argmax(-1)
    assert np.mean(arrays == exact.model._decode(tf.constant(exact.z), 0.0, tf.constant([0, 0]), None)) > 0.95


def test_a_personal_model_runs_as_layers_models(node, serve, tmp_path):
    settings = get_preset("ae-mel_2bar")
    settings = dataclasses.replace(settings, hparams=override(settings.hparams, "num_steps=20"))
    reels = personalize(load("mel_2bar"), REELS, config=settings, seed=1)
    tensorflow_js.save(reels, tmp_path / "reels", quantize="uint8")
    rng = np.random.default_rng(3)
    knobs, z, noise = rng.normal(size=(5, 4)), rng.normal(size=(5, 256)), rng.normal(size=(5, 256))
    url = f"{serve(tmp_path)}/reels/personal"
    (there,) = ask(
        node, tmp_path, [{"url": url, "knobs": packed(knobs), "z": packed(z), "noise": packed(noise)}]
    )
    np.testing.assert_allclose(unpacked(there["decoded"]), reels.decode_latents(knobs), atol=1e-4)
    mu, sigma = reels.model.encode(tf.constant(z, tf.float32))
    np.testing.assert_allclose(unpacked(there["mu"]), mu, atol=1e-4)
    np.testing.assert_allclose(unpacked(there["sigma"]), sigma, atol=1e-4)
    np.testing.assert_allclose(unpacked(there["varied"]), noise @ reels.spread, atol=1e-4)
    about = json.loads((tmp_path / "reels" / "personal" / "personal.json").read_text())
    assert about["knobs"] == 4
    np.testing.assert_allclose(about["mixture"]["means"], reels.mixture.means)
