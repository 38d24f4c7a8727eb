"""The lock of a run folder: only one process trains in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from base_vae.files import lock, writing

LOCK = ".lock"


@contextmanager
def locked(run_dir: Path) -> Iterator[None]:
    """Holds the lock of a run folder, which is made if missing; a killed process leaves it free.

    Raises:
      UserError: if another process holds it, or the folder cannot be written.
    """
    with writing(run_dir):
        run_dir.mkdir(parents=True, exist_ok=True)
    busy = f"another process trains in {run_dir}: wait until it ends, or take another run_dir"
    with lock(run_dir / LOCK, busy):
        yield
