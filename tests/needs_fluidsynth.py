"""What the tests of sound need."""

import os

import pytest

from base_vae.errors import UserError
from base_vae.music.audio import load_fluidsynth


def require_fluidsynth():
    """Skips a test where the library is missing, saying so; in CI, where it must be there, it fails."""
    try:
        load_fluidsynth()
    except UserError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
