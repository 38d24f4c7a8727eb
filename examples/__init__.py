"""Tunes to try things on; installed as `midime_examples`, and named `examples:reels` wherever music is."""
