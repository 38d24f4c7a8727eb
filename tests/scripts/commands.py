"""The commands, and the files that they write."""

from midime_scripts import (
    groovae,
    latent_constraints,
    latent_transfer,
    midime_fade,
    midime_generate,
    midime_train,
    music_vae_generate,
    music_vae_train,
)

from base_vae.readers.read import read_file

COMMANDS = {
    "groovae": (groovae, groovae.play),
    "latent_constraints": (latent_constraints, latent_constraints.steer),
    "latent_transfer": (latent_transfer, latent_transfer.translate),
    "midime_fade": (midime_fade, midime_fade.fade),
    "midime_generate": (midime_generate, midime_generate.generate),
    "midime_train": (midime_train, midime_train.train_or_evaluate),
    "music_vae_generate": (music_vae_generate, music_vae_generate.generate),
    "music_vae_train": (music_vae_train, music_vae_train.train_or_evaluate),
}


def reset_flags(module):
    """Forgets what the flags of a command's module were given."""
    module.FLAGS.unparse_flags()
    for flag in set(module.FLAGS):
        module.FLAGS[flag].unparse()


def midi_files(path):
    """The MIDI files in a folder, sorted, each of which can be read."""
    files = sorted(path.glob("*.mid"))
    for file in files:
        assert len(read_file(file).as_read) == 1
    return files
