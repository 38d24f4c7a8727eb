"""Names of a package that are imported when they are first asked for, since TensorFlow takes seconds."""

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any

_DISTRIBUTION = "midime"
_VERSION = "__version__"


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Makes the `__getattr__` and the `__dir__` of a package (PEP 562), which has a `__version__` too.

    Args:
      package: its name.
      homes: the module that each name comes from, or `module:name` where it has another name there.
    """

    def get(name: str) -> Any:
        if name == _VERSION:
            return importlib.metadata.version(_DISTRIBUTION)
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, own_name = homes[name].partition(":")
        return getattr(importlib.import_module(module), own_name or name)

    return get, lambda: [*homes, _VERSION]
