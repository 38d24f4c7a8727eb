"""Draws `docs/architecture.svg` from the imports: `python docs/draw_architecture.py`.

Rows are the layers that `make lint` keeps (`[tool.importlinter]` in pyproject.toml), boxes the packages.
An arrow goes from a package to one that it imports, unless there is a way there through others.
"""

import argparse
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
FOLDERS = {"midime_scripts": "scripts"}  # installed under the first name, kept under the second
WIDTH, ROW, BOX, GAP = 1000, 92, (190, 50), 24
LANES = 850  # where the arrows begin that pass rows


def rows() -> list[list[str]]:
    """The layers of the import contracts, the highest first: modules by their full names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    whole, inside = (contract for contract in contracts if contract["type"] == "layers")
    above = [[name] for name in whole["layers"] if name not in inside["containers"]]
    within = [[f"base_vae.{name.strip()}" for name in row.split("|")] for row in inside["layers"]]
    return above + within


def imports(names: list[str]) -> dict[str, set[str]]:
    """For each package the others that it imports and that are not reached through one of those."""
    packages = {name.split(".")[0] for name in names}
    graph = grimp.build_graph(*sorted(packages), exclude_type_checking_imports=True, cache_dir=None)
    home = {module: name for module in graph.modules for name in names if f"{module}.".startswith(f"{name}.")}
    found: dict[str, set[str]] = {name: set() for name in names}
    for module, name in home.items():
        targets = {home[other] for other in graph.find_modules_directly_imported_by(module) if other in home}
        found[name] |= targets - {name}
    below = {name: set(_reached(name, found)) for name in names}
    return {
        name: {other for other in targets if not any(other in below[via] for via in targets - {other})}
        for name, targets in found.items()
    }


def _reached(name: str, found: dict[str, set[str]]) -> Iterator[str]:
    for other in found[name]:
        yield other
        yield from _reached(other, found)


def label(name: str) -> tuple[str, str]:
    """The name of a package or module as it stands in the tree, and how large it is."""
    folder = ROOT / FOLDERS.get(name, name).replace(".", "/")
    files = [path for path in folder.rglob("*.py") if "node_modules" not in path.parts]
    if not files:
        path = folder.with_suffix(".py")
        return path.name, f"{len(path.read_text('utf-8').splitlines())} lines"
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in files)
    return f"{folder.name}/", f"{len(files)} files, {lines:,} lines"


def draw(layers: list[list[str]], arrows: dict[str, set[str]]) -> str:
    """The picture as SVG."""
    place: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(layers):
        width = len(row) * BOX[0] + (len(row) - 1) * GAP
        for column, name in enumerate(row):
            place[name] = ((LANES - width) / 2 + column * (BOX[0] + GAP), 20 + number * ROW)
    height = 20 + len(layers) * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#7a869a"/></marker></defs>',
    ]
    lane = LANES
    for name, targets in arrows.items():
        for other in sorted(targets, key=lambda target: (place[target][1], target)):
            (x, y), (to_x, to_y) = place[name], place[other]
            x, to_x, y = x + BOX[0] / 2, to_x + BOX[0] / 2, y + BOX[1]
            if to_y - y < ROW:  # the next row
                bend = (to_y - y) / 2
                way = f"M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}"
            else:  # round the boxes in between
                x, to_x, lane = x + 30, to_x + 30 + (lane - LANES) / 3, lane + 14
                way = f"M{x} {y}V{y + 12}H{lane}V{to_y - 16}H{to_x}V{to_y}"
            parts.append(
                f'<path d="{way}" fill="none" stroke="#7a869a" stroke-width="1.3" marker-end="url(#tip)"/>'
            )
    for name, (x, y) in place.items():
        title, size = label(name)
        inside = name.startswith("base_vae.")
        parts.append(
            f'<rect x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="6" '
            f'fill="{"#eaf2fb" if inside else "#fdf3e3"}" stroke="#44546a"/>'
            f'<text x="{x + BOX[0] / 2}" y="{y + 22}" text-anchor="middle" font-size="16">{title}</text>'
            f'<text x="{x + BOX[0] / 2}" y="{y + 40}" text-anchor="middle" font-size="11" '
            f'fill="#44546a">{size}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Writes the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=PICTURE)
    args = parser.parse_args()
    layers = rows()
    args.output.write_text(draw(layers, imports([name for row in layers for name in row])), "utf-8")
    print(f"wrote {args.output}")


if __name__ == "__main__":
    main()
