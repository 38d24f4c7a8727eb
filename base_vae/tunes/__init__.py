"""Whole tunes: a model of sequences of latents, form, seams and endings, over any base of segments."""
