"""Codes of storages, FLOE-K04x."""

from floe_sdk.errors.base import register

STORAGE_NOT_WRITABLE = register(
    "FLOE-K040",
    "The storage's folder can't be written",
    1,
    cause="The folder of the warehouse can't be made or written: permissions, a read-only disk, a file in its place.",
    remedy="Name a writable folder with FLOE_STATE_DIR, or with `path` in the storage's configuration.",
)
STORAGE_PATH = register(
    "FLOE-K041",
    "The storage's path can't be used",
    cause="The path holds a character (`?`, `#`, `%`) that a client of Iceberg reads as a part of a URI.",
    remedy="Choose another `path`, or another FLOE_STATE_DIR.",
)
STORAGE_UNREACHABLE = register(
    "FLOE-K042",
    "The storage can't be reached",
    4,
    cause="The storage's server did not answer: not started, another address, no network, or TLS that is not trusted. "
    "Nothing is said of the tables' files, which are most likely as they were.",
    remedy="See that the storage's server runs and that its address in the manifest is right; `floe health` tries "
    "again.",
)
STORAGE_CREDENTIALS = register(
    "FLOE-K043",
    "The storage does not accept the credentials",
    1,
    cause="The user or the key is unknown, the password or secret does not belong to it, the session has expired, or "
    "there are no credentials.",
    remedy="Correct the storage's user, key or password in the manifest or where it refers to, or sign in again; "
    "`floe health` tries them.",
)
STORAGE_DENIED = register(
    "FLOE-K044",
    "The storage does not allow it",
    1,
    cause="The credentials are right, but their user may not do what the run needs: reading, writing, deleting or "
    "listing below the storage's root.",
    remedy="Have the permission given for the place that the message names, or use other credentials.",
)
STORAGE_BUCKET_MISSING = register(
    "FLOE-K045",
    "The storage's bucket, container or share does not exist",
    1,
    cause="The storage has no such place of the configured name, or it was deleted.",
    remedy="Create it, or correct its name in the storage's configuration.",
)
S3_CLIENT_MISSING = register(
    "FLOE-K046",
    "The client for S3 is not installed",
    2,
    cause="Tables on S3 are reached with boto3, which is an optional dependency.",
    remedy='pip install "floe-sdk[lake]"',
)
STORAGE_BUSY = register(
    "FLOE-K047",
    "The storage is busy or broken",
    1,
    cause="The server answered with 5xx, such as 503 SlowDown, or cut the connection, each time that it was asked.",
    remedy="Run again later, with fewer `--threads`, or ask who runs the storage.",
)
STORAGE_SETTINGS = register(
    "FLOE-K048",
    "The storage is set up differently",
    1,
    cause="The bucket is not encrypted as `sse` in the storage's configuration says, or is in another region than "
    "`region`; or `ca_file` names no file with a certificate.",
    remedy="Set the bucket's default encryption, or correct `sse`, `region` or `ca_file`.",
)
