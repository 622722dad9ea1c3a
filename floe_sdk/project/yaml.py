"""The reader of YAML files: PyYAML's parser and scalar rules, bounded, strict about keys, and it knows every place.

Differences from `yaml.safe_load`: only `true` and `false` are booleans (YAML 1.2), duplicate keys and keys that are no
text are errors, as are tags other than YAML's own scalars; sizes, nesting and aliases are bounded.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import yaml

from floe_sdk.errors import FloeError, Location, raise_all
from floe_sdk.errors.documents import DUPLICATE_KEY, FILE_MISSING, FILE_UNREADABLE, NOT_YAML
from floe_sdk.garbage import without_cyclic_gc
from floe_sdk.project.builder import Builder, YamlProblem
from floe_sdk.project.document import Document, shown_path

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 32 * 1024 * 1024
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Document:
    """Read a file whose root is a mapping. Raises FloeError (exit code 2) with the place of what is wrong."""
    return parse_yaml(_decode(_read(path), path), path)


def parse_yaml(text: str, path: Path) -> Document:
    """The same for text that is already in memory; `path` is for messages."""
    builder = Builder()
    try:
        with without_cyclic_gc():
            data = builder.build(_Loader(text))
    except YamlProblem as error:
        place = Location(shown_path(path), error.mark.line + 1, error.mark.column + 1)
        raise FloeError(error.code, error.problem, where=place, fix=error.fix) from None
    except yaml.YAMLError as error:
        raise _syntax_error(error, text, path) from None
    raise_all(
        FloeError(
            DUPLICATE_KEY,
            f"the key `{key}` stands twice in this mapping, first in line {first.line + 1}, column {first.column + 1}",
            where=Location(shown_path(path), again.line + 1, again.column + 1),
            fix="remove one of the two",
        )
        for key, first, again in builder.duplicates
    )
    if not isinstance(data, dict):
        problem = "the file is empty" if data is None else "the file holds no mapping (`key: value` lines) at its top"
        where = Location(shown_path(path), 1, 1)
        raise FloeError(NOT_YAML, problem, where=where, fix="a document begins with `apiVersion: floe.dev/v1`")
    return Document(path, data, builder.marks, builder.start)


def _read(path: Path) -> bytes:
    where = shown_path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise FloeError(FILE_UNREADABLE, f"this is {what}", where=where, fix="name a YAML file")
        if status.st_size > MAX_BYTES:
            size = f"{status.st_size / 2**20:,.0f} MiB"
            problem = (
                f"the file has {size}, more than the {MAX_BYTES // 2**20} MiB that a document may have; it was not read"
            )
            raise FloeError(FILE_UNREADABLE, problem, where=where, fix="check that this is the right file")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise FloeError(FILE_MISSING, "there is no such file", where=where, fix="correct the path") from None
    except OSError as error:
        problem = f"the file can't be read: {error.strerror or error}"
        raise FloeError(FILE_UNREADABLE, problem, where=where) from None
    except ValueError:  # a NUL in the path
        raise FloeError(FILE_MISSING, "this is no path of a file", where=repr(where)) from None


def _decode(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        before = raw[:offset]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise FloeError(
            FILE_UNREADABLE,
            f"the file is not UTF-8: byte {raw[offset]:#04x} at offset {offset}",
            where=Location(shown_path(path), line, column),
            fix="save the file as UTF-8",
        ) from None


def _syntax_error(error: yaml.YAMLError, text: str, path: Path) -> FloeError:
    where = Location(shown_path(path))
    problem = "the file is no YAML"
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        where = Location(where.file, mark.line + 1, mark.column + 1) if mark else where
        problem = ": ".join(part for part in (problem, error.context, error.problem) if part)
    elif isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        where = Location(where.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        problem = f"{problem}: {error.reason}"
    fix = "indent with spaces, not tabs" if "start any token" in problem else "correct the file at this place"
    return FloeError(NOT_YAML, problem, where=where, fix=fix)
