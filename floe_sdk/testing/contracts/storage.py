"""The contract of a storage plugin: bytes come back, and the place for them is made ready."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.plugins.types import PluginType
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.elsewhere import in_another_process, job
from floe_sdk.testing.contracts.files import Files, files_of, listed
from floe_sdk.testing.contracts.fixtures import config_of, lifecycle
from floe_sdk.testing.contracts.gaps import THERE_AFTER_ALL, Feature, given, needs, raised_where_away
from floe_sdk.testing.contracts.telling import assert_no_secret, assert_told, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform
    from floe_sdk.testing.contracts.fixtures import Load

_AT_ONCE = 8
_OTHERS = 2
"""Of these, how many are in other processes."""
_DEADLINE = 0.5
_PATIENCE = 30.0
_LOOKS = ("open", "exists", "__len__")


class StorageContract(PluginContract):
    """Inherit it, name the plugin, and give a `config` whose place for tables can be written."""

    kind = PluginType.STORAGE
    features: ClassVar[Mapping[str, Feature]] = {
        "ready": Feature("storage_ready"),
        "listing": Feature(),
    }

    def use(self, platform: Platform) -> None:
        platform.storage.storage_access()
        platform.storage.storage_ready(timeout=self.patience)

    @staticmethod
    def facts(platform: Platform, *_arguments: Any) -> Any:
        return platform.storage.storage_access().model_dump(mode="json")

    @pytest.fixture
    def files(self, platform: Platform) -> Files:
        """Files below the root, as every client of the storage reads and writes them."""
        platform.storage.storage_ready(timeout=_PATIENCE)
        return files_of(platform.storage.storage_access())

    def test_access_is_the_same_on_every_thread(self, platform: Platform) -> None:
        """`storage_access` answers alike whenever, and on whichever thread, it is asked."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(lambda _: self.facts(platform), range(2 * _AT_ONCE)))
        assert all(answer == answers[0] for answer in answers)

    def test_access_reveals_no_secret(self, platform: Platform) -> None:
        """A secret is handed on as the `Secret`: a compile asks, and its answer is written down."""
        asked: list[str] = []
        platform.monitor(lambda hook, *_: asked.append(hook), lambda *_: None)
        access = platform.storage.storage_access()
        assert "secrets_resolve" not in asked
        plain = {key: value for key, value in access.file_io.items() if isinstance(value, str)}
        assert_no_secret(self.planted(platform), "storage_access", f"{access.root} {plain}")

    @needs("unreachable")
    def test_access_does_no_io(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """`storage_access` answers at once where nothing can be reached: a compile may run elsewhere."""
        away = load(given(unreachable))
        with within(0.0, self.slack_seconds, "storage_access"):
            assert away.storage.storage_access().root

    def test_bytes_come_back(self, files: Files) -> None:
        """What is written below the root is read as it was written, with its length."""
        for content in (b"", b"a", bytes(range(256)) * 4096):
            place = files.new_place()
            files.write(place, content)
            assert files.read(place) == content
            assert len(files.io.new_input(place)) == len(content)

    def test_bytes_are_replaced(self, files: Files) -> None:
        """A file that is there is written anew, also by a shorter one, where that is asked for."""
        place = files.new_place()
        files.write(place, b"the first text")
        files.write(place, b"the second", overwrite=True)
        assert files.read(place) == b"the second"

    def test_what_is_deleted_is_gone(self, files: Files) -> None:
        """After `delete` the file is not there."""
        place = files.new_place()
        files.write(place, b"text")
        files.io.delete(place)
        assert not files.io.new_input(place).exists()

    def test_what_is_not_there_is_told(self, files: Files) -> None:
        """Reading a file that was never written raises FileNotFoundError, and not another error."""
        with pytest.raises(FileNotFoundError):
            files.read(files.new_place())

    @needs("unreachable")
    def test_an_outage_is_no_missing_file(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """Where the system can't be reached, `open`, `exists` and `len` of a file raise, and not FileNotFoundError: an
        outage must not look like lost data."""
        access = load(given(unreachable)).storage.storage_access()
        if access.root.startswith("file:") and "py-io-impl" not in access.file_io:
            pytest.skip("a folder of this machine: files below one that is not there are missing")
        away = files_of(access)

        def told(asked: str) -> Exception | None:
            try:
                getattr(away.io.new_input(away.new_place()), asked)()
            except Exception as error:  # noqa: BLE001 - which one is floe's business
                return error
            return None

        with ThreadPoolExecutor(3) as pool:  # side by side, as some clients try for a minute
            answers = dict(zip(_LOOKS, pool.map(told, _LOOKS), strict=True))
        calm = [name for name, error in answers.items() if error is None]
        assert not calm, f"{' and '.join(calm)} of a file raise nothing: {THERE_AFTER_ALL}"
        lost = [name for name, error in answers.items() if isinstance(error, FileNotFoundError)]
        assert not lost, f"{' and '.join(lost)} say that the file is missing; raise what happened, another OSError"

    def test_its_file_system_shows_no_secret(self, platform: Platform, record: PluginRecord) -> None:
        """Neither `repr()` nor `to_json()` of what `filesystem()` gives hold a value: fsspec keeps the arguments of a
        file system's constructor, and shows them."""
        values = self._looked_for(platform, record)
        files = files_of(platform.storage.storage_access())
        if not hasattr(files.io, "filesystem"):
            pytest.skip("its FileIO has no `filesystem()`")
        system = files.io.filesystem(urlsplit(files.root).netloc)
        assert_no_secret(values, "repr()", repr(system))
        assert_no_secret(values, "to_json()", system.to_json() if hasattr(system, "to_json") else "")

    @needs("ready")
    def test_ready_twice_keeps_what_is_there(self, platform: Platform, files: Files) -> None:
        """`storage_ready` is called before every run: it changes nothing where the place is ready."""
        place = files.new_place()
        files.write(place, b"text")
        platform.storage.storage_ready(timeout=_PATIENCE)
        assert files.io.new_input(place).exists()

    @needs("ready")
    def test_eight_make_it_ready_at_once(
        self, load: Load, record: PluginRecord, context: PluginContext, tmp_path: Path
    ) -> None:
        """Several runs begin at once, in this process and in others: each `storage_ready` succeeds."""
        platforms = [load() for _ in range(_AT_ONCE - _OTHERS)]
        config, go = config_of(platforms[0], record), tmp_path / "go"
        works = [job(record, config, context, _ready_when_told, (str(go), number)) for number in range(_OTHERS)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            others = [pool.submit(in_another_process, work) for work in works]
            while len(list(tmp_path.glob("go-*"))) < _OTHERS and not any(other.done() for other in others):
                time.sleep(0.005)
            go.touch()
            for done in [*(pool.submit(_ready_when_told, platform, str(go)) for platform in platforms), *others]:
                done.result()

    @needs("ready", "unreachable")
    def test_what_cannot_be_made_ready_is_told(self, load: Load, unreachable: Mapping[str, Any] | None) -> None:
        """`storage_ready` raises FloeError that names the place, and what to do."""
        away = load(given(unreachable))
        with raised_where_away(FloeError) as caught:
            away.storage.storage_ready(timeout=_DEADLINE)
        assert_told(caught.value)
        places = [str(value) for value in given(unreachable).values() if isinstance(value, str)]
        assert any(place in caught.value.problem for place in places), f"which place? {caught.value.problem}"

    @needs("ready", "unreachable")
    def test_ready_keeps_its_deadline(self, load: Load, platform: Platform, unreachable: Mapping[str, Any]) -> None:
        """`storage_ready` gives up within `timeout` where nobody listens."""
        platform.storage.storage_ready(timeout=_PATIENCE)  # imports are not what is measured
        self._gives_up(load(unreachable))

    @needs("ready", "silent")
    def test_ready_does_not_wait_for_an_answer(self, load: Load, platform: Platform, silent: Mapping[str, Any]) -> None:
        """`storage_ready` gives up within `timeout` where nobody answers."""
        platform.storage.storage_ready(timeout=_PATIENCE)  # as above
        self._gives_up(load(silent))

    def _gives_up(self, away: Platform) -> None:
        with within(_DEADLINE, self.slack_seconds, "storage_ready"), suppress(Exception):
            away.storage.storage_ready(timeout=_DEADLINE)

    @needs("health", "listing")
    def test_trying_leaves_nothing_behind(self, platform: Platform, record: PluginRecord, files: Files) -> None:
        """What `plugin_health` and `storage_ready` write to try the place, they delete."""
        before = self.listed(files)
        self.use(platform)
        lifecycle(platform, record).plugin_health(timeout=_PATIENCE)
        assert self.listed(files) == before

    @staticmethod
    def listed(files: Files) -> set[str]:
        """The names of all files below the root."""
        names = listed(files)
        if names is None:
            pytest.fail("give a static method `listed(files)`: the names of all files below `files.root`, as a set")
        return names


def _ready_when_told(platform: Platform, go: str, number: int | None = None) -> None:
    """Make it ready when the file `go` is there; another process says with its number that it waits for that."""
    if number is not None:
        Path(f"{go}-{number}").touch()
    while not Path(go).exists():
        time.sleep(0.001)
    platform.storage.storage_ready(timeout=_PATIENCE)
