"""Arrays decoded to music and encoded again."""

import numpy as np


def check_journey(converter, array, qpm):
    """Any array comes back in its canonical form, at once, and then stays so."""
    once = converter.encode_whole(converter.decode(array, qpm=qpm))
    assert once.shape == converter.shape
    assert once.dtype == converter.dtype
    np.testing.assert_array_equal(once, converter.canonical(array))
    np.testing.assert_array_equal(converter.encode_whole(converter.decode(once, qpm=qpm)), once)
    np.testing.assert_array_equal(converter.canonical(once), once)
