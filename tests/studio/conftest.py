"""A studio behind a test client."""

import time

import pytest
from midime_scripts.studio.app import make_app
from midime_scripts.studio.studio import Studio
from starlette.testclient import TestClient

from base_vae.readers.limits import DEFAULT_LIMITS
from tests.paths import EXAMPLES

TOKEN = "a-token"
HOST = "127.0.0.1:8765"


class Client(TestClient):
    """The page's side of the studio: every request holds the token."""

    def __init__(self, studio, token=TOKEN):
        super().__init__(
            make_app(studio, TOKEN, [HOST, "localhost:8765"]),
            base_url=f"http://{HOST}",
            headers={"x-studio-token": token} if token else {},
            raise_server_exceptions=False,
        )
        self.studio = studio

    @property
    def state(self):
        return self.get("/api/state").json()

    def bring(self, files, keep=False):
        """Uploads files, {name: bytes}, and waits until they are learned."""
        parts = [("file", (name, data)) for name, data in files.items()]
        answer = self.post("/api/music", files=parts, data={"keep": str(keep).lower()})
        assert answer.status_code == 202, answer.json()
        self.wait()

    def load(self):
        """Loads the base model."""
        self.portal.call(self.studio.load)
        self.wait()

    def wait(self):
        """Waits until the longer work is done."""
        end = time.monotonic() + 400  # other work may run beside
        while self.state["working"]:
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.fixture
def empty():
    """A client of a studio that has not even loaded its base model."""
    with Client(Studio("mel_2bar", DEFAULT_LIMITS, {})) as client:
        yield client


@pytest.fixture(scope="session")
def learned():
    """A client of a studio that has learned the reels: for tests that leave its model as it is."""
    with Client(Studio("mel_2bar", DEFAULT_LIMITS, {"reels": EXAMPLES / "reels"})) as client:
        client.load()
        assert client.post("/api/example", json={"name": "reels"}).status_code == 202
        client.wait()
        yield client
