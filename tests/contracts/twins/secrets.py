"""Secrets: a sealed file of values."""

import hashlib
import hmac
import json
import threading
import time

import pytest
from contracts.twins.marking import SILENT, Silenced, base_twins, twin
from pydantic import Field

from floe_sdk import SECRET_NOT_FOUND, FloeError, Health, PluginConfig, PluginContext, Secret, hookimpl
from floe_sdk.testing import SecretsContract


class SealedConfig(PluginConfig):
    path: str = Field(description="The file, relative to manifest.yaml.")
    key: Secret = Field(description="What it is sealed with.")


class Good:
    """Values in a JSON file, and a seal that shows whether somebody else has changed it."""

    Config = SealedConfig

    def __init__(self, config: SealedConfig, context: PluginContext) -> None:
        self.config = config
        self.file = context.platform_root / config.path

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        values = self.values()
        if key not in values:
            raise FloeError(SECRET_NOT_FOUND, f"{self.file} has no {key}", fix=f"put {key} into it, and seal it")
        return values[key]

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        try:
            return Health(True, f"read {len(self.values())} values from {self.file}")
        except FloeError as error:
            return Health.fault(error)

    def values(self) -> dict[str, str]:
        try:
            text, _, seal = self.file.read_text(encoding="utf-8").rpartition("\n")
        except OSError as error:
            problem = f"{self.file} can't be read: {error.strerror}"
            raise FloeError(SECRET_NOT_FOUND, problem, fix="make the file, and seal it") from error
        if not hmac.compare_digest(seal, sealed(text, self.config.key.reveal())):
            raise FloeError(SECRET_NOT_FOUND, f"the seal of {self.file} is broken", fix="seal it with the key")
        return json.loads(text)


def sealed(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


class Suite(Silenced, SecretsContract):
    slack_seconds = 0.5
    resolve_seconds = 0.2

    @pytest.fixture
    def stored(self):
        return "DATABASE", "planted-ünïcode 'quoted' value "

    @pytest.fixture
    def config(self, monkeypatch, context, stored):
        monkeypatch.setenv("SEAL_KEY", "planted-key-of-a-seal")
        text = json.dumps(dict([stored, ("OTHER", "planted-other-value")]))
        file = context.platform_root / "sealed"
        file.write_text(f"{text}\n{sealed(text, 'planted-key-of-a-seal')}", encoding="utf-8")
        return {"path": "sealed", "key": {"env": "SEAL_KEY"}}


@twin("test_the_value_comes_back")
class Strips(Good):
    """A blank at the end is lost."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        return super().secrets_resolve(key).strip()


@twin("test_every_thread_gets_it")
class OneThread(Good):
    """Works on the thread that made it."""

    def __init__(self, config: SealedConfig, context: PluginContext) -> None:
        super().__init__(config, context)
        self.here = threading.local()
        self.here.there = True

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        return super().secrets_resolve(key) if self.here.there else ""


@twin("test_a_missing_key_is_told")
class RaisesKeyError(Good):
    """Raises what Python raised."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        return self.values()[key]


@twin("test_a_missing_key_shows_no_other")
class ShowsAll(Good):
    """Tells what there is instead."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        values = self.values()
        if key not in values:
            raise FloeError(SECRET_NOT_FOUND, f"there is no {key}", fix=f"there are {values}")
        return values[key]


@twin("test_a_store_that_is_away_is_told")
class RaisesOSError(Good):
    """Raises what the system raised, where the file can't be read."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        self.file.stat()
        return super().secrets_resolve(key)


@twin("test_it_does_not_wait_for_ever")
class WaitsForTheFile(Good):
    """Waits for a file that is not there."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        if self.file.parent.is_file():
            time.sleep(1.0)
        return super().secrets_resolve(key)


@twin("test_it_does_not_wait_for_an_answer")
class WaitsForAnAnswer(Good):
    """Waits where nobody answers."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        if self.file.name == SILENT:
            time.sleep(1.2)
        return super().secrets_resolve(key)


globals().update(base_twins(Good, "secrets_resolve", silenced=True))
