import numpy as np

import base_vae
from base_vae.tunes.candidates import decoded, decoded_anew, singable
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
    others = np.concatenate(book.latents)
    after = decoded_anew(base, z, forms, book.known, others, np.random.default_rng(0), **settings)
    shares = [np.mean([copied(tune, book.known) for tune in tunes]) for tunes in (before, after)]
    assert shares[0] > 0.8 and shares[1] < 0.1
    for tune, form in zip(after, forms, strict=True):
        assert all(np.array_equal(tune[place], tune[source]) for place, source in enumerate(form.sources))


def test_leaps_wider_than_an_octave_count_against_a_melody() -> None:
    converter = base_vae.load("mel_2bar").config.converter
    tune = np.zeros((2, 32), np.uint8)
    tune[0, :8:2], tune[1, 0] = (40, 52, 45, 40), 38
    assert singable(tune, converter) == 0.0
    tune[1, 0] = 53
    assert singable(tune, converter) == -5.0
