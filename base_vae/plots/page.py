"""Pictures as one HTML page that needs nothing else: no other file, no network."""

import base64
import dataclasses
import html
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from base_vae.plots.styles import as_bytes

_LARGEST_SVG = 1_000_000  # bytes; a larger one is slower to show than a PNG
_REM_AN_INCH = 4.5  # at least: on a phone a wide picture is moved sideways rather than made too small to read
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a202c; }
body { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
figure { margin: 0; } figcaption { margin-bottom: .5rem; }
.wide { overflow-x: auto; border: 1px solid #e2e8f0; border-radius: .3rem; }
.wide img { display: block; width: 100%; height: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { background: #f7fafc; padding: .8rem; font-size: .85rem; }
""".strip()


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure with its words.

    Attributes:
      name: short, of letters that a file's name can have.
      caption: a sentence or two: what is shown and how to read it.
      figure: the picture.
    """

    name: str
    caption: str
    figure: Figure

    @property
    def heading(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ").capitalize()


@dataclasses.dataclass(frozen=True)
class Rendered:
    """A picture as a page holds it.

    Attributes:
      name, heading, caption: as those of the picture.
      width: of the figure in inches.
      source: its image as a data: address. As an image, so that what is named alike inside two pictures does
        not meet.
    """

    name: str
    heading: str
    caption: str
    width: float
    source: str


def rendered(picture: Picture) -> Rendered:
    """A picture drawn, as SVG unless that is very large."""
    data, kind = as_bytes(picture.figure, "svg"), "svg+xml"
    if len(data) > _LARGEST_SVG:
        data, kind = as_bytes(picture.figure, "png"), "png"
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return Rendered(picture.name, picture.heading, picture.caption, picture.figure.get_figwidth(), source)


def page(title: str, facts: str, pictures: Sequence[Rendered], missing: Mapping[str, str]) -> str:
    """An HTML page of pictures, one below the other, to be read on a screen of any width.

    Args:
      title: of the page.
      facts: plain text, shown unchanged.
      pictures: in their order.
      missing: why a picture could not be made, by its name.
    """
    links = " · ".join(
        f'<a href="#{picture.name}">{html.escape(picture.heading)}</a>' for picture in pictures
    )
    parts = [f"<h1>{html.escape(title)}</h1>", f"<pre>{html.escape(facts)}</pre>", f"<p>{links}</p>"]
    parts += [_section(picture) for picture in pictures]
    if missing:
        reasons = "".join(
            f"<li>{html.escape(name.replace('_', ' '))}: {html.escape(why)}</li>"
            for name, why in missing.items()
        )
        parts.append(f"<h2>Pictures that could not be made</h2><ul>{reasons}</ul>")
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _section(picture: Rendered) -> str:
    caption, width = html.escape(picture.caption), _REM_AN_INCH * picture.width
    return (
        f'<h2 id="{picture.name}">{html.escape(picture.heading)}</h2>\n'
        f"<figure><figcaption>{caption}</figcaption>"
        f'<div class="wide"><img src="{picture.source}" alt="{caption}" style="min-width: {width:.0f}rem"/>'
        "</div></figure>"
    )
