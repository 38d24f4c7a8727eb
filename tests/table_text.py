"""Tables that commands print, without the spaces that make their columns straight."""

import re


def narrow(text: str) -> str:
    """The text with every run of spaces as one."""
    return re.sub(" +", " ", text)
