"""The personal models of a command: learned from files, or saved ones."""

from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import base_choice, command, limit_flags
from midime_scripts.common.progress import StepProgress

from base_vae.errors import UserError
from base_vae.files import atomic_folder

if TYPE_CHECKING:
    from base_vae.data.collection import Collection
    from base_vae.trained_model import TrainedModel
    from small_vae import PersonalModel
    from small_vae.config import SmallConfig


def named_base(values: flags.FlagValues) -> str | None:
    """The base model that --base names, or the original's flag for it; None where none does."""
    return values.vae_checkpoint_file or values.base


def personalize(
    values: flags.FlagValues, config: "SmallConfig", mode: str, seed: int
) -> "list[PersonalModel]":
    """Learns a model over the base that is named, or over each bundled one that the music of --midi is for.

    Args:
      values: the command's flags.
      config: of the small model.
      mode: "sample", or what takes or makes one piece, for which there is one model.
      seed: of the training.
    """
    from base_vae.loading import load

    paths, limits = command.paths(values.midi), limit_flags.given(values)
    source = named_base(values)
    if source or values.vae_config:
        base = load(source or base_choice.MELODIES, values.vae_config)
        collection = base_choice.collect_or_suggest(base, paths, limits)
        return [_learned(values, base, collection, paths, config, seed)]
    choices = base_choice.choose(paths, limits)
    print(base_choice.in_a_sentence(choices), flush=True)
    if mode != "sample":  # which takes or makes one piece, of one kind
        for sentence in base_choice.would_use(choices, choices[0].base):
            print(sentence, flush=True)
        choices = choices[:1]
    return [_learned(values, load(each.base), each.collection, each.paths, config, seed) for each in choices]


def _learned(
    values: flags.FlagValues,
    base: "TrainedModel",
    collection: "Collection",
    paths: list[str],
    config: "SmallConfig",
    seed: int,
) -> "PersonalModel":
    from base_vae.tunes.song import songs_in
    from small_vae.training import train

    print(collection.report if values.verbose else collection.report.sentence(), flush=True)
    progress = StepProgress("learning")
    songs, _ = songs_in(paths, base.config.converter, limits=limit_flags.given(values))
    personal = train(base, collection, config=config, seed=seed, songs=songs, progress=progress)
    progress.close()
    if values.verbose:
        print(personal.card.splitlines()[-1])
    return personal


def save(models: "list[PersonalModel]", path: str) -> None:
    """Keeps a model in the folder `path`, or each of several in a folder inside it, named after its base."""
    if len(models) == 1:
        models[0].save(path)
        return
    with atomic_folder(path) as folder:
        for personal in models:
            personal.save(folder / personal.base.source)


def load_saved(values: flags.FlagValues, path: Path) -> "PersonalModel":
    """Loads a saved model, over the base that is named, if there is one."""
    import small_vae
    from base_vae.loading import load

    moved = named_base(values)
    return small_vae.load(path, base=load(moved, values.vae_config) if moved else None)


def check_configs(values: flags.FlagValues, personal: "PersonalModel") -> None:
    """Raises UserError unless the models are what --config and --vae_config say."""
    from base_vae.loading import require_config

    if values.config and values.config != personal.config.name:
        raise UserError(f"--config={values.config}, but this model is {personal.config.name}")
    require_config(personal.base.config, values.vae_config or None, personal.base.source)
