"""Secrets from environment variables: `{env: NAME}`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from floe_sdk import SECRET_NOT_FOUND, FloeError, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping


class EnvSecrets:
    """Secrets from the environment of the process that runs: `{env: NAME}`."""

    not_supported: ClassVar[Mapping[str, str]] = {
        "health": "the environment is the process's own: there is nothing to ask",
        "unreachable": "the environment is the process's own: it is always there",
    }

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        """The variable's value; one that is empty counts as not set."""
        value = os.environ.get(key)
        if not value:
            state = "not set" if value is None else "empty"
            raise FloeError(
                SECRET_NOT_FOUND, f"the environment variable {key} is {state}", fix=f"set {key} before running"
            )
        return value
