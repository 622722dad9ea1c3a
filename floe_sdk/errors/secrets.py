"""Codes of secrets, FLOE-S, and the messages of each. None of them ever holds a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors.base import FloeError, register

if TYPE_CHECKING:
    from floe_sdk.errors.base import Location
    from floe_sdk.schemas.secret import Secret

LITERAL_SECRET = register(
    "FLOE-S001",
    "A secret stands in a file",
    cause="A configuration key that holds a secret was given a literal value instead of a reference.",
    remedy="Write a reference such as `{env: NAME}` or `{file: PATH}`, put the value there, and change the secret: it "
    "was in a file.",
)
SECRET_NOT_FOUND = register(
    "FLOE-S002",
    "A secret has no value",
    cause="The variable, file or key that a reference names is not set, empty, or can't be read on this machine.",
    remedy="Set what the message names before running; compiling needs no secret.",
)
SECRET_FAILED = register(
    "FLOE-S003",
    "A secrets plugin failed",
    4,
    cause="The plugin that resolves a reference raised, or gave something else than text.",
    remedy="`floe health` asks the plugin; `floe --debug ...` shows the traceback.",
)


def literal_secret(owner: str, key: str, where: Location | None) -> FloeError:
    """A literal stands at `key` (dotted) of the configuration of `owner`."""
    fix = f"write `{key.rpartition('.')[2]}: {{env: NAME}}`, set NAME, and change the secret: it was in a file"
    return FloeError(LITERAL_SECRET, f"{owner}: {key!r} is a secret and stands here as text", where=where, fix=fix)


def secret_failed(secret: Secret, reason: str) -> FloeError:
    """The secrets plugin did what it may not; `reason` leaves out its own words, which may hold the value."""
    problem = f"the secrets plugin {secret.scheme!r} {reason} for {secret!r}"
    return FloeError(SECRET_FAILED, problem, fix="`floe --debug ...` shows the traceback")
