"""Encoders: a sequence to one vector that the posterior is made from."""

from base_vae.encoders.bidirectional import BidirectionalEncoder

__all__ = ["BidirectionalEncoder"]
