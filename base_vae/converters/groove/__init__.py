"""Drumming with velocities and microtiming."""
