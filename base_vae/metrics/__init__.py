"""Measures of how good a model, or its music, is."""

from base_vae.metrics.histograms import (
    copy_rate,
    distinct_rate,
    histograms,
    overlap_area,
    silent_share,
)
from base_vae.model.posteriors import active_units

__all__ = ["active_units", "copy_rate", "distinct_rate", "histograms", "overlap_area", "silent_share"]
