import dataclasses

import numpy as np

from base_vae.checkpoints import model_folder as folder
from base_vae.checkpoints.names import named_weights
from base_vae.converters.drums.maps import first_pitches
from base_vae.training.train import make_model
from recipes.warm_start import partial_weights
from tests.tiny_models import CONFIG, lively_model, reduced


def test_a_model_that_is_told_chords_begins_as_one_that_is_not(tmp_path):
    first = lively_model()
    folder.save(first, CONFIG, tmp_path / "first", "")
    config = reduced("cat-mel_2bar_med_chords")
    sizes = {name: getattr(CONFIG.hparams, name) for name in ("z_size", "enc_rnn_size", "dec_rnn_size")}
    told = make_model(dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, **sizes)))
    partial_weights(str(tmp_path / "first"), config.converter)(told)
    theirs, ours = named_weights(first), named_weights(told)
    assert theirs.keys() == ours.keys()
    for name in theirs.keys() - {"global_step"}:
        rows = theirs[name].shape[0]
        assert np.array_equal(ours[name].numpy()[:rows], theirs[name].numpy())
        assert not np.any(ours[name].numpy()[rows:])


def test_a_model_of_all_drums_reads_each_as_the_drum_that_it_was_taken_for(tmp_path):
    few, all_drums = (reduced(name) for name in ("cat-drums_2bar_small", "nade-drums_2bar_full"))
    first = lively_model(few)
    folder.save(first, few, tmp_path / "first", "")
    sizes = {name: getattr(few.hparams, name) for name in ("z_size", "enc_rnn_size", "dec_rnn_size")}
    model = make_model(
        dataclasses.replace(all_drums, hparams=dataclasses.replace(all_drums.hparams, **sizes))
    )
    partial_weights(str(tmp_path / "first"), all_drums.converter)(model)
    name = next(
        name for name in named_weights(first) if name.startswith("encoder/") and name.endswith("/kernel")
    )
    theirs, ours = (named_weights(each)[name].numpy() for each in (first, model))
    pitches = first_pitches(all_drums.converter.pitch_classes).tolist()
    for pitch, drum in {36: 0, 38: 1, 40: 1, 42: 2, 51: 8}.items():
        assert np.array_equal(ours[pitches.index(pitch)], theirs[drum])
    assert np.array_equal(ours[-1], theirs[-1])
