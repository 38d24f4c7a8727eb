"""The hierarchical decoder: a conductor says what each segment is about, a core decoder says it."""

import math
from collections.abc import Callable

import tensorflow as tf

from base_vae.model.decoders.base import Decoded, Decoder, DecoderInputs, Generated, Prompt, choose, shift
from base_vae.model.decoders.lstm_decoder import join_states, make_initial_state, split_states
from base_vae.model.encoders import HierarchicalEncoder
from base_vae.model.layers.lstm_input import LstmInput, lstm_inputs, size, time_first
from base_vae.model.layers.lstm_stack import LstmStack
from base_vae.model.layers.random_streams import RandomStream, fold_in


class HierarchicalDecoder(Decoder):
    """Levels of conductors over a core decoder (Roberts et al. 2018, arXiv:1803.05428, section 3.2.2).

    Each step of a conductor gives a vector that begins a sequence one level down; at the bottom it is the
    core decoder's z. Where no level is autoregressive, conductors run ahead of everything below them, and
    the core decodes all segments of all examples side by side. An autoregressive level hears what came of
    its segments before: the lower level's last state, or an encoding of the music ("re-encoding").

    Args:
      level_lengths: steps of each level from the top, the core's segments last.
      units: LSTM units of the conductors, one number a layer.
      z_size: size of the latent space; 0 for an unconditional decoder.
      core: decodes a segment; its z is as wide as a conductor's output.
      autoregressive: levels, counted from the top, that hear what came of their segments.
      reencoder: encodes what the core said, for autoregressive levels; None: they hear states.
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
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.level_lengths, self.core, self.head = tuple(level_lengths), core, core.head
        self.end_token, self.autoregressive, self.reencoder = core.end_token, tuple(autoregressive), reencoder
        self.conductors, self.initial_states = [], []
        width = z_size
        for level in range(len(self.level_lengths) - 1):
            heard = self._heard_width(level, width, units) if level in self.autoregressive else 1
            self.conductors.append(LstmStack(units, heard, residual, keep_prob, f"conductor_{level}"))
            self.initial_states.append(
                make_initial_state(units, width, f"initial_state_{level}") if width else None
            )
            width = units[-1]
        self.built = True

    @property
    def state_width(self) -> int:
        """Numbers in the core's states."""
        return self.core.state_width

    def run(self, z: tf.Tensor | None, heard: DecoderInputs) -> Decoded:
        """Runs over known music of the full length; every segment's first input is teacher-forced."""
        inputs = heard.inputs if heard.inputs is not None else shift(self.space, heard.targets)
        batch = size(inputs)
        lengths = heard.lengths
        if lengths is not None:
            shape = [batch, *self.level_lengths[:-1]]
            lengths = tf.reshape(lengths, shape) if lengths.shape.rank == 2 else None
        first = _hierarchy(inputs, self.level_lengths)[(..., 0, *(slice(None),) * len(self.space.shape))]
        segments = heard._replace(
            targets=_hierarchy(heard.targets, self.level_lengths),
            controls=None if heard.controls is None else _hierarchy(heard.controls, self.level_lengths),
            inputs=None if heard.inputs is None else _hierarchy(inputs, self.level_lengths),
            lengths=lengths,
            first=first,
        )
        decoded, _ = self._run_level(0, z, batch, segments)
        steps = tf.shape(inputs)[1]
        return Decoded(
            tf.reshape(decoded.parameters, [batch, steps, self.head.width]),
            tf.reshape(decoded.inputs, tf.shape(inputs)),
            decoded.states,
        )

    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """What runs on the decoder's own samples, of the full length.

        A segment goes on from the one before it.
        """
        core = self.core.generator(batch)
        return lambda z, prompt: self._generate(core, z, prompt, batch)

    def _generate(self, core, z: tf.Tensor | None, prompt: Prompt, batch: int | tf.Tensor) -> Generated:
        segment = self.level_lengths[-1]
        controls = prompt.controls
        if controls is not None:
            controls = tf.reshape(controls, [batch, -1, segment, controls.shape[-1]])

        def say(embedding: tf.Tensor, index: tf.Tensor | int, first: tf.Tensor | None) -> Generated:
            told = None if controls is None else controls[:, index]
            own = prompt._replace(
                steps=segment, draws=prompt.draws.fold_in(index), controls=told, first=first
            )
            return core(embedding, own)

        if self.autoregressive:
            said: list[Generated] = []

            def say_next(embedding: tf.Tensor) -> Generated:
                first = said[-1].values[:, -1] if said else prompt.first
                said.append(say(embedding, len(said), first))
                return said[-1]

            self._generate_level(0, z, batch, say_next)
            return Generated(
                tf.concat([own.values for own in said], 1),
                tf.concat([own.parameters for own in said], 1),
                tf.stack([own.lengths for own in said], 1),
                said[-1].states,
            )
        return self._generate_ahead(z, prompt, batch, say)

    def _generate_ahead(self, z, prompt: Prompt, batch: tf.Tensor, say) -> Generated:
        """Generation where the conductors need not hear the music: they run first."""
        embedding, count = z, batch
        for level in range(len(self.conductors)):
            embedding, _ = self._run_conductor(level, embedding, count, None)
            count *= self.level_lengths[level]
        segments = math.prod(self.level_lengths[:-1])
        embeddings = tf.reshape(embedding, [batch, segments, embedding.shape[-1]])
        first = self.space.nothing([batch]) if prompt.first is None else prompt.first
        kinds = ((first.dtype, (None, *self.space.shape)), (tf.float32, (None, self.head.width)))
        arrays = [
            *(tf.TensorArray(kind, segments, element_shape=[None, *shape]) for kind, shape in kinds),
            tf.TensorArray(tf.int32, segments, element_shape=[None]),
        ]

        def body(i, first, *arrays):
            own = say(embeddings[:, i], i, first)
            arrays = [array.write(i, value) for array, value in zip(arrays, own[:3], strict=True)]
            return i + 1, own.values[:, -1], *arrays

        first.set_shape([None, *self.space.shape])
        _, _, *arrays = tf.while_loop(
            lambda i, *_: i < segments,
            body,
            [0, first, *arrays],
            shape_invariants=[
                tf.TensorShape([]),
                tf.TensorShape([None, *self.space.shape]),
                *(tf.TensorShape(None) for _ in arrays),
            ],
        )
        values, parameters, lengths = (array.stack() for array in arrays)
        values, parameters = (_joined(value) for value in (values, parameters))
        return Generated(values, parameters, tf.transpose(lengths), [])

    def _run_conductor(
        self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor, draws: RandomStream | None
    ):
        """A conductor that hears nothing, all steps at once.

        Returns:
          Its outputs float32 [batch * steps, units], each example's together, and its last states.
        """
        conductor, steps = self.conductors[level], self.level_lengths[level]
        nothing = [LstmInput(tf.zeros([steps, batch, 1]), 1)]
        states = self._first_states(level, embedding, batch)
        outputs, states = conductor.run(nothing, states, dropout=draws)
        below = tf.reshape(tf.transpose(outputs, [1, 0, 2]), [batch * steps, conductor.units[-1]])
        return tf.cast(below, tf.float32), states

    def _run_level(
        self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor, heard: DecoderInputs
    ) -> tuple[Decoded, tf.Tensor | None]:
        """Decodes everything below `level`.

        Args:
          level: 0 at the top; the number of conductors at the core.
          embedding: [batch, width], what the level above says (z at the top).
          batch: number of sequences at this level.
          heard: arrays [batch, steps of this level, ..., steps of the core, ...].

        Returns:
          What was decoded, [batch, steps of this level, ...], and what the level above hears of it.
        """
        if level == len(self.conductors):
            told = heard
            if self.reencoder is not None and heard.lengths is not None:
                # The states say nothing then; the original goes on to the longest of the batch.
                told = heard._replace(lengths=tf.fill(tf.shape(heard.lengths), tf.reduce_max(heard.lengths)))
            decoded = self.core.run(embedding, told)
            return decoded, self._segment_feedback(decoded, heard)
        steps = self.level_lengths[level]
        if level not in self.autoregressive:
            draws = fold_in(heard.dropout, -1 - level)
            below, states = self._run_conductor(level, embedding, batch, draws)
            decoded, feedback = self._run_level(level + 1, below, batch * steps, _flattened(heard, steps))
            decoded = _unflattened(decoded, steps)
            if feedback is not None:
                feedback = tf.reshape(feedback, [batch, steps, self._feedback_width(level)])
        else:
            runs, backs, states = [], [], self._first_states(level, embedding, batch)
            back = tf.zeros([batch, self._feedback_width(level)])
            for i in range(steps):
                draws = fold_in(fold_in(heard.dropout, -1 - level), i)
                states, below = self._conduct(level, embedding, back, states, draws)
                run, back = self._run_level(level + 1, below, batch, _segment(heard, i))
                runs.append(run)
                backs.append(back)
            decoded = Decoded(
                tf.stack([run.parameters for run in runs], 1),
                tf.stack([run.inputs for run in runs], 1),
                runs[-1].states,
            )
            feedback = tf.stack(backs, 1)
        return decoded, self._feedback(level, feedback, states)

    def _generate_level(self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor, say):
        """As `_run_level`, on the decoder's own samples, segments in order; returns the feedback."""
        if level == len(self.conductors):
            generated = say(embedding)
            if self.reencoder is None:
                return join_states(generated.states)
            return self._encode(generated.values, generated.lengths)
        states, backs = self._first_states(level, embedding, batch), []
        back = tf.zeros([batch, self._feedback_width(level)])
        for _ in range(self.level_lengths[level]):
            states, below = self._conduct(level, embedding, back, states)
            back = self._generate_level(level + 1, below, batch, say)
            backs.append(back)
        return self._feedback(level, tf.stack(backs, 1), states)

    def _conduct(self, level, embedding, back, states, dropout: RandomStream | None = None):
        """One step of a conductor; returns its states and its output, float32 [batch, units]."""
        conductor = self.conductors[level]
        if level in self.autoregressive:
            value = back if embedding is None else tf.concat([back, embedding], -1)
        else:
            value = tf.zeros([tf.shape(back)[0], 1])
        heard = [LstmInput(value[tf.newaxis], conductor.input_width)]
        outputs, states = conductor.run(heard, states, dropout=dropout)
        return states, tf.cast(outputs[0], tf.float32)

    def _feedback(self, level: int, feedback: tf.Tensor | None, states) -> tf.Tensor | None:
        """What the level above hears of a finished sequence of this level; None where it does not listen."""
        if level == 0 or not self.autoregressive or (level - 1) not in self.autoregressive:
            return None
        if self.reencoder is None:
            return join_states(states)
        encoder = self.reencoder.levels[len(self.conductors) - level]
        return encoder.embed([LstmInput(tf.transpose(feedback, [1, 0, 2]), encoder.input_width)])

    def _segment_feedback(self, decoded: Decoded, heard: DecoderInputs) -> tf.Tensor | None:
        if not self.autoregressive:
            return None
        if self.reencoder is None:
            return join_states(decoded.states)
        # What the core heard, without its first input, is what was said, but for the last step.
        last = heard.targets[:, -1:]
        said = tf.concat([decoded.inputs[:, 1:], last], 1)
        if heard.lengths is None:
            return self._encode(said, None)
        steps = tf.range(tf.shape(said)[1])[tf.newaxis]
        said = choose(steps == heard.lengths[:, tf.newaxis] - 1, heard.targets, said)
        return self._encode(said, heard.lengths)

    def _encode(self, values: tf.Tensor, lengths: tf.Tensor | None) -> tf.Tensor:
        return self.reencoder.levels[0].embed(lstm_inputs(self.space, time_first(values)), lengths)

    def _heard_width(self, level: int, width: int, units: tuple[int, ...]) -> int:
        """Width of what an autoregressive conductor hears: the feedback and what began its sequence."""
        return self._feedback_width(level, units) + width

    def _feedback_width(self, level: int, units: tuple[int, ...] | None = None) -> int:
        if self.reencoder is not None:
            return self.reencoder.output_width
        if level == len(self.level_lengths) - 2:
            return self.core.state_width
        return 2 * sum(units or self.conductors[level].units)

    def _first_states(self, level: int, embedding: tf.Tensor | None, batch: tf.Tensor):
        conductor, initial = self.conductors[level], self.initial_states[level]
        if initial is None:
            return conductor.zero_states(batch)
        return split_states(initial(embedding), conductor.units)


