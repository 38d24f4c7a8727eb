"""Figures that say how good a model, or its music, is."""

from base_vae.metrics.examples import (
    active_units,
    copy_rate,
    distinct_rate,
    histograms,
    overlap_area,
    silent_share,
)

__all__ = ["active_units", "copy_rate", "distinct_rate", "histograms", "overlap_area", "silent_share"]
