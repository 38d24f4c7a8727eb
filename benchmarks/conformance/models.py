"""Checks a MusicVAE against the numbers that the original gave for the same weights and inputs."""

import functools
import json
import math
from collections.abc import Iterator, Mapping

import numpy as np
import tensorflow as tf

from base_vae.checkpoints.magenta.variables import load_variables, to_original
from base_vae.converters import Tensors
from base_vae.model import schedules
from base_vae.model.decoders import DecoderInputs, Prompt, shift
from base_vae.model.hparams import HParams
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.music_vae import MusicVAE
from base_vae.model.tensor_batch import step_mask
from base_vae.spaces import Binary, Categorical, MultiCategorical, Real, Space, Spaces
from base_vae.training.optimizers import make_optimizer

TENSOR_TOLERANCE = (
    1e-5  # largest absolute difference of tensors, on the scale of the larger of 1 and the value
)
SUM_TOLERANCE = 1e-4  # relative, for summed losses

_ENCODERS = {
    "BidirectionalLstmEncoder": "bidirectional",
    "LstmEncoder": "lstm",
    "HierarchicalLstmEncoder": "hierarchical",
}
_HEADS = {
    "CategoricalLstmDecoder": "categorical",
    "MultiOutCategoricalLstmDecoder": "multi_categorical",
    "SplitMultiOutLstmDecoder": "multi_categorical",
    "BooleanLstmDecoder": "boolean",
    "MultiLabelRnnNadeDecoder": "nade",
    "GrooveLstmDecoder": "groove",
}


def relative_difference(ours: np.ndarray, golden: np.ndarray) -> float:
    """Largest difference, relative where the golden value is above 1."""
    ours, golden = np.asarray(ours, np.float64), np.asarray(golden, np.float64)
    if ours.shape != golden.shape:
        return float("inf")
    return float(np.max(np.abs(ours - golden) / np.maximum(1.0, np.abs(golden)), initial=0.0))


def make_hparams(meta: Mapping) -> HParams:
    """Our hyperparameters for a golden case's description; KeyError for a class that is not known."""
    known = HParams.__dataclass_fields__
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in meta["hparams"].items() if k in known}
    levels = meta.get("decoder_level_lengths", [])
    silent = set(meta.get("decoder_disable_autoregression", []))
    wrapped = meta["decoder"] == "BidirectionalLstmControlPreprocessingDecoder"
    if not wrapped:
        given["control_preprocessing_rnn_size"] = ()
    core = meta.get("core_decoder", meta["decoder"])
    return HParams(
        **given,
        encoder=_ENCODERS[meta["encoder"]],
        encoder_levels=tuple(meta.get("encoder_level_lengths", ())),
        head=_HEADS[core],
        decoder_levels=tuple(levels),
        autoregressive_levels=tuple(i for i in range(len(levels) - 1) if i not in silent),
        reencode="reencode" in meta["name"],
        split_outputs=core == "SplitMultiOutLstmDecoder",
    )


def make_spaces(meta: Mapping, case: Mapping[str, np.ndarray]) -> Spaces:
    """The spaces of the case's music."""
    depths = meta.get("decoder_output_depths", meta.get("core_decoder_output_depths"))
    head = _HEADS[meta.get("core_decoder", meta["decoder"])]

    def space(width: int) -> Space:
        if head == "multi_categorical":
            return MultiCategorical(tuple(depths))
        return {"categorical": Categorical, "groove": Real}.get(head, Binary)(width)

    control = case["in/control"].shape[-1] if "in/control" in case else 0
    return Spaces(
        space(case["in/input"].shape[-1]), space(meta["output_depth"]), Real(control) if control else None
    )


def make_model(case: Mapping[str, np.ndarray]) -> MusicVAE:
    """The model of a golden case, with its initial weights."""
    meta = json.loads(str(case["meta_json"]))
    model = MusicVAE(make_hparams(meta), make_spaces(meta, case))
    load_variables(model, {k[4:]: case[k] for k in case if k.startswith("var/")})
    return model


def compact(space: Space, vectors: np.ndarray) -> tf.Tensor:
    """Vectors [..., width] in the model's own form: ids (-1 for zeros) or the numbers."""
    if isinstance(space, Real):
        return tf.constant(vectors, tf.float32)
    parts = np.split(vectors, np.cumsum(space.depths)[:-1], -1)
    ids = [np.where(part.any(-1), part.argmax(-1), -1) for part in parts]
    return tf.constant(np.stack(ids, -1) if space.shape else ids[0], tf.int32)


def make_batch(model: MusicVAE, case: Mapping[str, np.ndarray]) -> Tensors:
    """The music of a golden case."""
    return Tensors(
        compact(model.spaces.inputs, case["in/input"]),
        compact(model.spaces.outputs, case["in/output"]),
        tf.constant(case["in/control"]) if "in/control" in case else None,
        tf.constant(case["in/length"]),
    )


