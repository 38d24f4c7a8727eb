"""What more than one test file needs."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("steady")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of music and reference figures, MIDIME_SHARED or `shared` beside the repository.

    Without it a test is skipped, saying so; in CI, where it must be there, it fails.
    """
    path = Path(os.environ.get("MIDIME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    if path.is_dir():
        return path
    message = f"no shared music at {path} (set MIDIME_SHARED to where it is)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
