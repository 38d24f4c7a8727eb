"""Compares this library with the figures of the original MusicVAE, case by case.

    python -m benchmarks.conformance --golden=../shared/golden
    python -m benchmarks.conformance --golden=../shared/golden --only='mel_2bar__*'

Prints one line a case with its largest difference, as a share of what is allowed. Exits with 1 if a case is
out of tolerance or cannot be checked, or if there is none.
"""

import argparse
import fnmatch
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmarks.golden_converters import check_converter, make_converter
from benchmarks.golden_models import check_model
from benchmarks.golden_small import check_small

Check = Callable[[Mapping[str, np.ndarray]], Iterator[tuple[str, float, float]]]


def find_check(case: Mapping[str, np.ndarray]) -> Check | None:
    """What checks a case; None where nothing does yet."""
    if "config_json" in case:
        return check_converter if make_converter(json.loads(str(case["config_json"]))) else None
    meta = json.loads(str(case["meta_json"]))
    if meta["name"] == "midime_small":
        return check_small
    plain = {"BidirectionalLstmEncoder", "CategoricalLstmDecoder"} == {
        meta.get("encoder"),
        meta.get("decoder"),
    }
    special = (
        {"in/control"} & set(case)
        or meta["hparams"]["residual_encoder"]
        or meta["hparams"]["residual_decoder"]
    )
    return check_model if plain and not special else None


def check_file(path: Path) -> tuple[bool, str]:
    """Whether a golden file is met, and a line that says how closely."""
    with np.load(path) as arrays:
        case = dict(arrays)
    check = find_check(case)
    if check is None:
        return False, "cannot be checked: this representation or architecture is not built yet"
    try:
        results = list(check(case))
    except Exception as error:  # one case that cannot be checked should not hide the others
        return False, f"cannot be checked: {type(error).__name__}: {error}"
    what, difference, allowed = max(results, key=lambda result: result[1] / max(result[2], 1e-300))
    good = all(difference <= allowed for _, difference, allowed in results)
    return (
        good,
        f"largest difference {difference:.2g} of {allowed:.2g} allowed, in {what} ({len(results)} figures)",
    )


def main() -> int:
    """Checks every case and returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--golden", type=Path, required=True, help="folder with models/ and converters_*/")
    parser.add_argument("--only", default="*", help="pattern for the names of the cases")
    args = parser.parse_args()
    files = [*args.golden.glob("models/*.npz"), *args.golden.glob("converters_*/*.npz")]
    files = sorted(file for file in files if fnmatch.fnmatch(file.stem, args.only))
    failed = 0
    for file in files:
        good, line = check_file(file)
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {file.parent.name}/{file.stem}: {line}", flush=True)
    print(f"{len(files) - failed} of {len(files)} cases agree")
    return 0 if files and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
