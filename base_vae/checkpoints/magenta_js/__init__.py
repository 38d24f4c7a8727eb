"""Model folders of Magenta.js, both ways."""
