"""Tests of every contract: what a secret's value is never seen in."""

from __future__ import annotations

import pickle
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.plugins.configuring import config_model
from floe_sdk.plugins.loading import load_target
from floe_sdk.schemas.secret import Secret
from floe_sdk.testing.contracts.fixtures import PluginFixtures, lifecycle, plugin_of
from floe_sdk.testing.contracts.gaps import given, needs
from floe_sdk.testing.contracts.telling import assert_no_secret

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load


class SecrecyTests(PluginFixtures):
    """The secrets in `config` are planted: their values must not come out anywhere."""

    def planted(self, platform: Platform) -> Sequence[str]:
        """The values that must not be seen."""
        return [secret.reveal() for secret in platform.secrets]

    def _looked_for(self, platform: Platform, record: PluginRecord) -> Sequence[str]:
        """The planted values; the test is skipped where the plugin takes no secret."""
        values = self.planted(platform)
        if not values:
            if "Secret" in str(config_model(record, load_target(record)).model_fields):
                pytest.fail("`config` gives none of the plugin's secrets: refer to one, whose value is looked for then")
            pytest.skip("the plugin takes no secret")
        return values

    def test_loading_reveals_no_secret(self, load: Load, platform: Platform, config: Mapping[str, Any]) -> None:
        """A compile has no secrets: the plugin is constructed where none of those in `config` has a value."""
        platform.close()
        if not platform.secrets:
            pytest.skip("the plugin takes no secret")
        load(_unset(config))

    def test_its_text_shows_no_secret(self, platform: Platform, record: PluginRecord) -> None:
        """`str()` and `repr()` of the plugin, which debuggers and logs print, hold no value after it was used."""
        values, plugin = self._looked_for(platform, record), plugin_of(platform, record)
        self.use(platform)
        assert_no_secret(values, "repr()", repr(plugin))
        assert_no_secret(values, "str()", str(plugin))

    def test_pickled_it_holds_no_secret(self, platform: Platform, record: PluginRecord) -> None:
        """It can't be pickled, or what is pickled holds no value: it would be in a file, or in another process."""
        values, plugin = self._looked_for(platform, record), plugin_of(platform, record)
        self.use(platform)
        pickled = b""
        with suppress(Exception):  # refusing is as good
            pickled = pickle.dumps(plugin)
        assert_no_secret(values, "pickle", pickled.decode("latin-1"))

    def test_using_it_prints_and_logs_no_secret(
        self,
        platform: Platform,
        record: PluginRecord,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """Standard output, standard error and log records, of every level, hold no value."""
        values = self._looked_for(platform, record)
        with caplog.at_level(0):
            self.use(platform)
        out, err = capfd.readouterr()
        assert_no_secret(values, "the output", out + err)
        assert_no_secret(values, "the log", "\n".join(map(_logged, caplog.records)))

    @needs("health")
    def test_health_shows_no_secret(self, platform: Platform, record: PluginRecord) -> None:
        """What `floe health` prints of it holds no value."""
        values = self._looked_for(platform, record)
        assert_no_secret(values, "health", repr(lifecycle(platform, record).plugin_health(timeout=10.0)))

    @needs("unreachable")
    def test_errors_show_no_secret(
        self, load: Load, platform: Platform, record: PluginRecord, unreachable: Mapping[str, Any] | None
    ) -> None:
        """What it raises where its system can't be reached, with its causes, holds no value."""
        values = self._looked_for(platform, record)
        platform.close()
        away = load(given(unreachable))
        self.patience = 1.0
        try:
            self.use(away)
        except Exception as error:  # noqa: BLE001 - which one is another test's business
            assert_no_secret(values, "the error", "".join(traceback.format_exception(error)))
            if isinstance(error, FloeError):
                assert_no_secret(values, "the error", str(error.as_dict()))


def _unset(value: Any) -> Any:
    """`config` with every reference replaced by one to a variable that nobody has set."""
    if isinstance(value, Secret) or (isinstance(value, dict) and len(value) == 1 and _is_reference(value)):
        return {"env": "NO_SUCH_VARIABLE_OF_A_CONTRACT"}
    if isinstance(value, dict):
        return {key: _unset(each) for key, each in value.items()}
    return [_unset(each) for each in value] if isinstance(value, list) else value


def _is_reference(value: Mapping[str, Any]) -> bool:
    return set(value) <= {"env", "file"}


def _logged(record: logging.LogRecord) -> str:
    with suppress(Exception):
        return f"{record.getMessage()} {record.exc_text or record.exc_info or ''}"
    return f"{record.msg} {record.args}"
