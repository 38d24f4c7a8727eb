"""ABC tunes."""
