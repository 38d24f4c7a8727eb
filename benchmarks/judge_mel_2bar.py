r"""Judges a two-bar melody model on the validation music, and its prior samples beside it.

    python -m benchmarks.judge_mel_2bar --data=../shared/data --model=mel_2bar --plot=samples.png
    python -m benchmarks.judge_mel_2bar --data=../shared/data --model=runs/mel_2bar \
        --bundle=base_vae/pretrained/mel_2bar

With --bundle the model is written there in half precision, with these figures (measured on the half-precision
weights) in its model card.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.finding import find
from base_vae.metrics import distinct_rate, histograms, overlap_area, silent_share
from base_vae.trained_model import TrainedModel
from base_vae.training.evaluation import evaluate
from benchmarks import mel_2bar_data

SAMPLES = 500
PICTURES = 20
TEMPERATURE = 0.5
KINDS = {
    "POP909": "POP909, all tracks",
    "MELODY": "vocal melody",
    "BRIDGE": "bridge (second melody)",
    "PIANO": "piano, top line",
    "FIDDLE": "fiddle tunes (ABC)",
}


def sample_figures(arrays: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """What melodies [n, steps] are like, and how much of five histograms they share with a reference."""
    notes = arrays >= 2
    with_notes = arrays[notes.any(1)]
    high = np.max(with_notes, 1).astype(int)
    low = np.min(np.where(with_notes >= 2, with_notes, 255), 1).astype(int)
    bars = arrays.reshape(-1, arrays.shape[1] // 2)
    theirs = histograms(reference)
    return {
        "notes in two bars": float(notes.sum(1).mean()),
        "share of silent steps": silent_share(arrays),
        "range of a melody, semitones": float(np.mean(high - low)),
        "widest range, 95th percentile": float(np.percentile(high - low, 95)),
        "lowest pitch, 5th percentile": float(np.percentile(low, 5)) + 19,
        "highest pitch, 95th percentile": float(np.percentile(high, 95)) + 19,
        "share of different bars": distinct_rate(bars),
        **{
            f"overlap with validation: {kind.replace('_', ' ')}": overlap_area(histogram, theirs[kind])
            for kind, histogram in histograms(arrays).items()
        },
    }


def judge(model: TrainedModel, data: Path) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Figures on the validation music by kind, and figures of samples beside those of the music."""
    _, validation = mel_2bar_data.load(data)
    pop = np.concatenate([rows for kind, rows in validation.items() if kind != mel_2bar_data.FIDDLE])
    accuracy = {
        kind: evaluate(model.model, rows, model.config.converter)
        for kind, rows in {"POP909": pop, **validation}.items()
    }
    rng = np.random.default_rng(0)
    music = rng.permutation(np.concatenate(list(validation.values())))
    z = rng.standard_normal((SAMPLES, model.z_size), np.float32)
    drawn = model.decode_arrays(z, temperature=TEMPERATURE, seed=0)
    samples = {
        "validation": sample_figures(music[:SAMPLES], music[SAMPLES:]),
        f"prior, temperature {TEMPERATURE}": sample_figures(drawn, music[SAMPLES:]),
    }
    return accuracy, samples


def tables(accuracy: dict, samples: dict) -> str:
    """The figures as two Markdown tables."""
    names = {
        "accuracy": "accuracy, teacher-forced",
        "free_running_accuracy": "accuracy, free-running",
        "kl_bits": "KL, bits",
        "active_units": "active units",
    }
    lines = ["| validation music | " + " | ".join(names.values()) + " |", "|---|" + "---|" * len(names)]
    for kind, label in KINDS.items():
        values = [accuracy[kind][name] for name in names]
        cells = [f"{value:.3f}" if value <= 1 else f"{value:.0f}" for value in values]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    lines += ["", "| melodies | " + " | ".join(samples) + " |", "|---|" + "---|" * len(samples)]
    for name in next(iter(samples.values())):
        lines.append(
            f"| {name} | " + " | ".join(f"{figures[name]:.2f}" for figures in samples.values()) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Judges, prints, and draws or bundles where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with pop909/ and abc_tunes/")
    parser.add_argument("--model", required=True, help="model folder, run folder or bundled name")
    parser.add_argument("--plot", type=Path, help=f"PNG with piano rolls of {PICTURES} samples")
    parser.add_argument("--bundle", type=Path, help="write the model here in half precision")
    parser.add_argument("--training", default="", help="how it was trained, for the card")
    args = parser.parse_args()
    model, config = model_folder.load(find(args.model))
    for weight in model.trainable_weights:  # judge what is shipped
        weight.assign(weight.numpy().astype(np.float16).astype(np.float32))
    trained = TrainedModel(model, config)
    accuracy, samples = judge(trained, args.data)
    text = tables(accuracy, samples)
    print(text)
    print(json.dumps(accuracy, indent=1))
    if args.plot:
        from base_vae.plots import piano_rolls

        piano_rolls(trained.sample(PICTURES, temperature=TEMPERATURE, seed=1), args.plot)
    if args.bundle:
        template = (Path(__file__).parent / "mel_2bar_card.md").read_text()
        card = template.replace("{training}", args.training).replace("{figures}", text)
        model_folder.save(model, config, args.bundle, card, half=True, replace=True)


if __name__ == "__main__":
    main()
