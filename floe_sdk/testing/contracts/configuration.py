"""Tests of every contract: what the host takes, and the configuration."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from floe_sdk.errors import FloeError, plugins
from floe_sdk.plugins.configuring import config_model
from floe_sdk.plugins.hooks import hooks_of, implemented
from floe_sdk.plugins.host import Platform
from floe_sdk.plugins.loading import load_target
from floe_sdk.schemas.secret import Secret
from floe_sdk.testing.contracts.fixtures import PluginFixtures, config_of, select
from floe_sdk.testing.contracts.telling import assert_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.testing.contracts.fixtures import Load

_SECRET_NAME = re.compile(r"(^|_)(password|passwd|passphrase|secret|token|api_key|private_key|access_key)$")


class ConfigurationTests(PluginFixtures):
    """The plugin's class and its configuration model."""

    def test_the_host_accepts_it(self, record: PluginRecord, config: Mapping[str, Any], context: PluginContext) -> None:
        """A platform loads it: import, constructor, configuration, required hooks, their names and arguments."""
        with Platform.load([select(self.kind, record, config)], context) as platform:
            assert platform.has(self.kind)

    def test_every_hook_is_marked(self, record: PluginRecord) -> None:
        """A method that is called like a hook is one: without `@hookimpl` nobody would ever call it."""
        target = load_target(record)
        names = {name for name in hooks_of(record) if callable(getattr(target, name, None))}
        assert not names - set(implemented(target)), "these methods lack @hookimpl"

    def test_every_key_is_described(self, record: PluginRecord) -> None:
        """Each key of the configuration says what it is for: `floe plugins show` and editors print it."""
        bare = [key for key, field in _fields(_model(record)) if not (field.description or "").strip()]
        assert not bare, "give these keys a Field(description=...)"

    def test_what_is_called_a_secret_is_one(self, record: PluginRecord) -> None:
        """A key that is called password, token or the like is typed `Secret`, so that no file may hold its value."""
        fields = [(key, field) for key, field in _fields(_model(record)) if _SECRET_NAME.search(key)]
        assert not [key for key, field in fields if "Secret" not in str(field.annotation)], "type these keys as Secret"

    def test_an_unknown_key_is_refused(self, load: Load, config: Mapping[str, Any]) -> None:
        """A misspelt key is an error that names it, never left out in silence."""
        with pytest.raises(FloeError) as caught:
            load({**config, "surely_no_key": 1})
        assert plugins.PLUGIN_CONFIG in [error.code for error in caught.value.errors]
        assert "surely_no_key" in str(caught.value)
        assert_told(caught.value)

    def test_editors_can_complete_it(self, record: PluginRecord) -> None:
        """The configuration has a JSON Schema, and its defaults are plain data."""
        assert json.dumps(_model(record).model_json_schema())

    def test_the_artifact_holds_its_configuration(self, load: Load, platform: Platform, record: PluginRecord) -> None:
        """What a compile writes into the artifact is read again as the same configuration, on another machine."""
        written = config_of(platform, record)
        platform.close()
        assert config_of(load(json.loads(json.dumps(written))), record) == written


def _model(record: PluginRecord) -> type[BaseModel]:
    return config_model(record, load_target(record))


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield prefix + name, field
        if field.annotation is Secret:
            continue
        for inner in _models(field.annotation):
            yield from _fields(inner, f"{prefix}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if hasattr(annotation, "model_fields"):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
