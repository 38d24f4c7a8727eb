"""What is slow to import is imported where it is used, and nowhere else."""

import sys

from tests.child_process import run


def work():
    """Trains, samples, saves and loads a model, a personal one and constraints over it."""
    import tempfile
    from pathlib import Path

    import tensorflow as tf

    import base_vae
    import latent_constraints
    import small_vae
    from base_vae.checkpoints import model_folder
    from tests.tiny_models import CONFIG, lively_model, melodies

    folder = Path(tempfile.mkdtemp())
    model_folder.save(lively_model(), CONFIG, folder / "base", "A base.")
    base = base_vae.load(folder / "base")
    tunes = [CONFIG.converter.decode(array) for array in melodies(12)]
    personal = small_vae.personalize(base, tunes)
    personal.save(folder / "mine")
    assert len(small_vae.load(folder / "mine").sample(2)) == 2
    latent_constraints.train  # noqa: B018  # imports all that training does
    unneeded = [
        name for name in ("tensorflow_probability", "tf_keras", "bokeh", "numba") if name in sys.modules
    ]
    assert not unneeded, unneeded
    base.model.encode(base.tensors(tf.constant(base.arrays(tunes)))).distribution()
    assert "tensorflow_probability" in sys.modules


def test_probability_is_imported_for_distributions_alone():
    run(work)
