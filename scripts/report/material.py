"""The material of pictures: models, music and where it lies, each made ready at its first use."""

import collections
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from absl import flags
from midime_scripts.common import command, common_flags, limit_flags
from midime_scripts.common.arguments import saved_folder
from midime_scripts.common.inputs import controls_for
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.checkpoints import finding
from base_vae.converters import Converter, without_limits
from base_vae.data.collection import Collection, collect
from base_vae.errors import UserError

if TYPE_CHECKING:
    from base_vae.array_model import Latents
    from base_vae.trained_model import TrainedModel
    from small_vae import PersonalModel

DEFAULT_BASE = "mel_2bar"
_BACKGROUND = 1000  # pieces
_CACHED = "cache/*/examples.npy"


class Material:
    """The models and music that the flags of `latent_plot` name. TensorFlow starts with the first model.

    Args:
      values: the flags.
    """

    def __init__(self, values: flags.FlagValues):
        self.flags = values
        self.limits = limit_flags.given(values)

    @functools.cached_property
    def run_dir(self) -> Path:
        """The run folder. Raises UserError without one."""
        if not self.flags.run_dir:
            raise UserError("training curves need a run folder of music_vae_train: give --run_dir")
        return Path(self.flags.run_dir).expanduser()

    @functools.cached_property
    def has_personal(self) -> bool:
        """Whether there is a personal model."""
        return self._personal_folder is not None

    @functools.cached_property
    def personal(self) -> "PersonalModel":
        """The personal model. Raises UserError where none is named."""
        if self._personal_folder is None:
            raise UserError(
                "a personal model is needed: give --model, a folder that midime_generate --save_model made, "
                "or a run folder of midime_train"
            )
        start_tensorflow(self.flags)
        import small_vae
        from base_vae.loading import load

        moved = self.flags.checkpoint_file
        return small_vae.load(self._personal_folder, base=load(moved) if moved else None)

    @functools.cached_property
    def knob_words(self) -> list[str]:
        """The effects of each knob of the personal model, strongest first."""
        from small_vae.knobs import weigh_knobs

        weights = self.personal.weights or weigh_knobs(self.personal, seed=self.flags.seed)
        return weights.describe()

    @functools.cached_property
    def base(self) -> "TrainedModel":
        """The base model: the one named, the personal model's own, that of the run, or the bundled one."""
        if self.has_personal:
            return self.personal.base
        start_tensorflow(self.flags)
        from base_vae.loading import load

        run = self.flags.run_dir and common_flags.of_step(self.flags.run_dir, self.flags.step)
        source = self.flags.checkpoint_file or run or DEFAULT_BASE
        return load(source, self.flags.config)

    @functools.cached_property
    def converter(self) -> Converter:
        """The converter of the configuration, where only that is named, or of the base."""
        named = (self.flags.checkpoint_file, self.flags.run_dir, self.flags.model)
        if self.flags.config and not any(named):
            from base_vae.configs.toml_file import find_config

            return find_config(self.flags.config).converter.in_use
        return self.base.config.converter.in_use

    @functools.cached_property
    def music(self) -> Collection:
        """The examples in the user's music. Raises UserError without any."""
        if not self.flags.examples_path:
            raise UserError("music is needed: give --examples_path, files or folders of it")
        return collect(
            command.paths(self.flags.examples_path), without_limits(self.converter), limits=self.limits
        )

    @functools.cached_property
    def files(self) -> list[str]:
        """The file of each example in `music`, or its number where a file holds several pieces."""
        used = self.music.report.used
        alone = all(file.sequences == 1 for file in used)
        return [Path(used[i].name).stem if alone else f"piece {i + 1}" for i in self.music.sources]

    def some(self, n: int) -> tuple[np.ndarray, list[str]]:
        """`n` examples at most, and a name for each: of `music`, from the middle of as many pieces.

        Without any music of the user's, of the background.
        """
        if not self.flags.examples_path:
            examples, name = self.background
            return examples[:n], [f"{name}, {i + 1}" for i in range(min(n, len(examples)))]
        sources = self.music.sources
        counts: collections.Counter = collections.Counter()
        turn = np.zeros(len(sources), int)  # of each example within its piece
        for i, source in enumerate(sources.tolist()):
            turn[i] = counts[source]
            counts[source] += 1
        middle = np.array([counts[source] // 2 for source in sources.tolist()])
        chosen = np.sort(np.lexsort((sources, np.abs(turn - middle)))[:n])  # a piece may begin with an upbeat
        return self.music.examples[chosen], [f"{self.files[i]}, example {turn[i] + 1}" for i in chosen]

    @functools.cached_property
    def latents(self) -> "Latents":
        """Base posteriors of `music`."""
        return self.base.encode_arrays(np.asarray(self.music.examples))

    @functools.cached_property
    def background(self) -> tuple[np.ndarray, str]:
        """Examples of other music, and what they are: --data_path, the run's training music, or samples."""
        rng = np.random.default_rng(self.flags.seed)
        if self.flags.data_path:
            paths = command.paths(self.flags.data_path)
            examples, name = collect(paths, self.converter, limits=self.limits).examples, "other music"
        elif cached := self._cached():
            examples, name = np.load(cached[0], mmap_mode="r"), "training music"
        else:
            z = self.base.prior.draw(_BACKGROUND, self.flags.seed)
            music = self.music.examples if self.flags.examples_path else None
            return self.base.decode_arrays(
                z, temperature=0.5, seed=self.flags.seed, controls=controls_for(self.base, music, len(z))
            ), "samples of the base"
        rows = np.sort(rng.permutation(len(examples))[:_BACKGROUND])
        return np.asarray(examples[rows]), name

    @functools.cached_property
    def many(self) -> tuple[np.ndarray, str]:
        """Examples for figures over much music: the user's, else the background."""
        if self.flags.examples_path:
            return np.asarray(self.music.examples), "your music"
        return self.background

    def _cached(self) -> list[Path]:
        if not self.flags.run_dir or self.has_personal:
            return []
        return sorted(Path(self.flags.run_dir).expanduser().glob(_CACHED))

    @functools.cached_property
    def _personal_folder(self) -> Path | None:
        """The folder of the personal model, if there is one; a run folder may be of either kind."""
        if self.flags.model:
            return saved_folder(self.flags.model)
        if not self.flags.run_dir:
            return None
        start_tensorflow(self.flags)

        path = Path(self.flags.run_dir).expanduser() / "model"
        if not (path / finding.CONFIG).is_file():
            return None
        return path if finding.read_json(path / finding.CONFIG).get("kind") == "small_vae" else None
