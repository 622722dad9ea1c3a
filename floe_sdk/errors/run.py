"""Codes of a run, FLOE-R."""

from floe_sdk.errors.base import register

RUN_LOCKED = register(
    "FLOE-R001",
    "Another run of this product is going on",
    1,
    cause="One run at a time may work on a product; the message names who holds the lock.",
    remedy="Wait for it, end it, or use `floe run --wait SECONDS`.",
)
STATE_NOT_WRITABLE = register(
    "FLOE-R002",
    "The state folder can't be written",
    1,
    cause="The folder for this machine's state is read-only, belongs to somebody else, or its disk is full.",
    remedy="Make room or make the folder writable; FLOE_STATE_DIR=/some/folder moves all of floe's state.",
)
NO_COMPUTE = register(
    "FLOE-R003",
    "The artifact has no compute to run on",
    cause="The manifest selects no compute plugin.",
    remedy="Add one under `plugins: compute:` in manifest.yaml and compile again.",
)
NOTHING_SELECTED = register(
    "FLOE-R004",
    "The selection matches no node",
    cause="`--select` and `--exclude` leave nothing to run.",
    remedy="Check the names; `floe graph` lists the nodes.",
)
NO_SUCH_SESSION = register(
    "FLOE-R005",
    "There is no such run in this process",
    1,
    cause="A compute asked for the session of a run that has ended or belongs to another process.",
    remedy="Start the engine through `floe run`; profiles that floe writes are not for other processes.",
)
