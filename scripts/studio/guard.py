"""Who may talk to the studio: its own page, opened with its token, and nobody else."""

import secrets
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-studio-token"
_API = "/api/"
_LARGEST_REQUEST = 8 * 2**20  # bytes; what carries files may be larger
_SAFE_METHODS = ("GET", "HEAD")

# No inline script or style, nothing from elsewhere, in nobody's frame.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware in front of everything.

    A page elsewhere can make a browser send requests here, under a name of its own (DNS rebinding) or from
    its own origin. So the name of the host must be this machine's, an origin must be this server's, and
    whatever does something asks for the token, which only the printed address holds.

    Args:
      app: what is behind it.
      token: the secret.
      hosts: names with ports under which the studio is reached, as in the header `Host`.
      uploads: paths whose requests may carry files.
      largest_upload: bytes that such a request may have.
    """

    def __init__(
        self, app: ASGIApp, token: str, hosts: Collection[str], uploads: Collection[str], largest_upload: int
    ):
        self._app, self._token, self._hosts = app, token, frozenset(hosts)
        self._uploads, self._largest_upload = frozenset(uploads), largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what is refused, hands on the rest, and adds headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        problem = self._problem(scope, headers)
        if problem:
            await JSONResponse({"error": problem}, 403)(scope, receive, send_with_headers)
            return
        allowed = self._largest_upload if scope["path"] in self._uploads else _LARGEST_REQUEST
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > allowed:
            await JSONResponse({"error": _too_large(allowed)}, 413)(scope, receive, send_with_headers)
            return
        await self._app(scope, _limited(receive, allowed), send_with_headers)

    def _problem(self, scope: Scope, headers: Headers) -> str | None:
        """Why a request is refused; None where it is not."""
        if headers.get("host") not in self._hosts:
            return "the studio answers under its own address only, the one it printed"
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return "the studio answers its own page only"
        if not scope["path"].startswith(_API):
            return None
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "the studio answers its own page only"
        given = headers.get(TOKEN_HEADER)
        if given is None and scope["method"] in _SAFE_METHODS:  # events and downloads have no headers
            given = QueryParams(scope["query_string"]).get("token")
        if not secrets.compare_digest((given or "").encode(), self._token.encode()):
            return "the studio asks for its token: open the address it printed"
        return None


def _limited(receive: Receive, allowed: int) -> Receive:
    """`receive` that ends a request whose body grows over `allowed` bytes."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > allowed:
            raise HTTPException(413, _too_large(allowed))
        return message

    return limited


def _too_large(allowed: int) -> str:
    return f"that is too much at once: {allowed / 2**20:,.0f} MB are allowed"
