"""`FileSystemIO` over a storage that fails: an outage is told as one, and never as a file that is gone."""

from __future__ import annotations

import errno
import io
from typing import Any

import pytest
from fsspec import AbstractFileSystem

from floe_sdk import FileSystemIO, FloeError, storage_error

FILE = "failing:///lake/t/metadata/v1.json"
AWAY = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused", "10.0.0.7:22")


class Failing(AbstractFileSystem):
    """Holds one file; raises `error` from the call of that name. `isfile` and `exists` are fsspec's own."""

    cachable = False

    def __init__(self, failing: str = "", error: Exception = AWAY) -> None:
        super().__init__()
        self.failing, self.error = failing, error

    def _asked(self, call: str) -> None:
        if call == self.failing:
            raise self.error

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        self._asked("info")
        if path.endswith("nowhere"):
            raise FileNotFoundError(2, "No such file", path)
        kind = "file" if path.endswith(".json") else "directory"
        return {"name": path, "size": 4, "type": kind}

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        self._asked("ls")
        return [self.info(f"{path.rstrip('/')}/v1.json")] if detail else [f"{path.rstrip('/')}/v1.json"]

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        self._asked("open")
        outer = self

        class File(io.BytesIO):
            def read(self, *size: Any) -> bytes:
                outer._asked("read")
                return super().read(*size)

            def write(self, data: Any) -> int:
                outer._asked("write")
                return super().write(data)

            def close(self) -> None:
                if not self.closed:
                    super().close()
                    outer._asked("close")

        return File(b"text" if mode == "rb" else b"")

    def _rm(self, path: str) -> None:
        self._asked("rm")

    def rm(self, path: str, **_: Any) -> None:
        self._rm(path)


class FailingIO(FileSystemIO):
    schemes = ("failing",)
    files: Failing

    def filesystem(self, netloc: str) -> Any:
        if isinstance(self.files, Exception):
            raise self.files
        return self.files


def reached(failing: str = "", error: Exception = AWAY) -> FailingIO:
    made = FailingIO()
    made.files = Failing(failing, error)
    return made


def read(made: FailingIO) -> bytes:
    with made.new_input(FILE).open() as stream:
        return bytes(stream.read())


def write(made: FailingIO) -> None:
    with made.new_output(FILE).create(overwrite=True) as stream:
        stream.write(b"text")


def listed(made: FailingIO) -> Any:
    from pyarrow.fs import FileSelector

    selector = FileSelector("/lake", recursive=True, allow_not_found=True)
    return [each.path for each in made.fs_by_scheme("failing", "").get_file_info(selector)]


CALLS = [
    ("info", "read", read),
    ("info", "look for", lambda made: made.new_input(FILE).exists()),
    ("info", "look for", lambda made: len(made.new_input(FILE))),
    ("info", "look for", listed),
    ("info", "delete", lambda made: made.delete(FILE)),
    ("open", "read", read),
    ("read", "read", read),
    ("open", "write", write),
    ("write", "write", write),
    ("close", "write", write),
    ("rm", "delete", lambda made: made.delete(FILE)),
    ("ls", "list", listed),
]


@pytest.mark.parametrize(("failing", "operation", "call"), CALLS)
def test_a_server_that_is_away_is_told_as_such(failing, operation, call):
    with pytest.raises(FloeError) as caught:
        call(reached(failing))
    assert caught.value.code.id == "FLOE-K042"
    assert caught.value.exit_code == 4
    place = "failing:///lake" if call is listed else FILE
    assert (
        f"storage failing can't {operation} {place}: the server can't be reached: 10.0.0.7:22: Connection refused"
        in (caught.value.problem)
    )
    assert "endpoint" not in caught.value.fix
    assert caught.value.__cause__ is AWAY


def test_without_a_failure_everything_works():
    made = reached()
    assert read(made) == b"text"
    assert made.new_input(FILE).exists()
    assert len(made.new_input(FILE)) == 4
    write(made)
    made.delete(FILE)
    assert listed(made) == ["/lake/v1.json"]


def test_what_is_not_there_is_not_there():
    gone = reached().new_input("failing:///lake/nowhere")
    assert not gone.exists()
    for call in (gone.open, gone.__len__, lambda: reached().delete(gone)):
        with pytest.raises(FileNotFoundError):
            call()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(errno.EACCES, "Authentication failed"), "FLOE-K043"),
        (RuntimeError("AuthenticationException: Authentication failed."), "FLOE-K043"),
        (PermissionError(errno.EACCES, "Authentication failed: transport shut down or saw EOF"), "FLOE-K042"),
        (PermissionError(errno.EACCES, "Permission denied"), "FLOE-K044"),
        (TimeoutError(errno.ETIMEDOUT, "no answer"), "FLOE-K042"),
        (EOFError(), "FLOE-K042"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "FLOE-K042"),
        (OSError(errno.ENOSPC, "No space left"), "FLOE-K023"),
        (ValueError("a thing of its own"), "FLOE-K023"),
    ],
)
def test_each_failure_has_its_code(error, code):
    with pytest.raises(FloeError) as caught:
        write(reached("open", error))
    assert caught.value.code.id == code
    assert "access_key_id" not in caught.value.fix
    assert storage_error(error, "write", FILE).code.id == code


def test_a_file_system_that_can_not_be_made_is_told():
    made = FailingIO()
    made.files = PermissionError(13, "the share wants another key")  # type: ignore[assignment]
    with pytest.raises(FloeError, match=r"can't reach failing://: .*the share wants another key") as caught:
        made.new_input(FILE)
    assert caught.value.code.id == "FLOE-K043"


def test_an_error_of_floe_stays_as_the_plugin_raised_it():
    own = storage_error(TimeoutError("slow"), "open a session for", "the vault")
    with pytest.raises(FloeError) as caught:
        read(reached("info", own))
    assert caught.value is own


def test_s3_keeps_the_words_of_its_own_configuration():
    error = storage_error(OSError("AWS Error INVALID_ACCESS_KEY_ID"), "read", "s3://lake/t/a.parquet")
    assert "access_key_id" in error.fix


class FoldersIO(FileSystemIO):
    """A file system of PyArrow, whose folders nobody has made."""

    schemes = ("folders",)

    def filesystem(self, netloc: str) -> Any:
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        return SubTreeFileSystem(self.properties["folder"], LocalFileSystem())


def test_what_a_file_system_of_pyarrow_raises_is_told_too(tmp_path):
    (tmp_path / "v1.json").mkdir()
    made, file = FoldersIO({"folder": str(tmp_path)}), "folders:///v1.json"
    calls = {
        "read": lambda: made.new_input(file).open(),
        "write": lambda: made.new_output(file).create(overwrite=True),
        "delete": lambda: made.delete(file),
    }
    for operation, call in calls.items():
        with pytest.raises(FloeError, match=f"storage folders can't {operation} {file}: .*directory") as caught:
            call()
        assert caught.value.code.id == "FLOE-K023"
    assert not made.new_input("folders:///v2.json").exists()
    with pytest.raises(FileNotFoundError):
        made.new_input("folders:///v2.json").open()
