"""The hyperparameters of a MusicVAE and of its training."""

import dataclasses
import math
from typing import Literal

from base_vae.errors import closest_first, raise_all
from base_vae.model.head_spaces import HEAD_SPACES
from base_vae.ranges import ABOVE_ZERO, AT_LEAST_ONE, AT_LEAST_ZERO, FRACTION, Range, field_errors

SamplingSchedule = Literal["constant", "exponential", "inverse_sigmoid"]


@dataclasses.dataclass(frozen=True)
class HParams:
    """Hyperparameters of a MusicVAE, under the names of the original.

    Attributes:
      z_size: size of the latent space.
      enc_rnn_size, dec_rnn_size: LSTM units, one number a layer.
      encoder: "bidirectional", "lstm" (forwards only) or "hierarchical".
      encoder_levels: of a hierarchical encoder: steps in a segment of each level, the lowest first.
      head: the decoder's output distribution; see `decoders.heads`.
      decoder_levels: of a hierarchical decoder: steps of each level, the conductor first, the steps in a
        segment last; empty for a flat decoder.
      autoregressive_levels: conductors, counted from the top, that get feedback from their segments.
      reencode: the feedback is an encoding of the music by the (hierarchical) encoder, not the decoder's last
        states.
      split_outputs: each output has a decoder of its own.
      control_preprocessing_rnn_size: units of a bidirectional LSTM that prepares the decoder's controls.
      conditional: False trains the decoder alone, without z.
      residual_encoder, residual_decoder: layers add their input to their output.
      nade_num_hidden: hidden units of the "nade" head.
      dropout_keep_prob: share of each layer's inputs that dropout keeps in training.
      max_seq_len: steps in an example.
      batch_size: examples in a training step.
      free_bits: bits of KL an example may have before they cost anything.
      max_beta, beta_rate: weight of the KL, `(1 - beta_rate^step) * max_beta`.
      sampling_schedule, sampling_rate: how often training feeds back the model's own samples;
        "constant" with rate 0 is teacher forcing.
      learning_rate, decay_rate, min_learning_rate:
        `(learning_rate - min_learning_rate) * decay_rate^step + min_learning_rate`.
      cooldown_steps: number of steps at the end of a run in which the learning rate also falls linearly to
        zero; 0 is the original's schedule.
      optimizer: "adam", or "muon" (orthogonalised momentum for the weight matrices, Adam for the rest).
      grad_clip: largest global norm of the gradients.
      grad_norm_clip_to_zero: a step whose gradients have a larger norm changes nothing.
    """

    z_size: int = 32
    enc_rnn_size: tuple[int, ...] = (256,)
    dec_rnn_size: tuple[int, ...] = (256,)
    encoder: Literal["bidirectional", "lstm", "hierarchical"] = "bidirectional"
    encoder_levels: tuple[int, ...] = ()
    head: str = "categorical"
    decoder_levels: tuple[int, ...] = ()
    autoregressive_levels: tuple[int, ...] = ()
    reencode: bool = False
    split_outputs: bool = False
    control_preprocessing_rnn_size: tuple[int, ...] = ()
    conditional: bool = True
    residual_encoder: bool = False
    residual_decoder: bool = False
    nade_num_hidden: int = 128
    dropout_keep_prob: float = 1.0
    max_seq_len: int = 32
    batch_size: int = 512
    free_bits: float = 0.0
    max_beta: float = 1.0
    beta_rate: float = 0.0
    sampling_schedule: SamplingSchedule = "constant"
    sampling_rate: float = 0.0
    learning_rate: float = 1e-3
    decay_rate: float = 0.9999
    min_learning_rate: float = 1e-5
    cooldown_steps: int = 0
    optimizer: Literal["adam", "muon"] = "adam"
    grad_clip: float = 1.0
    grad_norm_clip_to_zero: float = 10000.0

    def __post_init__(self) -> None:
        raise_all(_errors(self))