def check_model(case: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
    """Yields (what, largest difference, tolerance) for every figure of a MusicVAE's golden case.

    Args:
      case: the arrays of `models/CASE.npz` by key.
    """
    model = make_model(case)
    batch, outputs = make_batch(model, case), model.spaces.outputs
    posterior = model.encode(batch)
    yield "enc/mu", relative_difference(posterior.mu, case["enc/mu"]), TENSOR_TOLERANCE
    yield "enc/sigma", relative_difference(posterior.sigma, case["enc/sigma"]), TENSOR_TOLERANCE
    terms = model.elbo(batch, tf.constant(case["in/eps"]), tf.constant(10))
    yield "enc/kl", relative_difference(terms["kl"], case["enc/kl"]), SUM_TOLERANCE
    yield from _check_decoder(model, case, "dec", model.decoder_inputs(batch))
    if "sched1/rnn_input" in case:
        inputs = model.decoder_inputs(batch, previous=compact(outputs, case["sched1/rnn_input"]))
        yield from _check_decoder(model, case, "sched1", inputs)
    drawn = compact(outputs, case["sample/samples"])
    controls = batch.controls  # the original tells all samples of a batch the same
    controls = None if controls is None else tf.tile(controls[:1], [len(controls), 1, 1])
    again = DecoderInputs(drawn, model.prepared_controls(controls), previous=shift(outputs, drawn))
    parameters = model.decoder.run(tf.constant(case["in/z_fixed"]), again).parameters
    yield "sample/rnn_output", relative_difference(parameters, case["sample/rnn_output"]), TENSOR_TOLERANCE
    if "sample_tnone/samples" in case:
        yield from _check_threshold_sampling(model, case)
    yield from _check_training(model, case, batch)


def _check_decoder(model: MusicVAE, case: Mapping, prefix: str, inputs: DecoderInputs):
    batch = make_batch(model, case)
    if batch.lengths.shape.rank == 2 and inputs.lengths is None:
        # The original runs each segment to the longest of the batch, and shows the states there.
        inputs = inputs._replace(lengths=tf.ones_like(batch.lengths) * tf.reduce_max(batch.lengths, 0))
    decoded = model.decoder.run(tf.constant(case["in/z_fixed"]), inputs)
    steps = _recorded_steps(model, batch, case[f"{prefix}/rnn_output"].shape[1])
    nll = model.decoder.head.negative_log_likelihood(decoded.parameters, batch.outputs)
    r_loss = tf.reduce_sum(nll * step_mask(batch), -1)
    ours = decoded.parameters.numpy()[:, steps]
    yield f"{prefix}/rnn_output", relative_difference(ours, case[f"{prefix}/rnn_output"]), TENSOR_TOLERANCE
    yield f"{prefix}/r_loss", relative_difference(r_loss, case[f"{prefix}/r_loss"]), SUM_TOLERANCE
    if f"{prefix}/final_state_0" in case:
        flat = [value for state in decoded.states for value in (state.c, state.h)]
        worst = max(
            relative_difference(value, case[f"{prefix}/final_state_{i}"]) for i, value in enumerate(flat)
        )
        yield f"{prefix}/final_state", worst, TENSOR_TOLERANCE


def _recorded_steps(model: MusicVAE, batch: Tensors, recorded: int) -> np.ndarray:
    """Steps that the original recorded: of each segment as many as the longest of the batch has."""
    total = batch.outputs.shape[1]
    if recorded == total:
        return np.arange(total)
    segment = model.hparams.decoder_levels[-1]
    longest = np.max(batch.lengths.numpy().reshape(len(batch.outputs), -1), 0)
    starts = np.arange(math.prod(model.hparams.decoder_levels[:-1])) * segment
    return np.concatenate([start + np.arange(n) for start, n in zip(starts, longest, strict=True)])


def _check_threshold_sampling(model: MusicVAE, case: Mapping):
    batch, steps = case["in/z_fixed"].shape[0], case["sample_tnone/samples"].shape[1]
    own = model.decoder.generate(
        tf.constant(case["in/z_fixed"]),
        Prompt(steps, 0.0, RandomStream(tf.constant([0, 0]))),
        tf.constant(batch),
    )
    yield "sample_tnone/samples", relative_difference(own.values, case["sample_tnone/samples"]), 0
    difference = relative_difference(own.parameters, case["sample_tnone/rnn_output"])
    yield "sample_tnone/rnn_output", difference, TENSOR_TOLERANCE


def _check_training(model: MusicVAE, case: Mapping, batch: Tensors):
    """Loss, gradients and three Adam steps at global step 10, teacher-forced as the golden run was."""
    variables, noise = model.trainable_variables, tf.constant(case["in/eps"])
    optimizer = make_optimizer(model.hparams)
    model.learning_rate_schedule = functools.partial(schedules.learning_rate, model.hparams)
    losses = []
    for step in range(3):
        now = tf.constant(10 + step)
        with tf.GradientTape() as tape:
            terms = model.elbo(batch, noise, now)
        gradients = tape.gradient(terms["loss"], [v.value for v in variables])
        losses.append(terms["loss"])
        if step == 0:
            yield "loss/total", relative_difference(terms["loss"], case["loss/total"]), SUM_TOLERANCE
            yield "loss/beta", relative_difference(terms["beta"], case["loss/beta"]), TENSOR_TOLERANCE
            difference = relative_difference(terms["reconstruction"], case["loss/r_loss"])
            yield "loss/r_loss", difference, SUM_TOLERANCE
            norm = tf.linalg.global_norm(gradients)
            yield "loss/global_norm", relative_difference(norm, case["loss/global_norm"]), SUM_TOLERANCE
            by_weight = {id(v): g for v, g in zip(variables, gradients, strict=True)}
            named = to_original(model, lambda weight, g=by_weight: g[id(weight)], offset=0.0)
            worst = max(relative_difference(value, case[f"grad/{name}"]) for name, value in named.items())
            yield "grad", worst, TENSOR_TOLERANCE
        model.apply_gradients(optimizer, gradients, variables, now)
    yield "train/loss_3steps", relative_difference(losses, case["train/loss_3steps"]), SUM_TOLERANCE
    named = to_original(model, lambda weight: weight)
    worst = max(relative_difference(value, case[f"var_after3/{name}"]) for name, value in named.items())
    yield "var_after3", worst, TENSOR_TOLERANCE
