"""Trains the bundled model `mel_2bar` from scratch.

    python -m benchmarks.train_mel_2bar --data=../shared/data --run_dir=runs/mel_2bar

A run that was stopped goes on where it was. `benchmarks.judge_mel_2bar` judges the result and bundles it.
"""

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np

from base_vae.settings import override
from base_vae.training.evaluation import evaluate
from base_vae.training.train import RunSettings, train
from benchmarks import mel_2bar_data

RECIPE = "batch_size=256,optimizer=muon,learning_rate=0.002,beta_rate=0.9995,sampling_rate=700"
# Until which step, and how hard the KL is pressed: first to learn to remember, then to tidy the latent space.
STAGES = ((2800, "max_beta=0.2"), (4800, "max_beta=0.28,cooldown_steps=2000"))


def main() -> None:
    """Reads the music, trains, and prints the figures on the validation set by kind of track."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with pop909/ and abc_tunes/")
    parser.add_argument("--run_dir", type=Path, required=True, help="checkpoints and the model go here")
    parser.add_argument("--hparams", default="", help="changes to the recipe, name=value,name=value")
    args = parser.parse_args()
    training, validation = mel_2bar_data.load(args.data)
    print({kind: len(examples) for kind, examples in training.items()})
    for last_step, changes in STAGES:
        hparams = override(mel_2bar_data.CONFIG.hparams, f"{RECIPE},{changes},{args.hparams}")
        model = train(
            dataclasses.replace(mel_2bar_data.CONFIG, hparams=hparams),
            np.concatenate(list(training.values())),
            args.run_dir,
            RunSettings(
                num_steps=last_step, mixed_precision="bfloat16", checkpoint_steps=200, keep_checkpoints=2
            ),
        )
    pop = np.concatenate([examples for kind, examples in validation.items() if kind != mel_2bar_data.FIDDLE])
    figures = {
        kind: evaluate(model, examples, mel_2bar_data.CONFIG.converter)
        for kind, examples in {"POP909": pop, **validation}.items()
    }
    (args.run_dir / "validation.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
