"""How fast models train, and in how much memory: the table of the README.

    python -m benchmarks.training                          # every row, float32 and bfloat16
    python -m benchmarks.training --only=hierdec-mel_16bar --batch=8

Each measurement runs in a process of its own, whose largest memory it reports. A figure is the median of
three stretches of whole optimizer steps on random music. "Forced" is the stage of training before scheduled
sampling; presets that train with it are measured at a probability of 0.5. "Limit" is the rate at which
the model's matrix products alone would run at the speed of a large product of the same precision. "x
original" allows for how fast the machine is today, by the yardstick measured before each preset. "Fed" is the
rate as a share of that on one batch again and again: 1 where the device never waits for data.
"""

import argparse
import dataclasses
import json
import resource
import statistics
import subprocess
import sys
import time

# Preset, batch, and what the original does on the same kind of machine: examples a second, peak GB.
ROWS = (
    ("cat-mel_2bar_small", 64, 284, 1.4),
    ("cat-mel_2bar_small", 512, 244, 2.3),
    ("cat-mel_2bar_big", 32, 5.4, 12.5),
    ("cat-drums_2bar_small", 256, 380, 1.8),
    ("nade-drums_2bar_full", 64, 84, 2.6),
    ("groovae_4bar", 256, 241, 2.1),
    ("hierdec-mel_16bar", 8, 0.29, 6.9),
    ("hierdec-trio_16bar", 4, 0.12, 10.5),
    ("hier-multiperf_vel_1bar_med", 4, 0.55, 4.9),
)
_SECONDS = 4.0  # a stretch is at least so long
_REPEATS = 3


def measure(preset: str, batch_size: int, precision: str, probability: float, jit: bool) -> dict[str, float]:
    """Trains for some seconds and returns the figures of this process."""
    import numpy as np
    import tensorflow as tf

    from base_vae.configs.presets import get_preset
    from base_vae.data.batches import training_batches
    from base_vae.training import devices
    from base_vae.training.train import make_model
    from benchmarks.synthetic_examples import made_up_examples

    config = get_preset(preset)
    schedule = {"sampling_schedule": "constant", "sampling_rate": probability, "batch_size": batch_size}
    config = dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, **schedule))
    examples = made_up_examples(config, min(4 * batch_size, 512))
    with devices.precision(precision):
        model = make_model(config, jit=jit)
    batches = iter(training_batches(examples, config.converter, batch_size, transpose=config.transpose))
    step = tf.function(model.train_step, jit_compile=jit)
    began = time.perf_counter()
    step(next(batches))
    first = time.perf_counter() - began

    def stretch(feed) -> float:
        began, steps = time.perf_counter(), 0
        while steps == 0 or time.perf_counter() - began < _SECONDS:
            loss = float(step(feed())["loss"])
            steps += 1
        if not np.isfinite(loss):
            raise RuntimeError(f"the loss of {preset} is {loss}")
        return steps * batch_size / (time.perf_counter() - began)

    fed = statistics.median(stretch(lambda: next(batches)) for _ in range(_REPEATS))
    same = next(batches)
    unfed = statistics.median(stretch(lambda: same) for _ in range(_REPEATS))
    return {
        "examples_per_second": fed,
        "without_waiting_for_data": unfed,
        "first_step_seconds": first,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "limit": matrix_speed(precision) / flops(model),
        "parameters": float(sum(np.prod(w.shape) for w in model.trainable_weights)),
    }


def matrix_speed(precision: str) -> float:
    """Multiply-adds a second, times two, of a large matrix product."""
    import tensorflow as tf

    kind = tf.float32 if precision == "none" else tf.as_dtype(precision)
    a = tf.cast(tf.random.normal([2048, 2048]), kind)
    product = tf.function(lambda a: tf.matmul(a, a))
    product(a)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        product(a).numpy()
        times.append(time.perf_counter() - began)
    return 2 * 2048**3 / statistics.median(times)


