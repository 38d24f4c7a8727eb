"""Songs like mine: the public names of all parts, from one place.

    import midime

    base = midime.load("mel_2bar")
    mine = midime.personalize(base, "examples:reels")
    midime.write_midi(mine.sample(1, seed=1)[0], "reel.mid")

Each name is also in the package that it comes from: `base_vae`, `small_vae` or `latent_constraints`.
"""

from base_vae.lazy import lazy_names

_HOMES = {
    # models, and music in and out
    "load": "base_vae.loading",
    "bundled_models": "base_vae.checkpoints.finding",
    "read_music": "base_vae.readers.read_music",
    "Limits": "base_vae.readers.limits",
    "write_midi": "base_vae.music.midi_file",
    "fade": "base_vae.faders.fading",
    "humanize": "base_vae.grooves.modes",
    "drumify": "base_vae.grooves.modes",
    "add_drums": "base_vae.grooves.modes",
    "add_closed_hh": "base_vae.grooves.modes",
    "transfer_groove": "base_vae.grooves.modes:transfer",
    "control_groove": "base_vae.grooves.modes:control",
    "make_deterministic": "base_vae.determinism",
    "TrainedModel": "base_vae.trained_model",
    "UserError": "base_vae.errors",
    # personal models
    "personalize": "small_vae.training",
    "load_personal": "small_vae.loading:load",
    "PersonalModel": "small_vae.personal_model",
    # constraints and styles
    "train_constraints": "latent_constraints.training:train",
    "load_constraints": "latent_constraints.loading:load",
    "constrain": "latent_constraints.steering",
    "LatentConstraints": "latent_constraints.latent_constraints",
    "train_style_transfer": "latent_constraints.transfer.style_transfer:train",
    "load_style_transfer": "latent_constraints.transfer.style_transfer:load",
    "StyleTransfer": "latent_constraints.transfer.style_transfer",
    # what can be extended
    "ATTRIBUTES": "base_vae.attributes.registry",
    "Attribute": "base_vae.attributes.base",
    "Config": "base_vae.configs.config",
    "Converter": "base_vae.converters.base",
    "Head": "base_vae.model.decoders.heads.base",
    "HParams": "base_vae.model.hparams",
    "load_plugins": "base_vae.plugins",
    "register_attribute": "base_vae.attributes.registry",
    "register_constraint": "latent_constraints.properties",
    "register_converter": "base_vae.converters",
    "register_head": "base_vae.model.decoders.heads",
    "register_preset": "base_vae.configs.presets",
}

__all__ = list(_HOMES)

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
