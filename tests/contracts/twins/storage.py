"""Storage: tables in a folder that one key belongs to."""

import hashlib
import os
import shutil
import time
import uuid

import pytest
from contracts.twins.marking import SILENT, Silenced, base_twins, twin
from pydantic import Field

from floe_sdk import (
    STORAGE_NOT_WRITABLE,
    FloeError,
    Health,
    PluginConfig,
    PluginContext,
    Secret,
    StorageAccess,
    hookimpl,
)
from floe_sdk.testing import StorageContract


class FolderConfig(PluginConfig):
    path: str = Field(description="The folder, relative to manifest.yaml.")
    key: Secret = Field(description="Whose folder it is.")


def _file_io(name, key):
    return {"py-io-impl": f"contracts.twins.storage_io.{name}", "folder.key": key}


class Good:
    """A folder that remembers a digest of its owner's key, and is made ready for that owner only."""

    Config = FolderConfig

    def __init__(self, config: FolderConfig, context: PluginContext) -> None:
        self.config = config
        self.folder = (context.platform_root / config.path).resolve()

    @hookimpl
    def storage_access(self) -> StorageAccess:
        return StorageAccess(root=f"file://{self.folder.as_posix()}/", file_io=_file_io("Folder", self.config.key))

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        self.try_it()

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        try:
            self.try_it()
        except FloeError as error:
            return Health.fault(error)
        return Health(True, f"wrote and deleted a file in {self.folder}")

    @hookimpl
    def plugin_close(self) -> None: ...

    def try_it(self) -> None:
        probe = self.folder / f".probe-{uuid.uuid4().hex}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe.write_text(hashlib.sha256(self.config.key.reveal().encode()).hexdigest(), encoding="utf-8")
            probe.replace(self.folder / ".owner")
        except OSError as error:
            problem = f"{self.folder} can't be written: {error.strerror}"
            raise FloeError(STORAGE_NOT_WRITABLE, problem, fix="name another folder") from error


class Suite(Silenced, StorageContract):
    slack_seconds = 0.5

    @pytest.fixture
    def config(self, monkeypatch):
        monkeypatch.setenv("FOLDER_KEY", "planted-key-of-a-folder")
        return {"path": "lake", "key": {"env": "FOLDER_KEY"}}


@twin("test_access_is_the_same_on_every_thread")
class AnotherRoot(Good):
    """Another root for each that asks."""

    @hookimpl
    def storage_access(self) -> StorageAccess:
        self.asked = getattr(self, "asked", 0) + 1
        access = super().storage_access()
        return access if self.asked <= 2 else access.model_copy(update={"root": f"{access.root}{self.asked}/"})


@twin("test_access_reveals_no_secret")
class PlainKey(Good):
    """The FileIO property is the value of the key."""

    @hookimpl
    def storage_access(self) -> StorageAccess:
        access = super().storage_access()
        return StorageAccess(root=access.root, file_io=_file_io("Folder", self.config.key.reveal()))


@twin("test_access_does_no_io")
class LooksWhenAsked(Good):
    """The folder is looked for, and waited for, when somebody asks where it is."""

    @hookimpl
    def storage_access(self) -> StorageAccess:
        if self.folder.parent.is_file():
            time.sleep(0.7)
        return super().storage_access()


@twin("test_another_process_is_told_the_same")
class OfThisProcess(Good):
    """A root of the process's own."""

    @hookimpl
    def storage_access(self) -> StorageAccess:
        access = super().storage_access()
        return access.model_copy(update={"root": f"{access.root}{os.getpid()}/"})


def _with_file_io(name):
    @hookimpl
    def storage_access(self) -> StorageAccess:
        access = Good.storage_access(self)
        return StorageAccess(root=access.root, file_io=_file_io(name, self.config.key))

    return storage_access


@twin("test_bytes_come_back")
class CutsLongFiles(Good):
    """A FileIO that keeps 64 KiB of a file."""

    storage_access = _with_file_io("Cutting")


@twin("test_bytes_are_replaced")
class WritesOver(Good):
    """A FileIO whose shorter file keeps the end of the longer one."""

    storage_access = _with_file_io("Covering")


@twin("test_what_is_deleted_is_gone")
class KeepsWhatIsDeleted(Good):
    """A FileIO that deletes nothing."""

    storage_access = _with_file_io("Keeping")


@twin("test_what_is_not_there_is_told")
class ReadsNothing(Good):
    """A FileIO that reads an empty file where there is none."""

    storage_access = _with_file_io("Inventing")


@twin("test_an_outage_is_no_missing_file")
class LosesWhatIsAway(Good):
    """A FileIO whose files are missing where the folder can't be reached."""

    storage_access = _with_file_io("Losing")


@twin("test_its_file_system_shows_no_secret")
class KeepsItsArguments(Good):
    """A file system of fsspec that gets the key as an argument."""

    storage_access = _with_file_io("Keyed")


@twin("test_ready_twice_keeps_what_is_there")
class WipesWhenReady(Good):
    """`storage_ready` begins with an empty folder."""

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        shutil.rmtree(self.folder / "contract", ignore_errors=True)
        self.try_it()


@twin("test_eight_make_it_ready_at_once")
class OneAtATime(Good):
    """`storage_ready` fails while another is at it."""

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        self.try_it()
        lock = self.folder / ".lock"
        try:
            lock.touch(exist_ok=False)
        except FileExistsError:
            raise FloeError(STORAGE_NOT_WRITABLE, f"{self.folder} is locked", fix="wait") from None
        time.sleep(0.1)
        lock.unlink()


@twin("test_what_cannot_be_made_ready_is_told")
class RaisesOSError(Good):
    """`storage_ready` raises what Python raised."""

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        try:
            self.try_it()
        except FloeError as error:
            raise OSError("it failed") from error


@twin("test_ready_keeps_its_deadline")
class TriesForEver(Good):
    """`storage_ready` tries again without a look at `timeout`."""

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        try:
            self.try_it()
        except FloeError:
            time.sleep(1.2 if self.folder.name != SILENT else 0.0)
            self.try_it()


@twin("test_trying_leaves_nothing_behind")
class LeavesItsProbe(Good):
    """`plugin_health` leaves a file."""

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        health = super().plugin_health(timeout)
        if health.ok:
            (self.folder / f".probe-{uuid.uuid4().hex}").touch()
        return health


@twin("test_ready_does_not_wait_for_an_answer")
class WaitsForAnAnswer(Good):
    """Waits where nobody answers."""

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        if self.folder.name == SILENT:
            time.sleep(1.2)
        super().storage_ready(timeout)


globals().update(base_twins(Good, "storage_ready", own=("test_another_process_is_told_the_same",), silenced=True))
