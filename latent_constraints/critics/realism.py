"""RealismCritic: is this where real music lies?"""

import keras

from base_vae.errors import UserError
from latent_constraints.critics.critic import Critic
from latent_constraints.training_data import MADE, Group, Material


@keras.saving.register_keras_serializable(package="latent_constraints")
class RealismCritic(Critic):
    """Distinguishes z ~ q(z|x) of real music from z ~ p(z) and from what actors make.

    Engel et al. 2018 (arXiv:1711.05772), section 3: the realism constraint. What a VAE's prior covers is more
    than what its training music does; there samples are poorer.
    """

    kind = "realism"

    def groups(self, material: Material) -> list[Group]:
        """Half real music, the rest shared by the prior and what was made in every round.

        Raises:
          UserError: if there is no real music.
        """
        if material.real is None:
            raise UserError("realism is learned from real music: give some with --examples_path")
        others = [Group.prior(self.z_size), *(Group.points(z, 0, MADE) for z in material.made)]
        return [Group.posteriors(material.real, 1, sum(group.share for group in others)), *others]
