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
