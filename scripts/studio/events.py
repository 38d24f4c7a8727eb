"""Server-sent events: every open page is told how far the work is and what the studio holds."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

_MOST_WAITING = 256  # messages of a page that has stopped listening
_ALIVE_SECONDS = 15.0


class Events:
    """A stream of events for all pages; `send` may be called from any thread after `start`."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Takes the running event loop as the one that pages are served in."""
        self._loop = asyncio.get_running_loop()

    def send(self, name: str, data: Any) -> None:
        """Sends an event to every page."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, _message(name, data))

    def _send(self, message: str) -> None:
        for page in self._pages:
            if page.full():
                page.get_nowait()
            page.put_nowait(message)

    async def listen(self, first: tuple[str, Any]) -> AsyncIterator[str]:
        """The text of an event stream: one event now, then all that come, until the page leaves."""
        page: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._pages.add(page)
        try:
            yield _message(*first)
            while True:
                try:
                    yield await asyncio.wait_for(page.get(), _ALIVE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._pages.discard(page)


def _message(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
