"""The code location of `dagster ... -m floe_orchestrator_dagster`: the artifact that `FLOE_ARTIFACT` names."""

from __future__ import annotations

import os
from pathlib import Path

from dagster import DagsterInvalidDefinitionError, Definitions, definitions

from floe_orchestrator_dagster.definitions import floe_location

VARIABLE = "FLOE_ARTIFACT"


@definitions
def defs() -> Definitions:
    """Called by Dagster when it loads the location, not when this module is imported."""
    given = os.environ.get(VARIABLE)
    if not given:
        raise DagsterInvalidDefinitionError(
            f"{VARIABLE} names no artifact: set it to the compiled_artifacts.json of a product, "
            f"for example {VARIABLE}=/srv/customer-360/target/compiled_artifacts.json"
        )
    path = Path(given).absolute()
    state = os.environ.get("FLOE_STATE_DIR")
    if state and path.is_relative_to(Path(state).absolute()):
        target = path if path.is_dir() else path.parent
        raise DagsterInvalidDefinitionError(
            f"{path} lies in FLOE_STATE_DIR, apart from its product: load {target / 'dagster' / 'definitions.py'}, "
            "which knows where the product is"
        )
    return floe_location(path)