def _joined(value: tf.Tensor) -> tf.Tensor:
    """[segments, batch, steps, ...] to [batch, segments * steps, ...]."""
    value = time_first(value)
    shape = tf.shape(value)
    return tf.reshape(value, tf.concat([shape[:1], [-1], shape[3:]], 0))


def _hierarchy(value: tf.Tensor, level_lengths: tuple[int, ...]) -> tf.Tensor:
    """[batch, time, ...] as [batch, *level_lengths, ...]."""
    shape = tf.shape(value)
    return tf.reshape(value, tf.concat([shape[:1], level_lengths, shape[2:]], 0))


def _each(heard: DecoderInputs, function) -> DecoderInputs:
    """`heard` with `function` applied to every array that has segments."""
    names = ("targets", "controls", "lengths", "inputs", "first")
    values = {name: getattr(heard, name) for name in names}
    return heard._replace(**{k: None if v is None else function(v) for k, v in values.items()})


def _flattened(heard: DecoderInputs, steps: int) -> DecoderInputs:
    """Segments beside each other in the batch: [batch, steps, ...] to [batch * steps, ...]."""
    if heard.sampling is not None:
        heard = heard._replace(sampling=(heard.sampling[0], heard.sampling[1].repeated(steps)))
    if heard.dropout is not None:
        heard = heard._replace(dropout=heard.dropout.repeated(steps))
    return _each(heard, lambda v: tf.reshape(v, tf.concat([[-1], tf.shape(v)[2:]], 0)))


def _segment(heard: DecoderInputs, i: int) -> DecoderInputs:
    """The i-th segment of every example."""
    heard = _each(heard, lambda v: v[:, i])
    sampling = heard.sampling and (heard.sampling[0], heard.sampling[1].fold_in(i))
    return heard._replace(sampling=sampling, dropout=fold_in(heard.dropout, i))


def _unflattened(decoded: Decoded, steps: int) -> Decoded:
    """The inverse of `_flattened` for what was decoded; the states are the last segment's."""

    def back(value: tf.Tensor) -> tf.Tensor:
        return tf.reshape(value, tf.concat([[-1, steps], tf.shape(value)[1:]], 0))

    states = [type(state)(*(back(part)[:, -1] for part in state)) for state in decoded.states]
    return Decoded(back(decoded.parameters), back(decoded.inputs), states)
