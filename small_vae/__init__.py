"""The personal model: a few numbers for where one person's music lives in a MusicVAE's latent space.

    import base_vae, small_vae
    mine = small_vae.personalize(base_vae.load("mel_2bar"), "my_songs/")
    new = mine.sample(5)

`new` are NoteSequences; note_seq.note_sequence_to_midi_file writes them.
"""

from base_vae.lazy import lazy_names

__all__ = ["PersonalModel", "load", "personalize"]

_HOMES = {
    "PersonalModel": "small_vae.personal_model",
    "load": "small_vae.loading",
    "personalize": "small_vae.training",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
