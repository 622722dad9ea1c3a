"""Codes of a run, FLOE-R."""

from floe_sdk.errors.base import register

RUN_LOCKED = register(
    "FLOE-R001",
    "Another run of this product is going on",
    1,
    cause="One run at a time may work on a product; the message names who holds the lock.",
    remedy="Wait for it, end it, or use `floe run --wait SECONDS`.",
)
NO_COMPUTE = register(
    "FLOE-R002",
    "The artifact has no compute to run on",
    cause="The manifest selects no compute plugin.",
    remedy="Add one under `plugins: compute:` in manifest.yaml and compile again.",
)
NO_SUCH_SESSION = register(
    "FLOE-R004",
    "There is no such run in this process",
    1,
    cause="A compute asked for the session of a run that has ended or belongs to another process.",
    remedy="Start the engine through `floe run`; profiles that floe writes are not for other processes.",
)
NOTHING_TO_RETRY = register(
    "FLOE-R006",
    "It is not known what the last run left",
    cause="`--retry-failed` runs what failed or was skipped in the last run of the environment on this machine. There "
    "is none, or it was killed before it could say.",
    remedy="Run without it, or with `--changed`, which asks the catalog.",
)
OTHER_VARIABLES = register(
    "FLOE-R007",
    "The last run had other variables",
    cause="`--retry-failed` goes on with the last run, which was given other `--vars`: its tables would not fit.",
    remedy="Give the same `--vars` again, or run without `--retry-failed`.",
)
NO_SUCH_NODE = register(
    "FLOE-R008",
    "A node that is to run is not in the artifact",
    cause="`--nodes` names exactly the nodes to run, by id, and the artifact has no such node: it was compiled since.",
    remedy="Take the ids from this artifact (`transforms.nodes`); in Dagster, reload the code location.",
)
NO_ENGINE = register(
    "FLOE-R005",
    "There is nothing to execute",
    cause="The graph is what `transforms` in floe.yaml say; there is no dbt project whose SQL could run.",
    remedy="Put a dbt project beside floe.yaml and compile again.",
)
NO_SUCH_RUN = register(
    "FLOE-R010",
    "There is no such run",
    cause="Neither this machine's history nor the snapshots in the catalog know a run whose id begins like that, or "
    "several do.",
    remedy="`floe runs` lists the runs; give as much of the id as no other run shares, or `last`.",
)