_RANGES = {
    "z_size": AT_LEAST_ONE,
    "enc_rnn_size": AT_LEAST_ONE,
    "encoder_levels": Range(1, empty=True),
    "decoder_levels": Range(1, empty=True),
    "autoregressive_levels": Range(0, empty=True),
    "dec_rnn_size": AT_LEAST_ONE,
    "control_preprocessing_rnn_size": Range(1, empty=True),
    "nade_num_hidden": AT_LEAST_ONE,
    "dropout_keep_prob": Range(0, 1, above=True),
    "max_seq_len": AT_LEAST_ONE,
    "batch_size": AT_LEAST_ONE,
    "free_bits": AT_LEAST_ZERO,
    "max_beta": AT_LEAST_ZERO,
    "beta_rate": FRACTION,
    "sampling_rate": AT_LEAST_ZERO,
    "learning_rate": ABOVE_ZERO,
    "decay_rate": FRACTION,
    "min_learning_rate": AT_LEAST_ZERO,
    "cooldown_steps": AT_LEAST_ZERO,
    "grad_clip": ABOVE_ZERO,
    "grad_norm_clip_to_zero": Range(0, above=True, infinite=True),
}


def _errors(hparams: "HParams") -> list[str]:
    found = field_errors(hparams, _RANGES)
    if "head" not in found and hparams.head not in HEAD_SPACES:
        heads = ", ".join(closest_first(hparams.head, HEAD_SPACES))
        found["head"] = f"`head` must be one of {heads} (received {hparams.head!r})"
    return list(found.values()) or _cross_field_errors(hparams)


def _cross_field_errors(hparams: "HParams") -> list[str]:
    """Returns the errors of fields that are each allowed and do not go together."""
    errors = _level_errors(hparams)
    if hparams.sampling_schedule != "inverse_sigmoid" and hparams.sampling_rate > 1:
        errors.append(
            f"`sampling_rate` must be within 0 and 1 for the {hparams.sampling_schedule} schedule "
            f"(received {hparams.sampling_rate})"
        )
    if hparams.sampling_schedule == "inverse_sigmoid" and hparams.sampling_rate < 1:
        errors.append(
            "`sampling_rate` must be at least 1 for the inverse_sigmoid schedule "
            f"(received {hparams.sampling_rate})"
        )
    return errors


def _level_errors(hparams: "HParams") -> list[str]:
    """Returns the errors of the hierarchies."""
    errors = []
    for name, needed in (
        ("encoder_levels", hparams.encoder == "hierarchical"),
        ("decoder_levels", bool(hparams.decoder_levels)),
    ):
        levels = getattr(hparams, name)
        if needed and (len(levels) < 2 or math.prod(levels) != hparams.max_seq_len):
            errors.append(
                f"`{name}` must be two or more lengths whose product is `max_seq_len`, "
                f"{hparams.max_seq_len} (received {levels})"
            )
    if hparams.encoder_levels and hparams.encoder != "hierarchical":
        errors.append(f"`encoder_levels` need `encoder=hierarchical` (received encoder={hparams.encoder})")
    conductors = range(max(len(hparams.decoder_levels) - 1, 0))
    if not set(hparams.autoregressive_levels) <= set(conductors):
        errors.append(
            "`autoregressive_levels` must be among the conductors of `decoder_levels`, "
            f"{list(conductors)} (received {hparams.autoregressive_levels})"
        )
    hierarchical = hparams.conditional and hparams.encoder == "hierarchical"
    if hparams.reencode and not (hierarchical and hparams.autoregressive_levels):
        errors.append(
            "`reencode` needs `conditional=true`, `encoder=hierarchical` and `autoregressive_levels`"
        )
    elif hparams.reencode and len(hparams.encoder_levels) < len(conductors):
        errors.append(
            f"`reencode` needs a level of the encoder for each conductor, {len(conductors)} "
            f"(received encoder_levels={hparams.encoder_levels})"
        )
    if hparams.split_outputs and hparams.head != "multi_categorical":
        errors.append(f"`split_outputs` needs `head=multi_categorical` (received head={hparams.head})")
    return errors
