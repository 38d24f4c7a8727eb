"""The network that takes noise out of a sequence of latents: a transformer over the segments of a tune."""

import dataclasses
import math
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from base_vae.errors import raise_all
from base_vae.model.layers.dense import dense
from base_vae.ranges import AT_LEAST_ONE, AT_LEAST_ZERO, field_errors
from base_vae.settings import from_dict

LONGEST = 16  # segments that are denoised together
_FREQUENCIES = 32
_PLACES = 17  # segments to the beginning and to the end of a tune; 16 stands for more


@dataclasses.dataclass(frozen=True)
class DenoiserHParams:
    """Sizes of a denoiser.

    Attributes:
      directions: principal directions of the latents that it works in.
      width: of the transformer.
      layers: of the transformer.
      heads: of its attention.
      attributes: of a segment, that may be given.
      kinds: of music, that may be given.
    """

    directions: int = 128
    width: int = 256
    layers: int = 5
    heads: int = 4
    attributes: int = 3
    kinds: int = 1

    def __post_init__(self) -> None:
        errors = list(field_errors(self, _RANGES).values())
        if not errors and self.width % self.heads:
            errors.append(f"`width` must be a multiple of `heads` (received {self.width} and {self.heads})")
        raise_all(errors)

    @property
    def least_weights(self) -> int:
        """A number of weights that such a denoiser has at least: those of its matrices."""
        inputs = 3 * self.directions + self.attributes + self.kinds  # the last layer's outputs too
        return self.width * (10 * self.layers * self.width + inputs)


_RANGES = {
    "directions": AT_LEAST_ONE,
    "width": AT_LEAST_ONE,
    "layers": AT_LEAST_ONE,
    "heads": AT_LEAST_ONE,
    "attributes": AT_LEAST_ZERO,
    "kinds": AT_LEAST_ONE,
}


class Context(NamedTuple):
    """Inputs of a denoiser besides the noisy sequence; all tensors, [batch, segments, ...].

    Attributes:
      known: latents of known segments, [..., directions]; zeros where they are not known.
      is_known: 1 where they are, [...].
      exists: 1 where the tune has a segment, [...].
      from_start, to_end: segments to the beginning and the end, at most 16, int32 [...]; -1: not given.
      attributes: in standard deviations, [..., attributes]; zeros where not given.
      has_attributes: 1 where they are given, [...].
      same: 1 for two segments of the same label, 2 where one is a varied return, [batch, segments, segments].
      kind: of music, int32 [batch]; -1: not given.
    """

    known: tf.Tensor
    is_known: tf.Tensor
    exists: tf.Tensor
    from_start: tf.Tensor
    to_end: tf.Tensor
    attributes: tf.Tensor
    has_attributes: tf.Tensor
    same: tf.Tensor
    kind: tf.Tensor


class _Block(keras.layers.Layer):
    """Attention that sees which segments are the same, and a hidden layer, each beside what comes in."""

    def __init__(self, hparams: DenoiserHParams, name: str):
        super().__init__(name=name, autocast=False)
        width, self.heads = hparams.width, hparams.heads
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-5, name=f"norm_{i}") for i in range(2)]
        for norm in self.norms:
            norm.build((None, None, width))
        self.qkv = _dense(3 * width, width, "qkv")
        self.out = _dense(width, width, "out", kernel_initializer="zeros")
        self.hidden = _dense(3 * width, width, "hidden", activation="gelu")
        self.back = _dense(width, 3 * width, "back", kernel_initializer="zeros")
        # By how much each head looks more at the same segment, and at a varied one.
        self.bias = self.add_weight(name="same", shape=(2, self.heads), initializer="zeros")
        self.built = True

    def call(self, x: tf.Tensor, same: tf.Tensor, exists: tf.Tensor) -> tf.Tensor:
        """[batch, segments, width] to the same shape; `same` one-hot [batch, segments, segments, 2]."""
        batch, length, width = tf.shape(x)[0], tf.shape(x)[1], x.shape[-1]
        size = width // self.heads
        q, k, v = tf.unstack(
            tf.reshape(self.qkv(self.norms[0](x)), [batch, length, 3, self.heads, size]), axis=2
        )
        scores = tf.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(size)
        scores = tf.cast(scores, tf.float32) + tf.einsum(
            "bqkc,ch->bhqk", same, tf.cast(self.bias, tf.float32)
        )
        scores += (tf.cast(exists, tf.float32)[:, tf.newaxis, tf.newaxis] - 1.0) * 1e9
        weights = tf.cast(tf.nn.softmax(scores), v.dtype)
        seen = tf.reshape(tf.einsum("bhqk,bkhd->bqhd", weights, v), [batch, length, width])
        x += tf.cast(self.out(seen), x.dtype)
        return x + tf.cast(self.back(self.hidden(self.norms[1](x))), x.dtype)


