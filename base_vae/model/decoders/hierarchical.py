"""The hierarchical decoder: a conductor outlines each segment, a core decoder writes it."""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from base_vae.model.decoders.base import Decoded, Decoder, DecoderInputs, Generated, Prompt, choose, shift
from base_vae.model.decoders.lstm_decoder import join_states, make_initial_state, split_states
from base_vae.model.decoders.segments import (
    join_segments,
    segments_from_batch,
    segments_to_batch,
    split_levels,
    take_segment,
)
from base_vae.model.encoders import HierarchicalEncoder
from base_vae.model.layers import lstm
from base_vae.model.layers.lstm_input import LstmInput, lstm_inputs, size, time_first
from base_vae.model.layers.lstm_stack import LstmStack
from base_vae.model.layers.random_streams import RandomStream, fold_in


class HierarchicalDecoder(Decoder):
    """Levels of conductors over a core decoder (Roberts et al. 2018, arXiv:1803.05428, section 3.2.2).

    Each step of a conductor gives a vector that begins a sequence one level down; at the bottom it is the
    core decoder's z. Where no level is autoregressive, conductors run ahead of everything below them, and
    the core decodes all segments of all examples side by side. An autoregressive level gets
    feedback from its earlier segments: the lower level's last state, or an encoding of the music
    ("re-encoding").

    Args:
      level_lengths: steps of each level from the top, the core's segments last.
      units: LSTM units of the conductors, one number a layer.
      z_size: size of the latent space; 0 for an unconditional decoder.
      core: decodes a segment; its z is as wide as a conductor's output.
      autoregressive: levels, counted from the top, that get feedback from their segments.
      reencoder: encodes the music of the core as feedback; None: the feedback is states.
      residual, keep_prob: see `LstmStack`.
    """

    def __init__(
        self,
        level_lengths: tuple[int, ...],
        units: tuple[int, ...],
        z_size: int,
        core: Decoder,
        autoregressive: tuple[int, ...] = (),
        reencoder: HierarchicalEncoder | None = None,
        residual: bool = False,
        keep_prob: float = 1.0,
        name: str = "hierarchical_decoder",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.level_lengths, self.core, self.head = tuple(level_lengths), core, core.head
        self.end_token, self.autoregressive, self.reencoder = core.end_token, tuple(autoregressive), reencoder
        self.conductors, self.initial_states = [], []
        width = z_size
        for level in range(len(self.level_lengths) - 1):
            input_width = self._conductor_width(level, width, units) if level in self.autoregressive else 1
            self.conductors.append(LstmStack(units, input_width, residual, keep_prob, f"conductor_{level}"))
            self.initial_states.append(
                make_initial_state(units, width, f"initial_state_{level}") if width else None
            )
            width = units[-1]
        self.built = True

    @property
    def state_width(self) -> int:
        """Total width of the core's states."""
        return self.core.state_width

    def run(self, z: tf.Tensor | None, inputs: DecoderInputs) -> Decoded:
        """Runs over known music of the full length; every segment's first input is teacher-forced."""
        previous = inputs.previous if inputs.previous is not None else shift(self.space, inputs.targets)
        batch = size(previous)
        lengths = inputs.lengths
        if lengths is not None:
            shape = [batch, *self.level_lengths[:-1]]
            lengths = tf.reshape(lengths, shape) if lengths.shape.rank == 2 else None
        first_steps = (..., 0, *(slice(None),) * len(self.space.shape))
        segments = inputs._replace(
            targets=split_levels(inputs.targets, self.level_lengths),
            controls=None if inputs.controls is None else split_levels(inputs.controls, self.level_lengths),
            previous=None if inputs.previous is None else split_levels(previous, self.level_lengths),
            lengths=lengths,
            initial=split_levels(previous, self.level_lengths)[first_steps],
        )
        decoded, _ = self._run_level(0, z, batch, segments)
        steps = tf.shape(previous)[1]
        return Decoded(
            tf.reshape(decoded.parameters, [batch, steps, self.head.width]),
            tf.reshape(decoded.previous, tf.shape(previous)),
            decoded.states,
        )

    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """Returns the function that runs on the decoder's own samples, over the full length.

        Each segment continues the one before it.
        """
        core = self.core.generator(batch)
        return lambda z, prompt: self._generate(core, z, prompt, batch)

    def _generate(
        self,
        core: Callable[[tf.Tensor, Prompt], Generated],
        z: tf.Tensor | None,
        prompt: Prompt,
        batch: int | tf.Tensor,
    ) -> Generated:
        segment = self.level_lengths[-1]
        controls = prompt.controls
        if controls is not None:
            controls = tf.reshape(controls, [batch, -1, segment, controls.shape[-1]])

        def decode_segment(
            embedding: tf.Tensor, index: tf.Tensor | int, initial: tf.Tensor | None
        ) -> Generated:
            own = prompt._replace(
                steps=segment,
                draws=prompt.draws.fold_in(index),
                controls=None if controls is None else controls[:, index],
                initial=initial,
            )
            return core(embedding, own)

        if not self.autoregressive:
            return self._generate_ahead(z, prompt, batch, decode_segment)
        decoded: list[Generated] = []

        def decode_next(embedding: tf.Tensor) -> Generated:
            initial = decoded[-1].values[:, -1] if decoded else prompt.initial
            decoded.append(decode_segment(embedding, len(decoded), initial))
            return decoded[-1]

        self._generate_level(0, z, batch, decode_next)
        return Generated(
            tf.concat([own.values for own in decoded], 1),
            tf.concat([own.parameters for own in decoded], 1),
            tf.stack([own.lengths for own in decoded], 1),
            decoded[-1].states,
        )

    def _generate_ahead(
        self,
        z: tf.Tensor | None,
        prompt: Prompt,
        batch: tf.Tensor,
        decode_segment: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Generated],
    ) -> Generated:
        """Generates where the conductors get no feedback: they run first."""
        embedding: Any = z
        count = batch
        for level in range(len(self.conductors)):
            embedding, _ = self._run_conductor(level, embedding, count, None)
            count *= self.level_lengths[level]
        segments = math.prod(self.level_lengths[:-1])
        embeddings = tf.reshape(embedding, [batch, segments, embedding.shape[-1]])
        initial = self.space.nothing([batch]) if prompt.initial is None else prompt.initial
        kinds = ((initial.dtype, (None, *self.space.shape)), (tf.float32, (None, self.head.width)))
        arrays = [
            *(tf.TensorArray(kind, segments, element_shape=[None, *shape]) for kind, shape in kinds),
            tf.TensorArray(tf.int32, segments, element_shape=[None]),
        ]

        def body(i: tf.Tensor, initial: tf.Tensor, *arrays: tf.TensorArray) -> tuple[Any, ...]:
            own = decode_segment(embeddings[:, i], i, initial)
            written = (array.write(i, value) for array, value in zip(arrays, own[:3], strict=True))
            return i + 1, own.values[:, -1], *written

        initial.set_shape([None, *self.space.shape])
        _, _, *arrays = tf.while_loop(
            lambda i, *_: i < segments,
            body,
            [0, initial, *arrays],
            shape_invariants=[
                tf.TensorShape([]),
                tf.TensorShape([None, *self.space.shape]),
                *(tf.TensorShape(None) for _ in arrays),
            ],
        )
        values, parameters, lengths = (array.stack() for array in arrays)
        values, parameters = (join_segments(value) for value in (values, parameters))
        return Generated(values, parameters, tf.transpose(lengths), [])

    def _run_conductor(
        self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor, draws: RandomStream | None
    ) -> tuple[tf.Tensor, list[lstm.State]]:
        """Runs a conductor without feedback, all steps at once.

        Returns:
          Its outputs, float32 [batch * steps, units], each example's together, and its last states.
        """
        conductor, steps = self.conductors[level], self.level_lengths[level]
        zeros = [LstmInput(tf.zeros([steps, batch, 1]), 1)]
        states = self._initial_states(level, embedding, batch)
        outputs, states = conductor.run(zeros, states, dropout=draws)
        below = tf.reshape(tf.transpose(outputs, [1, 0, 2]), [batch * steps, conductor.units[-1]])
        return tf.cast(below, tf.float32), states

    def _run_level(
        self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor, inputs: DecoderInputs
    ) -> tuple[Decoded, tf.Tensor | None]:
        """Decodes everything below `level`.

        Args:
          level: 0 at the top; the number of conductors at the core.
          embedding: output of the level above (z at the top), [batch, width].
          batch: number of sequences at this level.
          inputs: arrays [batch, steps of this level, ..., steps of the core, ...].

        Returns:
          The results, [batch, steps of this level, ...], and the feedback to the level above or None.
        """
        if level == len(self.conductors):
            own = inputs
            if self.reencoder is not None and inputs.lengths is not None:
                # States are not fed back then, and the original runs on to the longest of the batch.
                own = inputs._replace(
                    lengths=tf.fill(tf.shape(inputs.lengths), tf.reduce_max(inputs.lengths))
                )
            decoded = self.core.run(embedding, own)
            return decoded, self._segment_feedback(decoded, inputs)
        steps = self.level_lengths[level]
        if level not in self.autoregressive:
            draws = fold_in(inputs.dropout, -1 - level)
            below, states = self._run_conductor(level, embedding, batch, draws)
            decoded, feedback = self._run_level(
                level + 1, below, batch * steps, segments_to_batch(inputs, steps)
            )
            decoded = segments_from_batch(decoded, steps)
            if feedback is not None:
                feedback = tf.reshape(feedback, [batch, steps, self._feedback_width(level)])
        else:
            runs, backs, states = [], [], self._initial_states(level, embedding, batch)
            back = tf.zeros([batch, self._feedback_width(level)])
            for i in range(steps):
                draws = fold_in(fold_in(inputs.dropout, -1 - level), i)
                states, below = self._conduct(level, embedding, back, states, draws)
                run, back = self._run_level(level + 1, below, batch, take_segment(inputs, i))
                runs.append(run)
                backs.append(back)
            decoded = Decoded(
                tf.stack([run.parameters for run in runs], 1),
                tf.stack([run.previous for run in runs], 1),
                runs[-1].states,
            )
            feedback = tf.stack(backs, 1)
        return decoded, self._feedback(level, feedback, states)

    def _generate_level(
        self,
        level: int,
        embedding: tf.Tensor | None,
        batch: tf.Tensor,
        decode_next: Callable[[tf.Tensor], Generated],
    ) -> tf.Tensor | None:
        """`_run_level` on the decoder's own samples, segments in order; returns the feedback."""
        if level == len(self.conductors):
            generated = decode_next(embedding)
            if self.reencoder is None:
                return join_states(generated.states)
            return self._encode(generated.values, generated.lengths)
        states, backs = self._initial_states(level, embedding, batch), []
        back = tf.zeros([batch, self._feedback_width(level)])
        for _ in range(self.level_lengths[level]):
            states, below = self._conduct(level, embedding, back, states)
            back = self._generate_level(level + 1, below, batch, decode_next)
            backs.append(back)
        return self._feedback(level, tf.stack(backs, 1), states)

    def _conduct(
        self,
        level: int,
        embedding: tf.Tensor | None,
        back: tf.Tensor,
        states: list[lstm.State],
        dropout: RandomStream | None = None,
    ) -> tuple[list[lstm.State], tf.Tensor]:
        """Runs one step of a conductor; returns its states and its output, float32 [batch, units]."""
        conductor = self.conductors[level]
        if level in self.autoregressive:
            value = back if embedding is None else tf.concat([back, embedding], -1)
        else:
            value = tf.zeros([tf.shape(back)[0], 1])
        parts = [LstmInput(value[tf.newaxis], conductor.input_width)]
        outputs, states = conductor.run(parts, states, dropout=dropout)
        return states, tf.cast(outputs[0], tf.float32)

    def _feedback(self, level: int, feedback: tf.Tensor | None, states: list[lstm.State]) -> tf.Tensor | None:
        """Returns the feedback of a finished sequence to the level above; None where that takes none."""
        if level == 0 or not self.autoregressive or (level - 1) not in self.autoregressive:
            return None
        if self.reencoder is None:
            return join_states(states)
        encoder = self.reencoder.levels[len(self.conductors) - level]
        return encoder.embed([LstmInput(tf.transpose(feedback, [1, 0, 2]), encoder.input_width)])

    def _segment_feedback(self, decoded: Decoded, inputs: DecoderInputs) -> tf.Tensor | None:
        """Returns the feedback of a segment of the core; None without autoregressive levels."""
        if not self.autoregressive:
            return None
        if self.reencoder is None:
            return join_states(decoded.states)
        # The previous outputs that the core read are its outputs one step later, all but the last.
        outputs = tf.concat([decoded.previous[:, 1:], inputs.targets[:, -1:]], 1)
        if inputs.lengths is None:
            return self._encode(outputs, None)
        steps = tf.range(tf.shape(outputs)[1])[tf.newaxis]
        outputs = choose(steps == inputs.lengths[:, tf.newaxis] - 1, inputs.targets, outputs)
        return self._encode(outputs, inputs.lengths)

    def _encode(self, values: tf.Tensor, lengths: tf.Tensor | None) -> tf.Tensor:
        if self.reencoder is None:
            raise ValueError("only a model that re-encodes encodes its own music")
        return self.reencoder.levels[0].embed(lstm_inputs(self.space, time_first(values)), lengths)

    def _conductor_width(self, level: int, width: int, units: tuple[int, ...]) -> int:
        """Returns the input width of an autoregressive conductor: feedback and embedding."""
        return self._feedback_width(level, units) + width

    def _feedback_width(self, level: int, units: tuple[int, ...] | None = None) -> int:
        """Returns the width of the feedback to the conductor of `level`."""
        if self.reencoder is not None:
            return self.reencoder.output_width
        if level == len(self.level_lengths) - 2:
            return self.core.state_width
        return 2 * sum(units or self.conductors[level].units)

    def _initial_states(self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor) -> list[lstm.State]:
        conductor, initial = self.conductors[level], self.initial_states[level]
        if initial is None:
            return conductor.zero_states(batch)
        return split_states(initial(embedding), conductor.units)
