import numpy as np

import base_vae
from base_vae.tunes.candidates import decoded, decoded_anew
from base_vae.tunes.measures import copied
from base_vae.tunes.song import songs_in
from base_vae.tunes.songbook import Songbook
from tests.paths import EXAMPLES


def test_segments_that_turn_out_to_be_known_ones_become_others() -> None:
    base = base_vae.load("mel_2bar")
    book = Songbook.of(base, songs_in([EXAMPLES / "hymns"], base.config.converter)[0])
    forms = list(book.forms[:3])
    z = [book.latents[number] for number in range(3)]
    shortest = min(map(len, z))
    z, forms = np.stack([each[:shortest] for each in z]), [form.part(0, shortest) for form in forms]
    settings = {"temperature": 0.0, "seed": 0}
    before = decoded(base, z, forms, **settings)
    after = decoded_anew(base, z, forms, book.known, np.random.default_rng(0), **settings)
    shares = [np.mean([copied(tune, book.known) for tune in tunes]) for tunes in (before, after)]
    assert shares[0] > 0.8 and shares[1] < 0.1
    for tune, form in zip(after, forms, strict=True):
        assert all(np.array_equal(tune[place], tune[source]) for place, source in enumerate(form.sources))