@keras.saving.register_keras_serializable(package="base_vae")
class Denoiser(keras.Model):
    """Predicts v of noisy latents (Salimans and Ho 2022, arXiv:2202.00512, section 4) under a context.

    Mittal et al. 2021 (arXiv:2103.16091) denoise sequences of MusicVAE latents; here some of them may be
    known, and form, place, attributes and kind may be given.
    """

    def __init__(self, hparams: DenoiserHParams):
        super().__init__(name="denoiser", autocast=False)
        self.hparams, width = hparams, hparams.width
        inputs = 2 * hparams.directions + hparams.attributes + 2
        self.first = _dense(width, inputs, "first")
        self.time = _dense(width, 2 * _FREQUENCIES, "time")
        tables = {
            "index": LONGEST,
            "from_start": _PLACES + 1,
            "to_end": _PLACES + 1,
            "kind": hparams.kinds + 1,
        }
        self.tables = {
            name: self.add_weight(
                name=name, shape=(rows, width), initializer=keras.initializers.RandomNormal(stddev=0.02)
            )
            for name, rows in tables.items()
        }
        self.blocks = [_Block(hparams, f"block_{i}") for i in range(hparams.layers)]
        self.norm = keras.layers.LayerNormalization(epsilon=1e-5, name="norm")
        self.norm.build((None, None, width))
        self.last = dense(hparams.directions, width, None, "last", kernel_initializer="zeros")
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Arguments that make the same model, as plain data."""
        return {"hparams": dataclasses.asdict(self.hparams)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Denoiser":
        """A model like the one whose `get_config` this is, with fresh weights."""
        return cls(from_dict(DenoiserHParams, config["hparams"]))

    def call(self, x: tf.Tensor, angle: tf.Tensor, context: Context) -> tf.Tensor:
        """V of each segment, float32 [batch, segments, directions].

        Args:
          x: noisy latents, [batch, segments, directions].
          angle: how noisy, 0 (clean) to pi / 2 (noise alone), [batch].
          context: what else is given.
        """
        flag = context.is_known[..., tf.newaxis]
        given = [
            x * (1.0 - flag),
            context.known,
            flag,
            context.attributes,
            context.has_attributes[..., tf.newaxis],
        ]
        h = tf.cast(self.first(tf.concat(given, -1)), tf.float32)
        waves = angle[:, tf.newaxis] * tf.exp(tf.linspace(0.0, math.log(100.0), _FREQUENCIES))
        time = self.time(tf.concat([tf.sin(waves), tf.cos(waves)], -1))

        def embedded(name: str, rows: tf.Tensor) -> tf.Tensor:
            return tf.cast(tf.gather(self.tables[name], rows), h.dtype)

        h += (tf.cast(time, h.dtype) + embedded("kind", context.kind + 1))[:, tf.newaxis]
        h += embedded("index", tf.range(tf.shape(x)[1]))
        h += embedded("from_start", context.from_start + 1) + embedded("to_end", context.to_end + 1)
        same = tf.stack([tf.cast(tf.equal(context.same, kind), tf.float32) for kind in (1, 2)], -1)
        for block in self.blocks:
            h = block(h, same, context.exists)
        return self.last(tf.cast(self.norm(h), tf.float32))


def _dense(units: int, inputs: int, name: str, **kwargs) -> keras.layers.Dense:
    """A dense layer of the precision in force."""
    layer = keras.layers.Dense(units, name=name, **kwargs)
    layer.build((None, inputs))
    return layer
