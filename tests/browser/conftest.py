"""Node, the packages of examples/browser, and a server for folders: what the tests of pages need."""

import functools
import http.server
import os
import shutil
import threading

import pytest

from tests.paths import EXAMPLES

PAGE = EXAMPLES / "browser"


@pytest.fixture(scope="session")
def node():
    """The command `node`, with the packages of the page installed."""
    found = shutil.which("node")
    if not found:
        _missing("Node.js, version 18 or later, is needed (Debian: apt-get install nodejs npm)")
    if not (PAGE / "node_modules" / "axe-core" / "package.json").is_file():
        _missing("the packages of examples/browser are not there: `make browser` fetches them")
    return found


@pytest.fixture(scope="session")
def chromium():
    """A Chromium, that of the environment variable CHROMIUM or the first one installed."""
    names = [os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        _missing("Chromium is needed (Debian: apt-get install chromium; or say where with CHROMIUM=)")
    return found


@pytest.fixture(scope="session")
def serve():
    """Serves a folder on the loopback device until the tests are over; returns its address."""
    servers = []

    def start(folder):
        handler = functools.partial(_Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def _missing(message):
    """Skips the test, saying what to do; in CI, where it must be there, fails."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
