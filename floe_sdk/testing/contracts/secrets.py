"""The contract of a secrets plugin: the value of a key, and nothing of it anywhere else."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.plugins.types import PluginType
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import given, needs, raised_where_away
from floe_sdk.testing.contracts.telling import assert_no_secret, assert_told, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

_AT_ONCE = 8


class SecretsContract(PluginContract):
    """Inherit it, name the plugin, and give `stored`: a key and its value, which is there when a test begins.

    `resolve_seconds` bounds how long `secrets_resolve` may try where nobody answers.
    """

    kind = PluginType.SECRETS
    resolve_seconds: ClassVar[float] = 15.0

    @pytest.fixture
    def stored(self) -> tuple[str, str]:
        """A key, and the value that the store holds for it."""
        pytest.fail("give a fixture `stored`: put a value into the store, and return (key, value)")

    @pytest.fixture
    def missing(self) -> str:
        """A key that the store does not hold."""
        return "CONTRACT_HAS_NO_SUCH_KEY"

    @pytest.fixture(autouse=True)
    def _kept(self, stored: tuple[str, str], record: PluginRecord) -> None:
        self._name, (self._key, self._value) = record.name, stored

    def use(self, platform: Platform) -> None:
        _resolve(platform, self._name, self._key)

    @staticmethod
    def facts(platform: Platform, *arguments: Any) -> Any:
        """A digest: the value itself goes into no message."""
        return hashlib.sha256(_resolve(platform, *arguments).encode()).hexdigest()

    def fact_arguments(self) -> tuple[Any, ...]:
        return self._name, self._key

    def planted(self, platform: Platform) -> Sequence[str]:
        return [*super().planted(platform), self._value]

    def test_the_value_comes_back(self, platform: Platform) -> None:
        """`secrets_resolve` gives the value as it was stored, to the last blank."""
        same = _resolve(platform, self._name, self._key) == self._value
        assert same, "it gives another value than what is stored (neither is shown)"

    def test_every_thread_gets_it(self, platform: Platform) -> None:
        """Threads that ask at once get the value, each of them."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(lambda _: self.facts(platform, self._name, self._key), range(2 * _AT_ONCE)))
        assert len(set(found)) == 1

    def test_a_missing_key_is_told(self, platform: Platform, missing: str) -> None:
        """A key that is not there is a FloeError that names it and says what to do; never an empty text."""
        with pytest.raises(FloeError) as caught:
            _resolve(platform, self._name, missing)
        assert_told(caught.value)
        assert missing in caught.value.problem, f"which key? {caught.value.problem}"

    def test_a_missing_key_shows_no_other(self, platform: Platform, missing: str) -> None:
        """That error holds no value of another key."""
        self.use(platform)
        with suppress(Exception):
            _resolve(platform, self._name, missing)
        try:
            _resolve(platform, self._name, missing)
        except Exception as error:  # noqa: BLE001 - which one is another test's business
            assert_no_secret([self._value], "the error", f"{error} {getattr(error, 'fix', '')}")

    @needs("unreachable")
    def test_a_store_that_is_away_is_told(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """Where the store can't be reached it raises FloeError, and says what to do."""
        away = load(given(unreachable))
        with raised_where_away(FloeError) as caught:
            self.use(away)
        assert_told(caught.value)

    @needs("unreachable")
    def test_it_does_not_wait_for_ever(self, load: Load, unreachable: Mapping[str, Any]) -> None:
        """Where nobody listens it gives up within `resolve_seconds`."""
        self._gives_up(load(unreachable))

    @needs("silent")
    def test_it_does_not_wait_for_an_answer(self, load: Load, silent: Mapping[str, Any]) -> None:
        """Where nobody answers it gives up within `resolve_seconds`."""
        self._gives_up(load(silent))

    def _gives_up(self, away: Platform) -> None:
        with within(self.resolve_seconds, self.slack_seconds, "secrets_resolve"), suppress(Exception):
            self.use(away)


def _resolve(platform: Platform, name: str, key: str) -> str:
    return dict(platform.each(PluginType.SECRETS))[name].secrets_resolve(key)
