"""What DuckDB says of object storage, as errors that name the operation and the object."""

from __future__ import annotations

import re

from floe_sdk import (
    DATA_FILE_MISSING,
    STORAGE_BUCKET_MISSING,
    STORAGE_BUSY,
    STORAGE_CREDENTIALS,
    STORAGE_DENIED,
    STORAGE_FAILED,
    STORAGE_UNREACHABLE,
    FloeError,
    storage_error,
    storage_error_kind,
)

_TOLD = re.compile(r"FloeError: (?:FloeError: )?error\[(FLOE-\w+)\]: ([^\n]+)(?:\n\s*fix: ([^\n]+))?")
_CODES = {
    code.id: code
    for code in (
        STORAGE_BUCKET_MISSING,
        STORAGE_BUSY,
        STORAGE_CREDENTIALS,
        STORAGE_DENIED,
        STORAGE_FAILED,
        STORAGE_UNREACHABLE,
    )
}

_OBJECT = re.compile(r"""(?:s3[an]?|https?)://[^\s'"]+""")
_WRITES = re.compile(r"HTTP (?:PUT|POST)|Unable to connect to URL|upload", re.IGNORECASE)
_GONE = re.compile(r"HTTP(?: code)? 404|\b404\b|NoSuchKey|FileNotFoundError")
_STORAGE = re.compile(r"HTTP Error|HTTP (?:GET|HEAD|PUT|POST|DELETE)|AWS Error|FloeError|FileNotFoundError: s3")


def storage_problem(error: BaseException) -> FloeError | None:
    """The error of floe for what is the storage's fault in an error of DuckDB; None for any other."""
    if (told := _TOLD.search(str(error))) and told[1] in _CODES:  # what a FileIO raised, as DuckDB hands it on
        return FloeError(_CODES[told[1]], told[2], fix=told[3])
    text = " ".join(str(error).split())
    found = _OBJECT.search(text)
    if found is None or not _STORAGE.search(text):
        return None
    uri = found[0].rstrip(".,:;")
    kind = storage_error_kind(text)
    if kind is None and _GONE.search(text):
        problem = f"can't read {uri}: the data file is gone"
        return FloeError(DATA_FILE_MISSING, problem, fix=DATA_FILE_MISSING.remedy)
    operation = "write" if _WRITES.search(text) else "read"
    return storage_error(error, operation, uri, STORAGE_FAILED)
