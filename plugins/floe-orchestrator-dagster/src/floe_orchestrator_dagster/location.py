"""The code location of `dagster ... -m floe_orchestrator_dagster`: the artifact that `FLOE_ARTIFACT` names."""

from __future__ import annotations

import os

from dagster import DagsterInvalidDefinitionError, Definitions, definitions

from floe_orchestrator_dagster.definitions import floe_definitions

VARIABLE = "FLOE_ARTIFACT"


@definitions
def defs() -> Definitions:
    """Called by Dagster when it loads the location, not when this module is imported."""
    path = os.environ.get(VARIABLE)
    if not path:
        raise DagsterInvalidDefinitionError(
            f"{VARIABLE} names no artifact: set it to the compiled_artifacts.json of a product, "
            f"for example {VARIABLE}=/srv/customer-360/target/compiled_artifacts.json"
        )
    return floe_definitions(path)
