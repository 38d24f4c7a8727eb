"""What the studio holds, one model for all pages, and the longer work on it: learning, opening, saving."""

import asyncio
import dataclasses
import shutil
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from midime_scripts.common import base_choice
from midime_scripts.studio.events import Events
from midime_scripts.studio.uploads import Song, Uploads, pack_model, unpack_model
from midime_scripts.studio.worker import CancelledError, Task, Worker

from base_vae.errors import UserError
from base_vae.readers.limits import Limits

if TYPE_CHECKING:
    from midime_scripts.studio.model import StudioModel
    from midime_scripts.studio.reading import ReadFile

    from base_vae.trained_model import TrainedModel
    from small_vae import PersonalModel

_OTHER_BASES = (
    f"; songs in 3/4 or 6/8 and drums have bases of their own: midime_studio --base={base_choice.WALTZES}, "
    f"or --base={base_choice.DRUMS}"
)
_MOST_SONGS = 5000
_SEED = 0  # of the training; the command line's `midime_train` has the same


@dataclasses.dataclass(frozen=True)
class Held:
    """A snapshot, replaced as a whole by the working thread and read by everyone.

    Attributes:
      base: the base model; None until it is loaded.
      songs: files and folders of the user's.
      files: what became of each file in them.
      model: the personal model; None before there is any.
      working: stage, done and total of the longer work in progress.
      problem: what went wrong last.
    """

    base: "TrainedModel | None" = None
    songs: tuple[Song, ...] = ()
    files: "tuple[ReadFile, ...]" = ()
    model: "StudioModel | None" = None
    working: tuple[str, int, int] | None = None
    problem: str | None = None


