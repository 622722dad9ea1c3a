"""dbt's own variables that would change what a run builds without floe knowing of it: refused by name."""

from __future__ import annotations

import os

from floe_sdk import VARIABLE_NOT_SUPPORTED, FloeError

PREFIXES = ("DBT_ENGINE_", "DBT_")
OFF = ("", "0", "false", "f", "no", "n", "off")
REFUSED = {
    "EMPTY": "floe publishes tables with their rows; `floe compile` checks a project without building it",
    "SAMPLE": "`--event-time-start` and `--event-time-end` bound what microbatch models build",
    "DEFER": "a selection reads what is not selected from the catalog, unasked",
    "DEFER_TO_STATE": "a selection reads what is not selected from the catalog, unasked",
    "FULL_REFRESH": "use `floe run --full-refresh`",
    "RESOURCE_TYPES": "use `--select resource_type:...`",
    "EXCLUDE_RESOURCE_TYPES": "use `--exclude resource_type:...`",
    "EVENT_TIME_START": "use `floe run --event-time-start`",
    "EVENT_TIME_END": "use `floe run --event-time-end`",
}


def check_environment() -> None:
    """Raise FloeError for a variable that is set and that dbt would take for an option of the run."""
    for option, instead in REFUSED.items():
        for name in (prefix + option for prefix in PREFIXES):
            if os.environ.get(name, "").strip().lower() not in OFF:
                problem = f"{name} is set, which dbt takes for `--{option.lower().replace('_', '-')}`"
                raise FloeError(VARIABLE_NOT_SUPPORTED, problem, fix=f"unset {name}; {instead}")
