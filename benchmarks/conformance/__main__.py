"""Compares this library with the figures of the original MusicVAE, case by case.

    python -m benchmarks.conformance --golden=../shared/golden
    python -m benchmarks.conformance --golden=../shared/golden --only='mel_2bar__*'

Prints one line a case with its largest difference, as a share of what is allowed. Exits with 1 if a case is
out of tolerance or cannot be checked, or if there is none.
"""

import argparse
import fnmatch
import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmarks.conformance.absent import absent_cases, check_absent
from benchmarks.conformance.converters import check_converter
from benchmarks.conformance.lc import check_lc
from benchmarks.conformance.models import check_model
from benchmarks.conformance.small import check_small

_OTHER_MODELS = {"midime_small": check_small, "midime_lc": check_lc}
Check = Callable[[Mapping[str, np.ndarray]], Iterator[tuple[str, float, float]]]


def find_check(case: Mapping[str, np.ndarray]) -> Check:
    """Returns the function that checks a case."""
    if "config_json" in case:
        return check_converter
    meta = json.loads(str(case["meta_json"]))
    return _OTHER_MODELS.get(meta["name"], check_model)


def check_file(path: Path) -> tuple[bool, str]:
    """Whether a golden file is met, and a line on how closely."""
    with np.load(path) as arrays:
        case = dict(arrays)
    return _judge(lambda: find_check(case)(case))


def _judge(check: Callable[[], Iterator[tuple[str, float, float]]]) -> tuple[bool, str]:
    try:
        results = list(check())
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
    cases = [(file.parent, file.stem, functools.partial(check_file, file)) for file in sorted(files)]
    for folder in sorted(args.golden.glob("converters_*")):
        for name in absent_cases(folder):
            check = functools.partial(check_absent, folder, name)
            cases.append((folder, f"{name} (0 examples)", functools.partial(_judge, check)))
    cases = [case for case in cases if fnmatch.fnmatch(case[1], args.only)]
    failed = 0
    for folder, name, check in cases:
        good, line = check()
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {folder.name}/{name}: {line}", flush=True)
    print(f"{len(cases) - failed} of {len(cases)} cases agree")
    return 0 if cases and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
