"""Nobody but its own page can use the studio."""

import re

import pytest
from midime_scripts.studio.app import PAGE
from starlette.routing import Route

from tests.studio.conftest import HOST, TOKEN


def api_routes(client):
    for route in client.app.routes:
        if isinstance(route, Route) and route.path.startswith("/api/"):
            path = route.path.replace("{number:int}", "0").replace("{program:int}", "0")
            path = re.sub(r"\{\w+\}", "x", path)
            for method in sorted(route.methods - {"HEAD"}):
                yield method, path


def test_everything_under_api_asks_for_the_token(empty):
    routes = list(api_routes(empty))
    assert len(routes) > 12
    for method, path in routes:
        for headers in ({"x-studio-token": ""}, {"x-studio-token": "another"}):
            answer = empty.request(method, path, headers=headers, json={})
            assert (answer.status_code, method, path) == (403, method, path)
            assert "asks for its token" in answer.json()["error"]


def test_a_token_in_the_address_reads_and_changes_nothing(empty):
    del empty.headers["x-studio-token"]
    assert empty.get("/api/state", params={"token": TOKEN}).status_code == 200
    assert empty.get("/api/state", params={"token": f"{TOKEN}x"}).status_code == 403
    assert empty.post("/api/cancel", params={"token": TOKEN}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", ""])
@pytest.mark.parametrize("path", ["/", "/page/main.js", "/api/state"])
def test_a_page_of_another_name_is_refused(empty, host, path):
    assert empty.get(path, headers={"host": host}).status_code == 403


def test_localhost_is_this_machine(empty):
    assert empty.get("/", headers={"host": "localhost:8765"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8765", "http://127.0.0.1:8766"]
)
def test_another_origin_is_refused_even_with_the_token(empty, origin):
    assert empty.post("/api/cancel", headers={"origin": origin}).status_code == 403
    assert empty.get("/api/state", headers={"origin": origin}).status_code == 403


def test_its_own_origin_is_not(empty):
    assert empty.post("/api/cancel", headers={"origin": f"http://{HOST}"}).status_code == 200


def test_what_a_browser_calls_cross_site_is_refused(empty):
    for site in ("cross-site", "same-site"):
        assert empty.get("/api/state", headers={"sec-fetch-site": site}).status_code == 403


def test_every_answer_forbids_scripts_from_anywhere_else(empty):
    for path in ("/", "/page/main.js", "/api/state", "/nowhere"):
        headers = empty.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_page_needs_nothing_inline_and_nothing_from_a_network():
    page = (PAGE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    for file in PAGE.rglob("*.*"):
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://(?!127\.0\.0\.1)", text), file
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), file


def test_files_outside_the_page_are_not_served(empty):
    for path in (
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page/..%2fapp.py",
        "/page//etc/passwd",
        "/page/",
    ):
        assert empty.get(path).status_code in (404, 405)


def test_a_request_that_is_too_large_is_refused_before_it_is_read(empty):
    assert empty.post("/api/drag", content=b"x", headers={"content-length": str(2**40)}).status_code == 413

    def endless():
        for _ in range(64):
            yield b"x" * 2**18

    answer = empty.post("/api/drag", content=endless())  # without a length
    assert answer.status_code == 413 and "8 MB are allowed" in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"qpm": NaN}'])
def test_whatever_is_no_request_is_refused_in_a_sentence(empty, body):
    for path in ("/api/take/mid", "/api/command", "/api/favourites", "/api/drag", "/api/example"):
        answer = empty.post(path, content=body)
        assert answer.status_code == 400 and answer.json()["error"]


def test_what_is_not_there_is_said_to_be_so(empty):
    for method, path in (("GET", "/api/files/7"), ("POST", "/api/verbs/play"), ("GET", "/api/model")):
        assert empty.request(method, path, json={}).status_code == 400
    assert empty.post("/api/take/exe", json={}).status_code == 404
    assert empty.get("/api/dragged/x.mid").status_code == 404
    assert empty.get("/api/sound/500").status_code == 404
