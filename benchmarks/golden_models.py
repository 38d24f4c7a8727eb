"""Checks a MusicVAE against the numbers that the original gave for the same weights and inputs."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
import tensorflow as tf

from base_vae.checkpoints import magenta
from base_vae.config import HParams
from base_vae.decoders.lstm_decoder import shift
from base_vae.model import MusicVAE
from base_vae.optimizers import make_optimizer

TENSOR_TOLERANCE = (
    1e-5  # largest absolute difference of tensors, on the scale of the larger of 1 and the value
)
SUM_TOLERANCE = 1e-4  # relative, for summed losses


def relative_difference(ours: np.ndarray, golden: np.ndarray) -> float:
    """Largest difference, relative where the golden value is above 1."""
    ours, golden = np.asarray(ours, np.float64), np.asarray(golden, np.float64)
    if ours.shape != golden.shape:
        return float("inf")
    return float(np.max(np.abs(ours - golden) / np.maximum(1.0, np.abs(golden)), initial=0.0))


def make_model(case: Mapping[str, np.ndarray], encoder_only: bool = False) -> MusicVAE:
    """The model of a golden case, with its initial weights (the encoder's, where a case has no more)."""
    meta = json.loads(str(case["meta_json"]))
    known = HParams.__dataclass_fields__
    hparams = HParams(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in meta["hparams"].items() if k in known}
    )
    model = MusicVAE(hparams, case["in/input"].shape[-1])
    variables = {k[4:]: case[k] for k in case if k.startswith("var/")}
    if encoder_only:
        own = magenta.to_original(model, lambda weight: weight)
        variables = {**{k: v for k, v in own.items() if k.startswith("decoder/")}, **variables}
    magenta.load_variables(model, variables)
    return model


def one_hot_ids(one_hot: np.ndarray) -> np.ndarray:
    """Ids of one-hot vectors; -1 for all zeros."""
    return np.where(one_hot.sum(-1) > 0, one_hot.argmax(-1), -1).astype(np.int32)


def check_model(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, largest difference, tolerance) for every figure of a MusicVAE's golden case.

    Args:
      case: the arrays of `models/CASE.npz` by key.
    """
    model = make_model(case)
    if np.any(one_hot_ids(case["in/input"]) != one_hot_ids(case["in/output"])):
        raise ValueError("input and output differ, which this model does not have")
    ids, lengths = tf.constant(one_hot_ids(case["in/input"])), tf.constant(case["in/length"])
    posterior = model.encode(ids, lengths)
    yield "enc/mu", relative_difference(posterior.mu, case["enc/mu"]), TENSOR_TOLERANCE
    yield "enc/sigma", relative_difference(posterior.sigma, case["enc/sigma"]), TENSOR_TOLERANCE
    terms = model.elbo(ids, tf.constant(case["in/eps"]), tf.constant(10), lengths)
    yield "enc/kl", relative_difference(terms["kl"], case["enc/kl"]), SUM_TOLERANCE
    yield from _check_decoder(model, case, "dec", shift(ids), ids, lengths)
    if "sched1/rnn_input" in case:
        heard = tf.constant(one_hot_ids(case["sched1/rnn_input"]))
        yield from _check_decoder(model, case, "sched1", heard, ids, lengths)
    drawn = tf.constant(one_hot_ids(case["sample/samples"]))
    logits = model.decoder(tf.constant(case["in/z_fixed"]), shift(drawn))
    yield "sample/rnn_output", relative_difference(logits, case["sample/rnn_output"]), TENSOR_TOLERANCE
    yield from _check_training(model, case, ids, lengths)


def _check_decoder(model, case, prefix, heard, ids, lengths):
    logits, states = model.decoder.run(tf.constant(case["in/z_fixed"]), heard)
    nll = model.decoder.head.negative_log_likelihood(logits, ids)
    r_loss = tf.reduce_sum(nll * tf.sequence_mask(lengths, ids.shape[1], tf.float32), -1)
    yield f"{prefix}/rnn_output", relative_difference(logits, case[f"{prefix}/rnn_output"]), TENSOR_TOLERANCE
    yield f"{prefix}/r_loss", relative_difference(r_loss, case[f"{prefix}/r_loss"]), SUM_TOLERANCE
    if f"{prefix}/final_state_0" in case:
        flat = [value for state in states for value in (state.c, state.h)]
        worst = max(
            relative_difference(value, case[f"{prefix}/final_state_{i}"]) for i, value in enumerate(flat)
        )
        yield f"{prefix}/final_state", worst, TENSOR_TOLERANCE


def _check_training(model, case, ids, lengths):
    """Loss, gradients and three Adam steps at global step 10, teacher-forced as the golden run was."""
    variables, noise = model.trainable_variables, tf.constant(case["in/eps"])
    optimizer = make_optimizer(model.hparams)
    losses = []
    for step in range(3):
        heard = tf.constant(10 + step)
        with tf.GradientTape() as tape:
            terms = model.elbo(ids, noise, heard, lengths)
        gradients = tape.gradient(terms["loss"], [v.value for v in variables])
        losses.append(terms["loss"])
        if step == 0:
            yield "loss/total", relative_difference(terms["loss"], case["loss/total"]), SUM_TOLERANCE
            yield "loss/beta", relative_difference(terms["beta"], case["loss/beta"]), TENSOR_TOLERANCE
            yield (
                "loss/r_loss",
                relative_difference(terms["reconstruction"], case["loss/r_loss"]),
                SUM_TOLERANCE,
            )
            norm = tf.linalg.global_norm(gradients)
            yield "loss/global_norm", relative_difference(norm, case["loss/global_norm"]), SUM_TOLERANCE
            by_weight = {id(v): g for v, g in zip(variables, gradients, strict=True)}
            named = magenta.to_original(model, lambda weight, g=by_weight: g[id(weight)], offset=0.0)
            worst = max(relative_difference(value, case[f"grad/{name}"]) for name, value in named.items())
            yield "grad", worst, TENSOR_TOLERANCE
        model.apply_gradients(optimizer, gradients, variables, heard)
    yield "train/loss_3steps", relative_difference(losses, case["train/loss_3steps"]), SUM_TOLERANCE
    named = magenta.to_original(model, lambda weight: weight)
    worst = max(relative_difference(value, case[f"var_after3/{name}"]) for name, value in named.items())
    yield "var_after3", worst, TENSOR_TOLERANCE
