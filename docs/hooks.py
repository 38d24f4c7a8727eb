"""Puts the bundled models and their cards on the page about models, so that it lists what is there."""

import re
from typing import Any

from base_vae.checkpoints.finding import BUNDLED_DIR, bundled_models, read_json

TABLE, CARDS = "<!-- bundled models -->", "<!-- model cards -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fills in a page before it becomes HTML."""
    return markdown.replace(TABLE, table()).replace(CARDS, cards())


def table() -> str:
    """A line for each bundled model."""
    lines = ["| name | what it knows | configuration |", "|---|---|---|"]
    for name, description in bundled_models().items():
        preset = read_json(BUNDLED_DIR / name / "config.json")["name"]
        lines.append(f"| [`{name}`](#{name}) | {description} | `{preset}` |")
    return "\n".join(lines)


def cards() -> str:
    """The card of each bundled model, under a heading of the second level."""
    texts = [(BUNDLED_DIR / name / "README.md").read_text("utf-8") for name in bundled_models()]
    return "\n".join(re.sub(r"^#", "###", text, flags=re.MULTILINE) for text in texts)
