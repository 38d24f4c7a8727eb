"""The studio: one page on this machine to bring songs to, turn the knobs of their model, and hear it."""

if __name__ == "__main__":  # python scripts/midime_studio.py
    import as_a_file  # noqa: F401

import asyncio
import contextlib
import secrets
import socket
import sys
import webbrowser
from pathlib import Path

from absl import flags
from midime_scripts.common import command, limit_flags

from base_vae.errors import UserError
from base_vae.readers.example_tunes import example_folder

USAGE = """
midime_studio: drop your songs on a page, turn the knobs, hear it, take it with you.

  midime_studio
  midime_studio --midi=my_songs/
  midime_studio --model=my_model/ --port=9000 --nobrowser

It prints the address of a page on this machine and opens it. Nothing leaves the machine, and no other page
and no other machine can use it: the address holds a secret. Ctrl-C ends it.

It needs starlette, uvicorn and python-multipart (pip install starlette uvicorn python-multipart). With
FluidSynth (pip install pyfluidsynth, and the system's libfluidsynth3) instruments sound real; without it, a
small synthesizer in the page plays.
"""

FLAGS = command.flag_values()
flags.DEFINE_string(
    "midi",
    None,
    "Songs to begin with: files or folders of MIDI, ABC or MusicXML, separated by commas.",
    flag_values=FLAGS,
)
flags.DEFINE_string("model", None, "A personal model saved earlier, instead of --midi.", flag_values=FLAGS)
flags.DEFINE_string(
    "base", "mel_2bar", "Base model: a bundled name, or a model or run folder.", flag_values=FLAGS
)
flags.DEFINE_integer(
    "port",
    8765,
    "Port of the page; 0 takes any that is free.",
    lower_bound=0,
    upper_bound=65535,
    flag_values=FLAGS,
)
flags.DEFINE_bool("browser", True, "Open the page in the browser.", flag_values=FLAGS)
limit_flags.define(FLAGS)

_HOST = "127.0.0.1"
_EXAMPLES = ("reels", "hymns")


def serve() -> None:
    """Serves the page until Ctrl-C."""
    if FLAGS.midi and FLAGS.model:
        raise UserError("give songs with --midi or a saved model with --model, one of them (see --help)")
    paths = [Path(example_folder(path)).expanduser() for path in command.paths(FLAGS.midi)]
    for path in paths:
        if not path.exists():
            raise UserError(f"--midi={FLAGS.midi}: there is no such file or folder as {path}")
    try:
        import uvicorn
        from midime_scripts.studio.app import make_app
        from midime_scripts.studio.studio import Studio
    except ModuleNotFoundError as error:
        raise UserError(
            f"the studio needs {error.name}: pip install starlette uvicorn python-multipart"
        ) from error
    from midime_scripts.common.tensorflow_start import start_tensorflow

    listening = _listen(FLAGS.port)
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    address = f"http://{_HOST}:{port}/?token={token}"
    studio = Studio(FLAGS.base, limit_flags.given(FLAGS), _examples(), lambda: start_tensorflow(FLAGS))

    async def begin() -> None:
        from midime_scripts.studio.uploads import Song

        print(f"The studio is open: {address}\n(Ctrl-C ends it)", flush=True)
        if FLAGS.browser:
            await asyncio.to_thread(webbrowser.open, address)
        await studio.load()
        if FLAGS.model:
            await studio.open_folder(_model_folder(FLAGS.model))
        elif paths:
            await studio.learn([Song(path, path.name) for path in paths])

    app = make_app(studio, token, [f"{name}:{port}" for name in (_HOST, "localhost")], begin)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=1, server_header=False
    )
    with contextlib.suppress(KeyboardInterrupt):  # which is how it is meant to end
        uvicorn.Server(config).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    """A socket on this machine alone. Raises UserError if the port is taken."""
    # With its protocol named, asyncio sends answers at once: an answer in two parts would wait 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
    except OSError as error:
        listening.close()
        raise UserError(
            f"port {port} cannot be used ({error.strerror}): choose another one with --port, or 0 for any"
        ) from error
    return listening


def _examples() -> dict[str, Path]:
    """The example tunes that the page offers."""
    return {name: Path(example_folder(f"examples:{name}")) for name in _EXAMPLES}


def _model_folder(path: str) -> Path:
    folder = Path(path).expanduser()
    return folder / "model" if (folder / "model").is_dir() else folder


def main() -> None:
    """The console command."""
    sys.exit(command.run(serve, FLAGS, USAGE))


if __name__ == "__main__":
    main()
