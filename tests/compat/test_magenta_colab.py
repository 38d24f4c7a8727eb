"""The calls of the published MusicVAE notebook run, cell by cell, with one changed import."""

import numpy as np
import pytest

from base_vae.checkpoints import model_folder
from base_vae.compat.magenta import (
    MultipleExtractedExamplesError,
    NoExtractedExamplesError,
    TrainedModel,
    configs,
)
from base_vae.compat.magenta.configs import Config
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.music.note_sequence import NoteSequence
from tests.small_music import SCALE, melody
from tests.tiny_models import lively_model, reduced


@pytest.fixture(scope="module")
def mel_2bar():
    config = configs.CONFIG_MAP["cat-mel_2bar_small"]
    return TrainedModel(config, batch_size=4, checkpoint_dir_or_path="mel_2bar")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A small model of a preset, as a notebook has it: its config and the model."""

    def make(name):
        config = Config(reduced(name))
        path = tmp_path_factory.mktemp("models") / "model"
        model_folder.save(lively_model(config.ours), config.ours, path, "")
        return config, TrainedModel(config, batch_size=2, checkpoint_dir_or_path=path)

    return make


def band(bars):
    """Melody, bass and drums on every beat."""
    music = NoteSequence(ticks_per_quarter=220, total_time=2.0 * bars)
    music.tempos.add(qpm=120.0)
    music.time_signatures.add(numerator=4, denominator=4)
    for beat in range(4 * bars):
        for pitch, program, is_drum in (
            (60 + beat % 7, 0, 0),
            (36 + beat % 5, 33, 0),
            (36 + beat % 2 * 2, 0, 1),
        ):
            music.notes.add(
                pitch=pitch,
                velocity=80,
                start_time=beat / 2,
                end_time=beat / 2 + 0.5,
                instrument=9 if is_drum else program,
                program=program,
                is_drum=bool(is_drum),
            )
    return music


def test_every_config_has_what_notebooks_look_at():
    assert {"cat-mel_2bar_big", "hierdec-trio_16bar", "groovae_2bar_hits_control"} <= set(configs.CONFIG_MAP)
    config = configs.CONFIG_MAP["cat-mel_2bar_big"]
    assert (config.hparams.z_size, config.hparams.max_seq_len) == (512, 32)
    converter = config.data_converter
    assert (converter.input_depth, converter.output_depth, converter.control_depth) == (90, 90, 0)
    with pytest.raises(KeyError):
        configs.CONFIG_MAP["cat-mel_3bar"]


def test_samples_of_melodies(mel_2bar):
    np.random.seed(1)
    samples = mel_2bar.sample(n=4, length=32, temperature=0.5)
    assert len(samples) == 4 and all(isinstance(each, NoteSequence) and each.notes for each in samples)
    np.random.seed(1)
    again = mel_2bar.sample(n=4, length=32, temperature=0.5)
    assert samples == again
    assert len(mel_2bar.sample(length=16)) == 4  # a batch
    assert all(note.end_time <= 2.0 for each in mel_2bar.sample(length=16) for note in each.notes)


def test_samples_with_one_z_share_it(mel_2bar):
    same = mel_2bar.sample(n=3, length=32, temperature=0.0, same_z=True)
    assert same[0] == same[1] == same[2]


def test_extracted_melodies_interpolate(mel_2bar):
    converter = configs.CONFIG_MAP["cat-mel_2bar_small"].data_converter
    extracted = []
    for sequence in (melody(SCALE * 2, 0.5), melody(SCALE[::-1] * 2, 0.5)):
        extracted.extend(converter.from_tensors(converter.to_tensors(sequence)[1]))
    assert len(extracted) == 2 and [note.pitch for note in extracted[0].notes] == [*SCALE * 2]
    np.random.seed(3)
    path = mel_2bar.interpolate(extracted[0], extracted[1], num_steps=5, length=32, temperature=0.0)
    assert len(path) == 5
    ours = load("mel_2bar").interpolate(*extracted, num_steps=5)
    assert [[n.pitch for n in each.notes] for each in path] == [
        [n.pitch for n in each.notes] for each in ours
    ]


def test_encoding_gives_z_mu_and_sigma(mel_2bar):
    sequence = melody(SCALE * 2, 0.5)
    z, mu, sigma = mel_2bar.encode([sequence])
    ours = load("mel_2bar").encode([sequence])
    np.testing.assert_allclose(mu, ours.mu, atol=1e-5)
    np.testing.assert_allclose(sigma, ours.sigma, atol=1e-5)
    assert 0 < np.abs((z - mu) / sigma).max() < 6
    tensors = configs.CONFIG_MAP["cat-mel_2bar_small"].data_converter.to_tensors(sequence)
    _, from_tensors, _ = mel_2bar.encode_tensors(tensors.inputs, tensors.lengths, tensors.controls)
    np.testing.assert_allclose(from_tensors, mu, atol=1e-5)


def test_decoding_to_tensors_and_music_agree(mel_2bar):
    z = np.random.default_rng(0).standard_normal((3, 256)).astype(np.float32)
    tensors = mel_2bar.decode_to_tensors(z, length=32, temperature=0.0)
    assert np.shape(tensors) == (3, 32, 90) and np.all(np.sum(tensors, -1) == 1)
    assert mel_2bar._converter.from_tensors(tensors) == mel_2bar.decode(z, length=32, temperature=0.0)
    assert mel_2bar.decode(z, length=32, temperature=0.0) == load("mel_2bar").decode(z)


def test_what_is_not_one_example_is_named(mel_2bar):
    with pytest.raises(MultipleExtractedExamplesError, match="examples are in a sequence"):
        mel_2bar.encode([melody(tuple(SCALE[i] for i in np.random.default_rng(0).integers(0, 8, 64)), 0.5)])
    with pytest.raises(NoExtractedExamplesError, match="no example"):
        mel_2bar.encode([melody(SCALE, 1.0, metres=((0.0, 3, 4),))])


def test_lengths_and_paths_that_cannot_be_are_refused(mel_2bar):
    with pytest.raises(UserError, match="length must be given, at most the model's 32 steps"):
        mel_2bar.sample(n=1)
    with pytest.raises(UserError, match="at most the model's 32 steps \\(received 80\\)"):
        mel_2bar.sample(n=1, length=80)
    config = configs.CONFIG_MAP["cat-mel_2bar_small"]
    with pytest.raises(UserError, match="download checkpoints first"):
        TrainedModel(config, batch_size=4, checkpoint_dir_or_path="gs://bucket/mel_2bar_big.ckpt")
    with pytest.raises(UserError, match="not supported: beam_width"):
        TrainedModel(config, batch_size=4, checkpoint_dir_or_path="mel_2bar", beam_width=3)


@pytest.mark.parametrize(
    "name", ["cat-drums_2bar_small", "nade-drums_2bar_full", "groovae_4bar", "hierdec-trio_16bar"]
)
def test_other_music_goes_in_and_comes_out(tiny, name):
    config, model = tiny(name)
    steps = config.hparams.max_seq_len
    assert len(model.sample(n=3, length=steps, temperature=1.0)) == 3
    extracted = config.data_converter.from_tensors(config.data_converter.to_tensors(band(16))[1])
    _, mu, _ = model.encode(extracted[:1])
    (mean,) = model.decode(mu, length=steps, temperature=0.1)
    assert isinstance(mean, NoteSequence)


def test_chords_steer_a_model_that_takes_them(tiny):
    config, model = tiny("cat-mel_2bar_med_chords")
    depth = config.data_converter.control_depth
    chords = np.eye(depth)[np.repeat([1, 8], 16)]  # 16 steps each
    assert len(model.sample(n=2, length=32, temperature=0.0, c_input=chords)) == 2
    z = np.zeros((1, config.hparams.z_size))
    others = np.eye(depth)[np.repeat([3, 5], 16)]
    one, other = (model.decode_to_tensors(z, 32, 0.0, c_input=each)[0] for each in (chords, others))
    assert not np.array_equal(one, other)
