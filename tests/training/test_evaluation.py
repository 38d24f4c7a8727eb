"""What an evaluation reports is what its names say, reckoned again without TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf

from base_vae.data.batches import as_dict
from base_vae.model.decoders import Prompt
from base_vae.model.layers.random_streams import RandomStream
from base_vae.spaces import Categorical
from base_vae.training.evaluation import evaluate
from tests.tiny_models import examples_for, lively_model, reduced


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


def cross_entropy(logits, ids):
    logits = logits.astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    chosen = np.take_along_axis(logits, np.maximum(ids, 0)[..., np.newaxis], -1)[..., 0]
    return np.log(np.exp(logits).sum(-1)) - chosen


def categorical(model, scores, truth):
    return {"events": cross_entropy(scores, truth)}, scores.argmax(-1)


def multi_categorical(model, scores, truth):
    ends = np.cumsum(model.spaces.outputs.depths)[:-1]
    choices = np.split(scores, ends, -1)
    losses = {
        name: cross_entropy(choices[i], truth[..., i]) for i, name in enumerate(("melody", "bass", "drums"))
    }
    return losses, np.stack([choice.argmax(-1) for choice in choices], -1)


def groove(model, scores, truth):
    hits, velocities, offsets = np.split(scores, 3, -1)
    true_hits, true_velocities, true_offsets = np.split(truth, 3, -1)
    p = sigmoid(hits)
    losses = {
        "hits": -(true_hits * np.log(p + 1e-7) + (1 - true_hits) * np.log(1 - p + 1e-7)).sum(-1),
        "velocities": ((sigmoid(velocities) - true_velocities) ** 2).sum(-1),
        "offsets": ((np.tanh(offsets) - true_offsets) ** 2).sum(-1),
    }
    return losses, np.concatenate([hits >= 0, sigmoid(velocities), np.tanh(offsets)], -1)


def nade(model, scores, truth):
    head = model.decoder.head
    encoding, decoding = head.encoding.numpy(), head.decoding.numpy()
    activation, visible = scores[..., : head.hidden], scores[..., head.hidden :]
    loss, predicted = 0.0, []
    for i in range(truth.shape[-1]):
        p = sigmoid(visible[..., i] + sigmoid(activation) @ decoding[i])
        bit = truth[..., i]
        loss = loss - bit * np.log(p + 1e-6) - (1 - bit) * np.log(1 - p + 1e-6)
        predicted.append(p >= 0.5)
        activation = activation + bit[..., np.newaxis] * encoding[i]
    return {"events": loss}, np.stack(predicted, -1)


def agreement(head, predicted, truth, mask):
    """Figures of the steps that count: arrays [examples, time, ...], mask [examples, time]."""
    predicted, truth = predicted[mask], truth[mask]
    if head in ("categorical", "multi_categorical"):
        right = predicted == truth
        if right.ndim == 1:
            return {"accuracy": right.mean()}
        each = {f"accuracy_{name}": right[:, i].mean() for i, name in enumerate(("melody", "bass", "drums"))}
        return {"accuracy": right.all(-1).mean(), **each}
    errors = {}
    if head == "groove":
        predicted, *numbers = np.split(predicted, 3, -1)
        truth, *true_numbers = np.split(truth, 3, -1)
        for name, said, true in zip(("velocity_error", "offset_error"), numbers, true_numbers, strict=True):
            errors[name] = np.abs(said - true)[truth > 0.5].mean()
    said, true = predicted > 0.5, truth > 0.5
    return {
        "accuracy": (said == true).all(-1).mean(),
        "precision": (said & true).sum() / said.sum(),
        "recall": (said & true).sum() / true.sum(),
        **errors,
    }


@pytest.mark.parametrize(
    "name,head",
    [
        ("cat-mel_2bar_small", categorical),
        pytest.param("cat-mel_2bar_med_chords", categorical, marks=pytest.mark.slow),
        ("nade-drums_2bar_reduced", nade),
        ("groovae_2bar_humanize", groove),
        pytest.param("hierdec-trio_16bar", multi_categorical, marks=pytest.mark.slow),
        pytest.param("hier-multiperf_vel_1bar_med", categorical, marks=pytest.mark.slow),
    ],
)
def test_figures_are_what_their_names_say(name, head):
    config = reduced(name)
    model, examples = lively_model(config), examples_for(config, 7)
    model.global_step.assign(5)
    figures = evaluate(model, examples, config.converter, batch_size=3)  # two full batches and one example

    batch = as_dict(config.converter, tf.constant(examples, _type(examples)))
    tensors = config.converter.tensors(tf.constant(examples, _type(examples)))
    posterior = model.encode(tensors)
    mu, sigma = (value.numpy().astype(np.float64) for value in posterior)
    truth = batch["outputs"].numpy()
    steps = truth.shape[1]
    mask = np.ones(truth.shape[:2], bool)
    if "lengths" in batch:
        lengths = batch["lengths"].numpy().reshape(len(examples), -1)
        segment = steps // lengths.shape[1]
        mask = (np.arange(segment) < lengths[..., np.newaxis]).reshape(truth.shape[:2])
    scores = model.decoder.run(posterior.mu, model.decoder_inputs(tensors)).parameters.numpy()
    losses, predicted = head(model, scores, truth)
    expected = {}
    reconstruction = sum((loss * mask).sum(-1) for loss in losses.values())
    if len(losses) > 1:
        expected |= {f"{part}_loss": (loss * mask).sum(-1).mean() for part, loss in losses.items()}
    kl = (0.5 * (mu**2 + sigma**2 - 1) - np.log(sigma)).sum(-1)
    hparams = config.hparams
    expected["beta"] = (1 - hparams.beta_rate**5) * hparams.max_beta
    expected["reconstruction"] = reconstruction.mean()
    expected["kl_bits"] = kl.mean() / np.log(2)
    costly = np.maximum(kl - hparams.free_bits * np.log(2), 0).mean()
    expected["loss"] = reconstruction.mean() + expected["beta"] * costly
    expected["active_units"] = np.sum(mu.var(0) > 0.01)
    expected |= agreement(head.__name__, predicted, truth, mask)
    prompt = Prompt(steps, 0.0, RandomStream(tf.constant([9, 9])), model.prepared_controls(tensors.controls))
    free = model.decoder.generate(posterior.mu, prompt, tf.constant(len(examples))).values.numpy()
    freely = agreement(head.__name__, free, truth, mask)
    expected |= {f"free_running_{figure}": value for figure, value in freely.items()}
    if isinstance(model.spaces.outputs, Categorical):
        said, true = predicted[mask], truth[mask]
        expected["mean_per_class_accuracy"] = np.mean(
            [(said[true == i] == i).mean() for i in np.unique(true)]
        )
    assert figures.keys() - {"learning_rate"} == expected.keys()
    for figure, value in expected.items():
        assert figures[figure] == pytest.approx(value, rel=1e-4, abs=1e-6), figure


def _type(examples: np.ndarray) -> tf.DType:
    return tf.int32 if np.issubdtype(examples.dtype, np.integer) else tf.float32


def test_the_size_of_a_batch_changes_nothing():
    config = reduced("groovae_2bar_tap_fixed_velocity")
    model, examples = lively_model(config), examples_for(config, 7)
    one, other = (evaluate(model, examples, config.converter, size) for size in (2, 7))
    assert one == pytest.approx(other, rel=1e-4)
