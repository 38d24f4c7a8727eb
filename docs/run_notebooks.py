"""Runs the notebooks in examples/ and keeps what they show in them.

    python docs/run_notebooks.py [NAME ...]

What goes to standard error stays out, and so do the times of running: the same notebook gives the same file.
"""

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NAMES = ("tour", "research")


def execute(path: Path) -> nbformat.NotebookNode:
    """The notebook at `path` with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=1800, resources={"metadata": {"path": str(path.parent)}}, record_timing=False
    )
    client.execute()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if not _is_log(each)]
    return notebook


def _is_log(output: nbformat.NotebookNode) -> bool:
    """Whether an output is what TensorFlow logs, to either stream."""
    return output.get("name") == "stderr" or output.get("text", "").startswith("WARNING:tensorflow")


def main() -> None:
    """Runs the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=NAMES, choices=NAMES)
    for name in parser.parse_args().names:
        path = EXAMPLES / f"{name}.ipynb"
        nbformat.write(execute(path), path)
        print(f"wrote {path} ({path.stat().st_size // 1024} KB)")


if __name__ == "__main__":
    main()
