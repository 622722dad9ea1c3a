"""Codes of lineage and its delivery, FLOE-L."""

from floe_sdk.errors.base import register

VALIDATOR_MISSING = register(
    "FLOE-L001",
    "Events can't be validated without jsonschema",
    cause="OpenLineage's schemas come with floe-sdk; the package that reads them, jsonschema, is not installed.",
    remedy='Install it: pip install "floe-sdk[validate]".',
)
NO_EVENTS = register(
    "FLOE-L002",
    "There are no such events here",
    cause="The events of the last 20 runs, and all that wait to be sent, are kept on the machine of the run; a run "
    "without a lineage sink has none. Or the ids of several runs begin like that.",
    remedy="`floe lineage show` without `--run` shows the last run's; `floe lineage validate --file PATH` reads "
    "a file.",
)
NO_SINK = register(
    "FLOE-L003",
    "The platform sends lineage nowhere",
    cause="The manifest, in this environment, names no lineage plugin, or lineage is disabled.",
    remedy="Add `observability: {lineage: {transport: http, endpoint: URL}}` to manifest.yaml, or choose another "
    "environment with `--env`.",
)
