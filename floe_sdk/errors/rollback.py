"""Codes of a table's history, FLOE-K07x."""

from floe_sdk.errors.base import register

NO_SUCH_SNAPSHOT = register(
    "FLOE-K070",
    "The table has no such snapshot",
    cause="`--to` names a snapshot that the table never had or that has expired, or a run that did not change it.",
    remedy="`floe tables --history TABLE` lists the snapshots and the runs that made them.",
)
CANNOT_ROLL_BACK = register(
    "FLOE-K071",
    "The table can't go back to that snapshot",
    1,
    cause="Files of the snapshot are gone from the storage, or what the table has become does not fit its columns. "
    "Nothing was changed.",
    remedy="Choose another snapshot of `floe tables --history TABLE`, or build the table anew: "
    "`floe run --full-refresh --select NODE`.",
)
