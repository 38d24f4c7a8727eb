"""Makes docs/ode_to_joy/: Ode to Joy as it is and as a reel, as a picture, MIDI and sound.

    python docs/make_ode_to_joy.py

A style transfer between the hymns and the reels in examples/ is learned first, which takes a minute or two.
The
sound needs FluidSynth and soundfile (the extra `docs`).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

from base_vae import write_midi
from base_vae.files import atomic_outputs
from base_vae.music.audio import render
from base_vae.plots import piano_rolls
from base_vae.readers.read import read_file

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "ode_to_joy"
EXAMPLES = ROOT / "examples"
TITLES = {"hymn": "Ode to Joy", "reel": "Ode to Joy as a reel"}
_TRANSFER = [str(Path(sys.executable).with_name("latent_transfer"))]
_SEED = "--seed=1"
_RATE = 22_050


def make(folder: Path = FOLDER) -> None:
    """Learns the transfer, translates the tune, and writes both with their picture."""
    with tempfile.TemporaryDirectory() as work, atomic_outputs(folder) as out:
        styles = [f"--style_a={EXAMPLES / 'hymns'}", f"--style_b={EXAMPLES / 'reels'}"]
        run, made = f"--run_dir={work}/run", f"{work}/out"
        subprocess.run([*_TRANSFER, "--mode=train", *styles, run, _SEED], check=True)
        tune = f"--midi={EXAMPLES / 'hymns' / 'ode_to_joy.abc'}"
        subprocess.run([*_TRANSFER, "--mode=transform", run, tune, f"--output_dir={made}"], check=True)
        files = {"hymn": "*original.mid", "reel": "*as_b.mid"}
        tunes = {name: read_file(next(Path(made).glob(files[name]))).sequences[0] for name in TITLES}
        for name, tune in tunes.items():
            write_midi(tune, out / f"{name}.mid")
            sound = render(tune, sample_rate=_RATE).mean(1) / 2**15
            soundfile.write(out / f"{name}.ogg", sound, _RATE)
        piano_rolls(list(tunes.values()), out / "ode_to_joy.png", [TITLES[name] for name in tunes])


if __name__ == "__main__":
    make()
