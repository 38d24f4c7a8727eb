"""A trained denoiser with the space it works in: completes whole tunes, of which some segments are known."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from base_vae.tunes.batches import places, same_matrix
from base_vae.tunes.corpus import AttributeScale
from base_vae.tunes.denoiser import LONGEST, Context, Denoiser
from base_vae.tunes.diffusion import denoise, noised, shared_noise, ties
from base_vae.tunes.form import Form
from base_vae.tunes.latent_space import LatentSpace

FULL = float(np.pi / 2)  # the angle of noise alone
_HOP = LONGEST // 2
_ANGLES = 24  # at which errors are measured


class Denoising:
    """A denoiser in use.

    Args:
      space: the directions that it works in.
      scale: of the attributes that segments may be given.
      denoiser: trained.
      forms: that tunes may have, where nobody asks for one.
      card: Markdown: what it was trained on, and how well.
    """

    def __init__(
        self,
        space: LatentSpace,
        scale: AttributeScale,
        denoiser: Denoiser,
        forms: Sequence[Form],
        card: str = "",
    ):
        self.space, self.scale, self.denoiser = space, scale, denoiser
        self.forms, self.card = tuple(forms), card
        self._predict = tf.function(denoiser.__call__, autograph=False, reduce_retracing=True)

    @property
    def directions(self) -> int:
        """How many directions the space has."""
        return self.space.directions.shape[1]

    def complete(
        self,
        x: np.ndarray,
        is_known: np.ndarray,
        forms: Sequence[Form],
        angle: float,
        rng: np.random.Generator,
        values: np.ndarray | None = None,
    ) -> np.ndarray:
        """Latents of whole tunes [batch, segments, directions]: known ones stay, others are denoised.

        Longer tunes than the denoiser sees at once are made from window to window.

        Args:
          x: latents.
          is_known: [batch, segments].
          forms: of the tunes.
          angle: from which the others are denoised.
          rng: of the noise.
          values: attributes of the segments, [batch, segments, attributes], NaN where not given.
        """
        _, size, directions = x.shape
        noise = np.stack([shared_noise(form, directions, rng) for form in forms])
        x, is_known = x.copy(), is_known.copy()
        start = (np.cos(angle) * x + np.sin(angle) * noise).astype(np.float32)
        for first in range(0, max(size - LONGEST, 0) + _HOP, _HOP) if size > LONGEST else (0,):
            rows = slice(first, min(first + LONGEST, size))
            if is_known[:, rows].all():
                continue
            parts = [form.part(rows.start, rows.stop) for form in forms]
            given = None if values is None else values[:, rows]
            context = self._context(x[:, rows], is_known[:, rows], parts, first, size, given)
            tied = np.stack([ties(part, own) for part, own in zip(parts, is_known[:, rows], strict=True)])
            x[:, rows] = denoise(self._v, start[:, rows], angle, context, tied)
            is_known[:, rows] = True
            for number, form in enumerate(forms):  # what comes again later is known by now
                for place in range(rows.stop, size):
                    label = form.labels[place]
                    if not form.varied[place] and label in form.labels[: rows.stop]:
                        x[number, place] = x[number, form.labels.index(label)]
                        is_known[number, place] = True
        return x

    def errors(
        self, x: np.ndarray, is_known: np.ndarray, forms: Sequence[Form], *, seed: int = 0
    ) -> np.ndarray:
        """How far v is from what the denoiser predicts where segments are not known, float64 [batch].

        The mean squared error at evenly spaced angles, a bound on minus the log-likelihood but for constants
        and weights (Kingma et al. 2021, arXiv:2107.00630). All tunes get the same noise, so that their order
        means something after a few draws.

        Args:
          x: latents of whole tunes, float32 [batch, segments, directions], at most LONGEST segments.
          is_known: [batch, segments].
          forms: of the tunes.
          seed: of the noise.
        """
        rng, (batch, size, directions) = np.random.default_rng(seed), x.shape
        context = self._context(x, is_known, forms, 0, size, None)
        unknown, found = ~is_known, []
        for angle in np.linspace(0.0, FULL, _ANGLES + 2)[1:-1]:
            noise = np.broadcast_to(rng.standard_normal((size, directions)), x.shape)
            angles = np.full(batch, angle, np.float32)
            noisy, v = noised(tf.constant(x), tf.constant(noise, tf.float32), tf.constant(angles))
            off = np.mean((self._v(noisy.numpy(), angles, context) - v.numpy()) ** 2, -1)
            found.append((off * unknown).sum(1) / unknown.sum(1))
        return np.mean(found, 0)

    def _v(self, x: np.ndarray, angle: np.ndarray, context: Context) -> np.ndarray:
        return self._predict(tf.constant(x), tf.constant(angle), Context(*map(tf.constant, context))).numpy()

    def _context(
        self,
        x: np.ndarray,
        is_known: np.ndarray,
        forms: Sequence[Form],
        first: int,
        length: int,
        values: np.ndarray | None,
    ) -> Context:
        """The denoiser's context for stretches from segment `first` on of tunes of a length."""
        batch, size, _ = x.shape
        flags = is_known.astype(np.float32)
        from_start, to_end = places(np.full(batch, first), np.full(batch, length), size)
        nothing = np.full((batch, size, self.denoiser.hparams.attributes), np.nan, np.float32)
        standard = nothing if values is None else self.scale.standard(values)
        labels, varied = (np.array([getattr(form, name) for form in forms]) for name in ("labels", "varied"))
        return Context(
            known=(x * flags[..., np.newaxis]).astype(np.float32),
            is_known=flags,
            exists=np.ones_like(flags),
            from_start=from_start,
            to_end=to_end,
            attributes=np.nan_to_num(standard),
            has_attributes=(~np.isnan(standard).any(-1)).astype(np.float32),
            same=same_matrix(labels, varied),
            kind=np.full(batch, -1, np.int32),
        )