class Studio:
    """The models and the music of one person.

    Args:
      base: name or folder of the base model.
      limits: how large files may be.
      examples: songs that can be tried, by name.
      start_tensorflow: called in the working thread before anything else there.
    """

    def __init__(
        self,
        base: str,
        limits: Limits,
        examples: dict[str, Path],
        start_tensorflow: Callable[[], None] = lambda: None,
    ):
        self.events, self.worker, self.limits, self.examples = Events(), Worker(), limits, examples
        self.held = Held()
        self._folder = tempfile.TemporaryDirectory(prefix="midime-studio-")
        self.uploads = Uploads(Path(self._folder.name))
        self._base, self._start_tensorflow = base, start_tensorflow
        self._task: Task | None = None
        self._running: asyncio.Task[None] | None = None  # kept, or it would be collected as it runs

    def state(self) -> dict[str, Any]:
        """The state that a page shows, as plain data."""
        from midime_scripts.studio.reading import summary

        held = self.held
        return {
            "ready": held.base is not None,
            "working": held.working,
            "problem": held.problem,
            "files": [file.for_page() for file in held.files],
            "summary": summary(held.files),
            "model": held.model.for_page() if held.model else None,
            "examples": list(self.examples),
        }

    def load(self) -> asyncio.Task[None]:
        """Loads the base model. Like all longer work, it begins at once, and its task ends without errors.

        Raises:
          UserError: if there is longer work already.
        """
        return self._begin(self._load_base)

    def learn(self, songs: Sequence[Song], *, keep: bool = False) -> asyncio.Task[None]:
        """Makes a personal model of songs, together with the present ones if those are kept."""
        return self._begin(partial(self._learn_or_go_back, tuple(songs), keep))

    def open_folder(self, folder: Path) -> asyncio.Task[None]:
        """Opens a saved model."""
        return self._begin(partial(self._open, folder, folder.name, moved=False))

    async def open_archive(self, file: BinaryIO, name: str) -> None:
        """Opens a model that the page saved."""
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        try:
            unpack_model(file, folder, self.limits)
            await self._begin(partial(self._open, folder, name, moved=True))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def save(self) -> bytes:
        """The personal model as a .zip archive. Raises UserError where there is none."""
        return await self.worker.run(self._save)

    def cancel(self) -> None:
        """Ends the longer work in progress."""
        if self._task:
            self._task.cancel()

    def close(self) -> None:
        """Removes what was kept on disk."""
        self.cancel()
        self.worker.close()
        self._folder.cleanup()

    def require_model(self) -> "StudioModel":
        """The model. Raises UserError where there is none yet."""
        if self.held.model is None:
            raise UserError("there is no model yet: bring your music, or open a model that you saved")
        return self.held.model

    def require_free(self) -> None:
        """Raises UserError where there is longer work already."""
        if self._task:
            raise UserError("the studio is at work already: wait for it, or cancel it")

    def _begin(self, work: Callable[[Task], None]) -> asyncio.Task[None]:
        self.require_free()
        self._task = Task(self._announce, self.worker.run_waiting)
        self._running = asyncio.create_task(self._work(work, self._task))
        return self._running

    async def _work(self, work: Callable[[Task], None], task: Task) -> None:
        """Runs longer work in the working thread; the pages are told how it ends."""
        try:
            self._replace(working=("Getting ready", 0, 0), problem=None)
            await self.worker.run(partial(work, task))
        except CancelledError:
            pass  # the state before is the state after
        except UserError as error:
            self._replace(problem=str(error))
        except Exception as error:
            traceback.print_exc()
            self._replace(problem=f"something went wrong in the studio ({type(error).__name__}: {error})")
        finally:
            self._task = None
            self._replace(working=None)

    def _replace(self, **changes: Any) -> None:
        self.held = dataclasses.replace(self.held, **changes)
        self.events.send("state", self.state())

    def _announce(self, stage: str, done: int, total: int) -> None:
        self.held = dataclasses.replace(self.held, working=(stage, done, total))
        self.events.send("working", self.held.working)

    def _load_base(self, task: Task) -> None:
        task.step("Starting TensorFlow")
        self._start_tensorflow()
        from base_vae.loading import load

        task.step("Loading the base model")
        self.held = dataclasses.replace(self.held, base=load(self._base))

    def _require_base(self) -> "TrainedModel":
        if self.held.base is None:
            raise UserError("the base model could not be loaded: see the terminal that the studio runs in")
        return self.held.base

    def _learn_or_go_back(self, songs: tuple[Song, ...], keep: bool, task: Task) -> None:
        """Learns; where that is cancelled, the songs from before are back."""
        before = self.held
        try:
            self._learn(songs, keep, task)
        except CancelledError:
            self._replace(songs=before.songs, files=before.files)
            raise
        finally:
            now = self.held.songs
            self.uploads.forget([song for song in (*before.songs, *songs) if song not in now])

    def _learn(self, songs: tuple[Song, ...], keep: bool, task: Task) -> None:
        from midime_scripts.studio.model import prepare
        from midime_scripts.studio.reading import read

        from small_vae.config import get_preset
        from small_vae.training import train

        base = self._require_base()
        songs = (*self.held.songs, *songs) if keep else songs
        if len(songs) > _MOST_SONGS:
            raise UserError(f"{len(songs):,} songs are more than the {_MOST_SONGS:,} that the studio holds")
        reading = read(songs, base.config.converter, self.limits, task)
        self._replace(songs=songs, files=tuple(reading.files))
        if reading.collection is None:
            raise UserError(
                "there is no music in these files that can be learned from: see the list for why"
                + (_OTHER_BASES if self._base == base_choice.MELODIES else "")
            )
        config = get_preset("ae-mel_2bar")
        total = config.hparams.num_steps
        task.step("Learning", 0, total)
        personal = train(
            base,
            reading.collection,
            config=config,
            songs=reading.songs,
            seed=_SEED,
            progress=lambda step, losses: task.step("Learning", min(step, total), total),
        )
        used = sum(file.reason is None for file in reading.files)
        name = "your song" if used == 1 else f"your {used} songs"
        model = prepare(personal, name, task, reading)
        self.held = dataclasses.replace(self.held, model=model)

    def _open(self, folder: Path, name: str, task: Task, *, moved: bool) -> None:
        from midime_scripts.studio.model import prepare

        import small_vae

        task.step("Opening the model")
        # What an archive says about where its base is, is not followed: it is this base or none.
        personal = small_vae.load(folder, base=self._require_base() if moved else None)
        model = prepare(personal, name, task)
        self.uploads.forget(self.held.songs)
        self._replace(model=model, songs=(), files=(), base=personal.base)

    def _save(self) -> bytes:
        with tempfile.TemporaryDirectory(dir=self._folder.name) as folder:
            personal: PersonalModel = self.require_model().personal
            personal.save(str(Path(folder) / "model"))
            return pack_model(Path(folder) / "model")
