"""Secrets `v01`: values in a JSON file, `{v01: KEY}`."""

from __future__ import annotations

import json
import time
from pathlib import Path

from floe_sdk import SECRET_NOT_FOUND, FloeError, Health, PluginConfig, PluginContext, hookimpl
from pydantic import Field


class V01SecretsConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    path: str = Field(
        min_length=1,
        description="The file, one JSON object of texts, relative to manifest.yaml; {environment} is expanded.",
    )


class V01Secrets:
    """Secrets in a JSON file, read whenever one is asked for."""

    def __init__(self, config: V01SecretsConfig, context: PluginContext) -> None:
        self._path = context.platform_root / Path(context.expand(config.path)).expanduser()

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        """The value of a key; errors name the key and the file, never a value."""
        value = self._values().get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(f"has no text for {key!r}", f"put {key!r} into {self._path}")
        return value

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Read the file."""
        started = time.monotonic()
        try:
            count = len(self._values())
        except FloeError as error:
            return Health.fault(error, time.monotonic() - started)
        return Health(ok=True, message=f"{self._path}: {count} keys", seconds=time.monotonic() - started)

    def _values(self) -> dict[str, object]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise self._wrong(f"can't be read: {reason}", f"make {self._path}, and let this user read it") from error
        except ValueError:
            raise self._wrong("is no JSON", f"correct {self._path}") from None  # the error holds the file's text
        if not isinstance(values, dict):
            raise self._wrong("holds no JSON object", f"write keys and texts into {self._path}")
        return values

    def _wrong(self, reason: str, fix: str) -> FloeError:
        return FloeError(SECRET_NOT_FOUND, f"the file {self._path} {reason}", fix=fix)
