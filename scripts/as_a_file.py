"""Makes `python scripts/NAME.py` run as the installed command NAME does; imported by nothing else.

Python puts the folder of such a file first among the places to import from. There `latent_constraints` is a
command, not the library, and a clone that is not installed has no `midime_scripts`.
"""

import importlib.util
import sys
from pathlib import Path

_SCRIPTS = Path(__file__).resolve().parent

sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != _SCRIPTS]
sys.path.insert(0, str(_SCRIPTS.parent))
if importlib.util.find_spec("midime_scripts") is None:
    spec = importlib.util.spec_from_file_location(
        "midime_scripts", _SCRIPTS / "__init__.py", submodule_search_locations=[str(_SCRIPTS)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["midime_scripts"] = package
    spec.loader.exec_module(package)
