"""Whether dbt is installed with an adapter, seen from its files: importing dbt takes seconds."""

from __future__ import annotations

import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import extend_path

from floe_sdk import Health


def check() -> Health:
    """Which dbt is installed, and the adapters that it would find."""
    started = time.monotonic()
    try:
        installed = version("dbt-core")
    except PackageNotFoundError:
        return Health(ok=False, message="dbt-core is not installed", seconds=time.monotonic() - started)
    found = adapters()
    message = f"dbt {installed}, adapters: {', '.join(found) or 'none'}"
    details = {"dbt": installed, "adapters": found}
    return Health(ok=bool(found), message=message, seconds=time.monotonic() - started, details=details)


def adapters() -> list[str]:
    """The names of the installed adapters: each has an `impl.py` in dbt's namespace package."""
    spec = find_spec("dbt.adapters")
    own = list(spec.submodule_search_locations or ()) if spec else []
    folders = extend_path(own, "dbt.adapters")  # adapters in other folders of sys.path join, as on import
    files = (file for folder in folders for file in Path(folder).glob("*/impl.py"))
    return sorted({file.parent.name for file in files} - {"base", "sql"})
