"""The output files of preprocessing, and the statistics and descriptions beside them."""

import collections
import json
from pathlib import Path
from typing import Any

from base_vae.converters import converter_to_dict
from base_vae.data.example_records import describe, described_in
from base_vae.data.preprocess.steps import UNREADABLE, Settings
from base_vae.errors import UserError
from base_vae.readers.sources import EXAMPLES_SUFFIX
from base_vae.readers.tfrecord import shard_names


def prefix_of(output: str, split: str, settings: Settings) -> str:
    """The name of the shards of a split, without their numbers: `notes-train.tfrecord`."""
    path = Path(output)
    suffix = EXAMPLES_SUFFIX if settings.output_format == "examples" else path.suffix
    return str(path.with_name(f"{path.stem}{'-' if split else ''}{split}{suffix}"))


def shards_of(output: str, split: str, shards: int, settings: Settings) -> list[str]:
    """The files of a split."""
    return shard_names(f"{prefix_of(output, split, settings)}@{shards}")


def statistics(counts: collections.Counter[str], settings: Settings) -> dict[str, Any]:
    """The counts as plain data.

    Raises:
      UserError: if there is no example, with the statistics.
    """

    def under(name: str) -> dict[str, int]:
        found = {key.removeprefix(name): n for key, n in counts.items() if key.startswith(name)}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    unreadable = list(under(UNREADABLE))
    if unreadable and not counts["pieces"]:
        raise UserError("; ".join(unreadable))
    figures: dict[str, Any] = {
        "pieces": counts["pieces"],
        "unreadable": unreadable,
        "notes": counts["notes"],
        "hours": round(counts["seconds"] / 3600.0, 2),
        "filtered": under("filtered/"),
        "rejected": under("rejected/"),
        "examples_extracted": counts["extracted"],
        "examples": {split or "all": counts[f"written/{split}"] for split in settings.split_names},
        "lost_in_writing": counts["lost"],
        "converter": converter_to_dict(settings.converter),
    }
    if not sum(figures["examples"].values()):
        names = ("pieces", "unreadable", "filtered", "rejected")
        shown = json.dumps({name: figures[name] for name in names}, indent=1)
        raise UserError(f"no examples in this music\n{shown}")
    return figures


def describe_results(output: str, figures: dict[str, Any], settings: Settings) -> None:
    """Writes the statistics, and the description of compact examples, beside the output."""
    if settings.output_format == "examples":
        for split in settings.split_names:
            described = described_in(prefix_of(output, split, settings))
            described.write_text(json.dumps(describe(settings.converter), indent=1) + "\n", "utf-8")
    Path(f"{output}.statistics.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
