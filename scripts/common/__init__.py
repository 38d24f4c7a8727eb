"""Shared by the commands: flags, inputs, outputs and errors."""
