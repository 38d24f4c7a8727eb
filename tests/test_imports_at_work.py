"""What is slow to import is imported where it is used, and nowhere else."""

import importlib
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


def start():
    """Starts TensorFlow as a command does."""
    import gc

    from midime_scripts.common import command, common_flags
    from midime_scripts.common.tensorflow_start import start_tensorflow

    values = command.flag_values()
    common_flags.define_log(values)
    values(["command"])
    start_tensorflow(values)
    hidden = [name for name in ("IPython", "matplotlib", "pandas", "sklearn") if name in sys.modules]
    assert not hidden, hidden
    for name in ("matplotlib.figure", "sklearn.mixture"):
        importlib.import_module(name)
    assert gc.isenabled() and gc.get_freeze_count() > 100_000
    import tensorflow as tf

    assert int(tf.reduce_sum(tf.constant([1, 2]))) == 3


def test_commands_start_tensorflow_without_what_they_do_not_need_and_can_import_it_later():
    run(start)
