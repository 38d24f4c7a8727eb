"""A response to attribute vectors, made up."""

import dataclasses

import numpy as np

from base_vae.metrics.attribute_response import Response

RNG = np.random.default_rng(1)


def response():
    """Two vectors, three attributes, five amounts; one attribute is not defined anywhere."""
    change = RNG.normal(size=(2, 5, 3))
    change[:, 2] = 0
    change[..., 2] = np.nan
    drawn = {
        "music": "tests",
        "pieces": 7,
        "vectors": ("density", "interval"),
        "attributes": ("interval", "density", "swing"),
        "amounts": np.linspace(-2, 2, 5),
        "before": np.array([3.0, 5.0, np.nan]),
        "spread": np.array([0.5, 2.0, np.nan]),
        "change": change,
        "compared": np.broadcast_to([3.0, 5.0, np.nan], change.shape),
        "kept": RNG.random((2, 5)),
        "spearman": np.array([0.97, 0.5]),
    }
    others = {field.name for field in dataclasses.fields(Response)} - set(drawn)  # which are not drawn
    return Response(**drawn, **{name: np.zeros((2, 2)) for name in others})
