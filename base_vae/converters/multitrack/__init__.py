"""Bars of several instruments."""
