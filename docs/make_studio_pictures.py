"""Makes the pictures of docs/studio.md: the studio in every state, in a headless Chromium.

    make browser-packages && .venv/bin/python docs/make_studio_pictures.py

It needs Node.js and Chromium, as the tests of the page do.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = Path(__file__).with_name("studio_pictures.cjs")
PICTURES = Path(__file__).with_name("studio")
PACKAGES = ROOT / "examples" / "browser"
LONG_NAME = (
    "A song with a name that is much longer than anybody would think, the second version of the year.abc"
)
COLOURS = 128  # of a picture: a quarter of the bytes, and nobody sees it


def main() -> None:
    """Starts a studio, lets the script use it, and keeps what it saw."""
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if not chromium:
        sys.exit("Chromium is needed (Debian: apt-get install chromium; or say where with CHROMIUM=)")
    with tempfile.TemporaryDirectory() as temporary:
        many, raw = Path(temporary) / "songs", Path(temporary) / "pictures"
        many.mkdir()
        raw.mkdir()
        write_many(many)
        command = [sys.executable, ROOT / "scripts" / "midime_studio.py", "--nobrowser", "--port=0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as studio:
            assert studio.stdout is not None
            address = re.search(r"http://\S+", studio.stdout.readline())
            assert address is not None
            try:
                subprocess.run(["node", SCRIPT, PACKAGES, chromium, address[0], many, raw], check=True)
            finally:
                studio.send_signal(signal.SIGINT)
        PICTURES.mkdir(exist_ok=True)
        for file in sorted(raw.glob("*.png")):
            Image.open(file).convert("RGB").quantize(COLOURS).save(PICTURES / file.name, optimize=True)
            print(PICTURES / file.name)


def write_many(folder: Path) -> None:
    """Two hundred songs: the examples again and again, some with odd names, some that cannot be used."""
    tunes = sorted((ROOT / "examples").glob("[hr]*/*.abc"))
    for number in range(195):
        tune = tunes[number % len(tunes)]
        shutil.copy(tune, folder / f"{tune.stem}_{number // len(tunes) + 1}.abc")
    shutil.copy(tunes[0], folder / LONG_NAME)
    (folder / "damaged.mid").write_bytes(b"MThd\0\0\0\6\0\1")
    (folder / "empty.abc").write_bytes(b"")
    (folder / "lyrics.txt").write_text("no music")
    waltz = "X:1\nT:Waltz\nM:3/4\nL:1/4\nK:C\n" + "CEG|cGE|" * 8
    (folder / "waltz.abc").write_text(waltz)


if __name__ == "__main__":
    main()
