"""Runs the commands of the README and of the pages in docs/, each page in a folder of its own.

    python docs/try_commands.py                      all pages: about a hundred commands, most of an hour
    python docs/try_commands.py README.md docs/guide.md

Training runs end after two steps, and the example tunes stand for the reader's own files. A block of
commands that cannot be tried here has `<!-- not run: REASON -->` above it.
"""

import argparse
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
COMMANDS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
_BLOCK = re.compile(r"(<!-- not run: [^\n]*-->\n)?```sh\n(.*?)```", re.DOTALL)
_MODULE = re.compile(r'```python title="(\w+\.py)"\n(.*?)```', re.DOTALL)
_FOLDERS = ("my_songs", "my_music", "other_music", "midi_files", "held_out", "train_files", "basses")
_TUNES = {
    "hymn": "hymns/ode_to_joy",
    "song": "reels/soldiers_joy",
    "start": "reels/soldiers_joy",
    "piece": "reels/harvest_home",
    "tune": "hymns/dundee",
}


class Command(NamedTuple):
    """A command line of a page.

    Attributes:
      words: of the line.
      is_run: whether it can be tried here.
    """

    words: list[str]
    is_run: bool


def commands_of(page: Path) -> Iterator[Command]:
    """The command lines in the `sh` blocks of a page."""
    for skipped, block in _BLOCK.findall(page.read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield Command(words, not skipped and words[0] in COMMANDS)


def modules_of(page: Path) -> dict[str, str]:
    """The Python modules that a page shows whole, by the names of their files."""
    return dict(_MODULE.findall(page.read_text("utf-8")))


def prepare(folder: Path, page: Path) -> None:
    """Puts what the commands of a page name into a folder."""
    import base_vae

    examples = ROOT / "examples"
    for name in _FOLDERS:
        shutil.copytree(examples / "reels", folder / name)
    shutil.copytree(examples / "configs", folder / "examples" / "configs")
    for name in ("soldiers_joy", "devils_dream"):
        shutil.copy(examples / "reels" / f"{name}.abc", folder)
    for name, tune in _TUNES.items():
        (sequence,) = base_vae.read_music(examples / f"{tune}.abc").sequences
        base_vae.write_midi(sequence, folder / f"{name}.mid")
    base = base_vae.load("mel_2bar")
    (folder / "much_music").mkdir()
    for number, piece in enumerate(base.sample(200, seed=1)):
        base_vae.write_midi(piece, folder / "much_music" / f"{number}.mid")
    for number, name in enumerate("ab"):
        shutil.copy(folder / "much_music" / f"{number}.mid", folder / f"{name}.mid")
    lines = [" ".join(command.words) for command in commands_of(page)]
    if not any(line.startswith("music_vae_train") and "--run_dir=run/" in line for line in lines):
        base.save(folder / "run")
    if not any("--save_model=my_model/" in line for line in lines):
        mine = _personal_model(base, folder)
        mine.save(folder / "my_model")
    (folder / "beats").mkdir()
    for name in ("beat", "drummer", "beats/beat"):
        base_vae.write_midi(_beat(), folder / f"{name}.mid")
    for name, source in modules_of(page).items():
        (folder / name).write_text(source, "utf-8")


def _beat():
    """Eight bars of kick, snare and hi-hat."""
    from base_vae.music.note_sequence import NoteSequence

    sequence = NoteSequence(ticks_per_quarter=220, total_time=16.0)
    sequence.tempos.add(qpm=120.0)
    for eighth in range(64):
        for pitch in (42, 36 + eighth // 2 % 2 * 2) if eighth % 2 == 0 else (42,):
            sequence.notes.add(
                pitch=pitch,
                velocity=70 + 10 * (eighth % 3),
                start_time=eighth / 4,
                end_time=eighth / 4 + 0.1,
                instrument=9,
                is_drum=True,
            )
    return sequence


def _personal_model(base, folder: Path):
    """A personal model of the folder's songs."""
    import small_vae

    return small_vae.personalize(base, folder / "my_songs", seed=1)


def shortened(words: list[str]) -> list[str]:
    """The same command with two training steps only."""
    if words[0] != "music_vae_train" or "--mode=eval" in words or "--config=help" in words:
        return words
    return [*(word for word in words if not word.startswith("--num_steps")), "--num_steps=2"]


def try_page(page: Path) -> list[str]:
    """Runs the commands of a page; returns those that failed, with what they wrote last."""
    failed = []
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), page)
        for command in commands_of(page):
            line = shlex.join(command.words)
            if not command.is_run:
                print(f"      - {line}", flush=True)
                continue
            began, computed = time.monotonic(), _children_seconds()
            done = subprocess.run(
                shortened(command.words),
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            seconds, computed = time.monotonic() - began, _children_seconds() - computed
            outcome = "FAILED" if done.returncode else "ok"
            print(f"{seconds:5.0f} s ({computed:.0f} s of computing) {outcome} {line}", flush=True)
            if done.returncode:
                failed.append(f"{page.name}: {line}\n{done.stdout[-600:]}")
    return failed


def _children_seconds() -> float:
    """Seconds that the commands so far have computed, on all cores."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Tries the pages that are named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="*", default=PAGES)
    failed = []
    for page in parser.parse_args().pages:
        if any(command.is_run for command in commands_of(page)):
            print(page.name, flush=True)
            failed += try_page(page.resolve())
    print("\n\n".join(failed) or "all commands ran")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
