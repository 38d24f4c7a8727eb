"""The studio's server: routes that call the library."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from midime_scripts.studio.command_line import command_line
from midime_scripts.studio.fields import Fields
from midime_scripts.studio.guard import Guard
from midime_scripts.studio.instruments import INSTRUMENTS
from midime_scripts.studio.studio import Studio
from midime_scripts.studio.uploads import Song
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from base_vae.errors import UserError

PAGE = Path(__file__).with_name("page")
_MOST_FILES = 2000  # in one go
_LARGEST_UPLOAD = 1024 * 2**20  # bytes of all of them
_MOST_DRAGGED = 32  # MIDI files that may still be dragged out of a page


class Routes:
    """Every route, by the studio that it works on.

    Args:
      studio: models and music.
      start: the first longer work, once the server runs.
    """

    def __init__(self, studio: Studio):
        self._studio = studio
        self._dragged: OrderedDict[str, bytes] = OrderedDict()

    async def state(self, request: Request) -> Response:
        """Returns what the studio holds, and what the page can do with it."""
        from midime_scripts.studio import sound, take

        about = {"sound": await run_in_threadpool(sound.engine), "formats": list(take.FORMATS)}
        return JSONResponse({**self._studio.state(), **about, "instruments": INSTRUMENTS})

    async def events(self, request: Request) -> Response:
        """The state now, and whatever changes."""
        stream = self._studio.events.listen(("state", self._studio.state()))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def bring(self, request: Request) -> Response:
        """Takes files and learns from them; with `keep`, from those before too."""
        self._studio.require_free()
        async with request.form(max_files=_MOST_FILES, max_fields=16) as form:
            files = [value for value in form.getlist("file") if isinstance(value, UploadFile)]
            if not files:
                raise UserError("no file was sent: choose MIDI, ABC or MusicXML files, or a folder of them")
            songs = [
                await run_in_threadpool(self._studio.uploads.keep, file.file, file.filename or "")
                for file in files
            ]
            keep = form.get("keep") == "true"
        self._studio.learn(songs, keep=keep)
        return JSONResponse({}, 202)  # how it goes, the events say

    async def example(self, request: Request) -> Response:
        """Learns from songs that come with the studio."""
        name = Fields(await _json(request)).text("name")
        folder = self._studio.examples.get(name)
        if folder is None:
            known = ", ".join(self._studio.examples) or "none"
            raise UserError(f"there are no examples of that name (there are {known})")
        self._studio.learn([Song(folder, name)])
        return JSONResponse({}, 202)

    async def cancel(self, request: Request) -> Response:
        """Ends learning."""
        self._studio.cancel()
        return JSONResponse({})

    async def file(self, request: Request) -> Response:
        """Returns what the model reads of a file, as a roll."""
        from midime_scripts.studio import reading

        held, number = self._studio.held, request.path_params["number"]
        if held.base is None or number >= len(held.files):
            raise UserError("there is no such file any more: the list has changed")
        roll = partial(reading.roll, held.files[number], held.base.config.converter, self._studio.limits)
        return JSONResponse(await run_in_threadpool(roll))

    async def verb(self, request: Request) -> Response:
        """Music from the model."""
        from midime_scripts.studio.verbs import verbs_of

        model = self._studio.require_model()
        verbs = verbs_of(model)
        function = verbs.get(request.path_params["name"])
        if function is None:
            raise HTTPException(404, f"this model can {', '.join(verbs)}, and not that")
        fields = Fields(await _json(request))
        music = await self._studio.worker.run(partial(function, model, fields))
        return JSONResponse({**music, "model": model.id})

    async def take(self, request: Request) -> Response:
        """A piece as a file."""
        from midime_scripts.studio.notes import from_page
        from midime_scripts.studio.take import FORMATS

        if request.path_params["format"] not in FORMATS:
            raise HTTPException(404, f"a piece can be taken as {', '.join(FORMATS)}")
        make, kind = FORMATS[request.path_params["format"]]
        music = from_page(Fields(await _json(request)))
        return Response(await run_in_threadpool(make, music), media_type=kind)

    async def take_all(self, request: Request) -> Response:
        """Returns several pieces in an archive."""
        from midime_scripts.studio.notes import from_page
        from midime_scripts.studio.take import MOST_PIECES, archive

        rows = Fields(await _json(request)).rows("pieces", MOST_PIECES)
        pieces = [from_page(Fields(row)) for row in rows]
        return Response(await run_in_threadpool(archive, pieces), media_type="application/zip")

    async def drag(self, request: Request) -> Response:
        """Makes a MIDI file ready to be dragged out of the page, and says where it is."""
        from midime_scripts.studio.notes import from_page
        from midime_scripts.studio.take import midi

        data = await run_in_threadpool(midi, from_page(Fields(await _json(request))))
        key = hashlib.sha256(data).hexdigest()[:20]
        self._dragged[key] = data
        while len(self._dragged) > _MOST_DRAGGED:
            self._dragged.popitem(last=False)
        return JSONResponse({"path": f"/api/dragged/{key}.mid"})

    async def dragged(self, request: Request) -> Response:
        """A MIDI file that is dragged out of the page."""
        data = self._dragged.get(request.path_params["key"])
        if data is None:
            raise HTTPException(404, "this piece is not there any more: drag it again")
        return Response(data, media_type="audio/midi")

    async def sound(self, request: Request) -> Response:
        """The notes of an instrument."""
        from midime_scripts.studio.sound import DRUMS, samples

        program = request.path_params["program"]
        if program > DRUMS:
            raise HTTPException(404, f"instruments are numbered from 0 to {DRUMS}")
        return Response(await run_in_threadpool(samples, program), media_type="audio/wav")

    async def model(self, request: Request) -> Response:
        """The personal model, to be kept."""
        return Response(await self._studio.save(), media_type="application/zip")

    async def open_model(self, request: Request) -> Response:
        """Opens a model that was kept."""
        async with request.form(max_files=1, max_fields=1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise UserError("no file was sent: choose the .zip archive that the studio saved")
            await self._studio.open_archive(file.file, Path(file.filename or "a saved model").stem[:80])
        return JSONResponse({})

    async def command(self, request: Request) -> Response:
        """The command line and the Python that make a piece."""
        fields = Fields(await _json(request))
        return JSONResponse(command_line(fields, self._studio.require_model()))


def make_app(studio: Studio, token: str, hosts: list[str], lifespan_work: Any = None) -> Starlette:
    """The studio as an ASGI application.

    Args:
      studio: what it serves.
      token: that every request under /api/ must hold.
      hosts: names, with ports, that it is reached by.
      lifespan_work: an asynchronous function that runs beside the server from its start.
    """
    routes = Routes(studio)
    uploads = {"/api/music", "/api/model"}

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        import asyncio

        studio.events.start()
        work = asyncio.create_task(lifespan_work()) if lifespan_work else None
        try:
            yield
        finally:
            if work:
                work.cancel()
            studio.close()

    get, post = ["GET"], ["POST"]
    return Starlette(
        routes=[
            Route("/", lambda request: FileResponse(PAGE / "index.html"), methods=get),
            Route("/api/state", routes.state, methods=get),
            Route("/api/events", routes.events, methods=get),
            Route("/api/music", routes.bring, methods=post),
            Route("/api/example", routes.example, methods=post),
            Route("/api/cancel", routes.cancel, methods=post),
            Route("/api/files/{number:int}", routes.file, methods=get),
            Route("/api/verbs/{name}", routes.verb, methods=post),
            Route("/api/take/{format}", routes.take, methods=post),
            Route("/api/favourites", routes.take_all, methods=post),
            Route("/api/drag", routes.drag, methods=post),
            Route("/api/dragged/{key}.mid", routes.dragged, methods=get),
            Route("/api/sound/{program:int}", routes.sound, methods=get),
            Route("/api/model", routes.model, methods=get),
            Route("/api/model", routes.open_model, methods=post),
            Route("/api/command", routes.command, methods=post),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[
            Middleware(Guard, token=token, hosts=hosts, uploads=uploads, largest_upload=_LARGEST_UPLOAD)
        ],
        exception_handlers={UserError: _refused, HTTPException: _failed, Exception: _broken},
        lifespan=lifespan,
    )


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise UserError("the request is not JSON") from error


async def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)


async def _broken(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"something went wrong in the studio ({type(error).__name__})"}, 500)
