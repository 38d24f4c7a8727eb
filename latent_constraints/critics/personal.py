"""PersonalCritic: does this sound like one person's music?"""

import keras

from base_vae.errors import UserError
from latent_constraints.critics.critic import Critic
from latent_constraints.training_data import MADE, Group, Material

LEAST_EXAMPLES = 8


@keras.saving.register_keras_serializable(package="latent_constraints")
class PersonalCritic(Critic):
    """Distinguishes posteriors of a user's music from the prior, from other music and from what actors make.

    There are tens of examples, not thousands: the layers are few and small, and posteriors, from which every
    batch draws anew, make a cloud of each example.
    """

    kind = "personal"

    def groups(self, material: Material) -> list[Group]:
        """Half the user's own music, the rest shared by all else there is.

        Raises:
          UserError: if there are too few examples of the user's.
        """
        own = material.own[self.label]
        if len(own.mu) < LEAST_EXAMPLES:
            raise UserError(
                f"personal: {len(own.mu)} examples are too few to learn from; {LEAST_EXAMPLES} are needed, "
                "which a song of a dozen bars has"
            )
        others = [Group.prior(self.z_size)]
        if material.real is not None:
            others.append(Group.posteriors(material.real, 0))
        others += [Group.points(z, 0, MADE) for z in material.made]
        return [Group.posteriors(own, 1, sum(group.share for group in others)), *others]
