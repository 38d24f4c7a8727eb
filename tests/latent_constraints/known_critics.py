"""Critics over a made-up latent space of six dimensions, in which the answers are known."""

import numpy as np

from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.critic import Critic
from latent_constraints.critics.personal import PersonalCritic
from latent_constraints.training_data import Group

Z_SIZE = 6
DIRECTION = np.array([0.6, -0.8, 0, 0, 0, 0])
CUTS = np.array([-0.67, 0.0, 0.67])  # quartiles of N(0, 1)


def values_of(z):
    """An attribute that is a straight line through latent space."""
    return z @ DIRECTION


def trained(critic, groups, steps=300, seed=0):
    """A critic that has learned from these groups."""
    critic.groups = lambda material: groups
    critic.train(None, steps, 64, 1e-2, 1e-3, seed)
    return critic


def straight_critic(label="density", direction=DIRECTION, seed=0):
    """A critic of the attribute of `values_of`, along another direction if need be."""
    z = np.random.default_rng(seed).standard_normal((2000, Z_SIZE)).astype(np.float32)
    classes = np.searchsorted(CUTS, z @ direction)
    critic = AttributeCritic(CUTS, 1, label=label, z_size=Z_SIZE, units=(8,))
    return trained(critic, [Group.points(z, classes)])


def place_critic(place, label="personal") -> Critic:
    """A critic that knows a place in latent space, about which everything it wants lies."""
    z = np.random.default_rng(1).normal(place, 0.3, (500, Z_SIZE)).astype(np.float32)
    critic = PersonalCritic(label=label, z_size=Z_SIZE, units=(16,))
    return trained(critic, [Group.points(z, 1), Group.prior(Z_SIZE)])