def flops(model) -> float:
    """Operations of the matrix products of a training step, an example: forwards and, twice that, back.

    Products with one-hot vectors are lookups forwards and count once, for their gradient.
    """
    hparams, spaces = model.hparams, model.spaces
    total = 0.0

    def lstm(steps, units, width, one_hot=0):
        products = 3 * (width + units) - (2 * one_hot)
        return 2.0 * steps * 4 * units * products

    def width_of(space):
        return space.width, (space.width if hasattr(space, "depths") else 0)

    width_in, one_hot = width_of(spaces.inputs)
    time_steps = hparams.max_seq_len
    levels = hparams.encoder_levels or (time_steps,)
    segments = time_steps
    for level, length in enumerate(levels):
        width, lookups = (width_in, one_hot) if level == 0 else (2 * hparams.enc_rnn_size[-1], 0)
        for units in hparams.enc_rnn_size:
            total += 2 * lstm(segments, units, width, lookups)
            width, lookups = 2 * units, 0
        segments //= length
    outputs = [width_of(spaces.outputs)]
    if hparams.split_outputs:
        outputs = [(depth, depth) for depth in spaces.outputs.depths]
    core_z = 0  # z is the same at every step: one product for a segment
    for output_width, lookups in outputs:
        width = output_width
        for units in hparams.dec_rnn_size:
            total += lstm(time_steps, units, width + core_z, lookups)
            width, lookups = units, 0
        total += 6.0 * time_steps * hparams.dec_rnn_size[-1] * output_width
    if hparams.decoder_levels:
        steps, width = hparams.decoder_levels[0], 1
        for units in hparams.dec_rnn_size:
            total += lstm(steps, units, width)
            width = units
    return total


def machine_today() -> float:
    """Speed of this machine as a share of the one on which the original was measured."""
    command = [
        sys.executable,
        "-c",
        "from benchmarks import yardstick as y; print(y.examples_per_second() / y.THEN)",
    ]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def _in_a_process(arguments: list[str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.training", "--worker", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        return {"failed": result.stderr.strip().splitlines()[-1]}
    return json.loads(result.stdout.strip().splitlines()[-1])


def main() -> None:
    """Prints a row for each preset, precision and stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="a preset")
    parser.add_argument("--batch", type=int, help="a batch size")
    parser.add_argument("--precision", nargs="*", default=["none", "bfloat16"])
    parser.add_argument("--probability", type=float, help="of scheduled sampling")
    parser.add_argument("--jit", action="store_true", help="compile the step with XLA")
    parser.add_argument("--worker", action="store_true", help="measure here and print JSON")
    args = parser.parse_args()
    if args.worker:
        print(json.dumps(measure(args.only, args.batch, args.precision[0], args.probability, args.jit)))
        return
    columns = ("preset", "batch", "precision", "stage", "examples/s", "x original", "limit", "peak GB")
    columns += ("of original", "fed")
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for preset, batch, original, memory in ROWS:
        if (args.only and args.only != preset) or (args.batch and args.batch != batch):
            continue
        from base_vae.configs.presets import get_preset
        from base_vae.model.schedules import teacher_forced

        stages = [0.0] if teacher_forced(get_preset(preset).hparams) else [0.5, 0.0]
        if args.probability is not None:
            stages = [args.probability]
        today = machine_today()
        for precision in args.precision:
            for probability in stages:
                figures = _in_a_process(
                    [f"--only={preset}", f"--batch={batch}", f"--probability={probability}"]
                    + ["--precision", precision]
                    + (["--jit"] if args.jit else [])
                )
                if "failed" in figures:
                    print(f"| {preset} | {batch} | {precision} | failed: {figures['failed']} |")
                    continue
                rate = figures["examples_per_second"]
                print(
                    f"| {preset} | {batch} | {'float32' if precision == 'none' else precision} "
                    f"| {f'sampling {probability}' if probability else 'forced'} | {rate:.3g} "
                    f"| {rate / original / today:.2f} | {figures['limit']:.3g} | {figures['peak_gb']:.1f} "
                    f"| {figures['peak_gb'] / memory:.2f} "
                    f"| {rate / figures['without_waiting_for_data']:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
