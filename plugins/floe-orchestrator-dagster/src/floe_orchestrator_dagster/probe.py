"""`python -m floe_orchestrator_dagster.probe [FILE]`: import Dagster, load a code location's file, say what it holds.

A process of its own: Dagster takes a second to import, and a health check has a deadline. Prints a line of JSON.
"""

from __future__ import annotations

import json
import runpy
import sys
import warnings


def main(file: str | None = None) -> dict[str, object]:
    """The version of Dagster, and how many assets the file defines or the text of the error."""
    warnings.simplefilter("ignore")  # Dagster's own, about what is new in it
    try:
        import dagster
    except Exception as error:  # noqa: BLE001 - whatever keeps it from being imported is the answer
        return {"error": f"Dagster can't be imported: {type(error).__name__}: {error}"}
    if file is None:
        return {"version": dagster.__version__}
    try:
        definitions = runpy.run_path(file)["defs"]
        return {"version": dagster.__version__, "assets": len(definitions.resolve_all_asset_specs())}
    except Exception as error:  # noqa: BLE001 - the same
        return {"version": dagster.__version__, "error": f"{file} does not load: {type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201 - the answer
