import dataclasses

import numpy as np

from base_vae.checkpoints import model_folder as folder
from base_vae.checkpoints.names import named_weights
from base_vae.training.train import make_model
from recipes.warm_start import partial_weights
from tests.tiny_models import CONFIG, lively_model, reduced


def test_a_model_that_is_told_chords_begins_as_one_that_is_not(tmp_path):
    first = lively_model()
    folder.save(first, CONFIG, tmp_path / "first", "")
    config = reduced("cat-mel_2bar_med_chords")
    sizes = {name: getattr(CONFIG.hparams, name) for name in ("z_size", "enc_rnn_size", "dec_rnn_size")}
    told = make_model(dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, **sizes)))
    partial_weights(str(tmp_path / "first"))(told)
    theirs, ours = named_weights(first), named_weights(told)
    assert theirs.keys() == ours.keys()
    for name in theirs.keys() - {"global_step"}:
        rows = theirs[name].shape[0]
        assert np.array_equal(ours[name].numpy()[:rows], theirs[name].numpy())
        assert not np.any(ours[name].numpy()[rows:])
