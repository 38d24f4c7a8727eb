"""The optimizers that train a MusicVAE."""

import keras
import tensorflow as tf

from base_vae.model.hparams import HParams


def make_optimizer(hparams: HParams) -> keras.optimizers.Optimizer:
    """Makes the optimizer that `hparams.optimizer` names.

    Adam has the original's epsilon of 1e-8, where Keras' default is 1e-7.
    """
    if hparams.optimizer == "muon":
        return GateMuon(
            hparams.learning_rate,
            epsilon=1e-8,
            weight_decay=None,
            adam_weight_decay=None,
            # One-hot inputs and outputs are embeddings, which Muon's authors leave to Adam. (The decoder's
            # first kernel holds rows of both kinds and is left whole.)
            exclude_layers=["(forward|backward)_0_0/lstm_cell/kernel", "projection"],
        )
    return FusedAdam(hparams.learning_rate, epsilon=1e-8)


@keras.saving.register_keras_serializable(package="base_vae")
class FusedAdam(keras.optimizers.Adam):
    """Adam (Kingma & Ba 2015) whose step is one operation for each variable, as in the original.

    It computes the same numbers as Keras' own, which goes over each variable some ten times.
    """

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        """Moves a variable; `gradient` has its shape."""
        index, step = self._get_variable_index(variable), tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


@keras.saving.register_keras_serializable(package="base_vae")
class GateMuon(keras.optimizers.Muon):
    """Muon (Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982) for LSTMs with their four gates.

    An LSTM keeps the matrices of its gates side by side; each is orthogonalised by itself, all four in one
    batch, in bfloat16, which is precise enough for this and twice as fast.
    """

    def build(self, var_list: list[keras.Variable]) -> None:
        """Makes the momenta, and finds the weights that are four matrices side by side."""
        super().build(var_list)
        self._gates = [4 if "lstm_cell" in variable.path else 1 for variable in var_list]

    def _muon_update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, lr: tf.Tensor, m: keras.Variable
    ) -> None:
        m.assign(self.momentum * m + gradient)
        update = gradient + self.momentum * m if self.nesterov else tf.convert_to_tensor(m)
        gates = self._gates[self._get_variable_index(variable)]
        matrices = tf.cast(tf.stack(tf.split(update, gates, axis=1)), tf.bfloat16)
        orthogonal = tf.cast(self.zeropower_via_newtonschulz5(matrices, self.ns_steps), tf.float32)
        scale = self.rms_rate * max(variable.shape[0], variable.shape[1] // gates) ** 0.5
        self.assign_sub(variable, lr * scale * tf.concat(tf.unstack(orthogonal), 1))
