"""The state of a file source: the paths, sizes and contents of its files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.project.files import write_atomic
from floe_sdk.schemas.compiled import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

_READER = re.compile(r"\s*(?:read_\w+|parquet_scan|sniff_csv)\s*\(", re.IGNORECASE)
_TEXT = re.compile(r"\s*'((?:[^']|'')*)'\s*")
_GLOB = re.compile(r"[*?\[]")
_FRESH_SECONDS = 2.0
"""A file changed within this time may change again without a new time stamp: its hash is not kept."""


class UnknownStateError(Exception):
    """Why the state of a source can't be told."""


class FileStates:
    """States of file sources; the hash of a file is kept on disk by its size, times and inode."""

    def __init__(self, project: Path, cache: Path) -> None:
        self._project = project
        self._cache = cache
        self._known = _read(cache)
        self._used: dict[str, list[object]] = {}
        self._lock = threading.Lock()

    def state(self, location: str) -> str:
        """The state of all files of a location. Raises UnknownStateError."""
        parts = []
        for text in paths_of(location):
            files = sorted(_files(text, self._project))
            if not files:
                raise UnknownStateError(f"there is no file {text}")
            parts += [[_name(file, self._project), *self._content(file)] for file in files]
        return digest(parts)

    def save(self) -> None:
        """Keep the hashes that were used, and those of files that are still there."""
        with self._lock:
            kept = {**{path: entry for path, entry in self._known.items() if Path(path).exists()}, **self._used}
            if kept != self._known:
                with suppress(FloeError):  # a cache
                    write_atomic(self._cache, json.dumps(kept))

    def _content(self, file: Path) -> tuple[int, str]:
        try:
            before = file.stat()
            key = [before.st_size, before.st_mtime_ns, before.st_ctime_ns, before.st_ino]
            entry = self._used.get(str(file)) or self._known.get(str(file))
            if entry and entry[:-1] == key:
                return before.st_size, str(entry[-1])
            content = _hash(file)
        except OSError as error:
            raise UnknownStateError(f"{file} can't be read: {error.strerror}") from None
        if time.time() - max(before.st_mtime, before.st_ctime) > _FRESH_SECONDS:
            with self._lock:
                self._used[str(file)] = [*key, content]
        return before.st_size, content


def paths_of(location: str) -> list[str]:
    """The paths and patterns that a source's location reads. Raises UnknownStateError where that can't be told.

    It is a path, or one call of a reader: `read_csv('raw/x.csv', header = true)`, `read_parquet(['a', 'b'])`.
    """
    reader = _READER.match(location)
    if reader is None:
        if any(sign in location for sign in "('\""):
            raise UnknownStateError(f"`{location}` is neither a path nor one call of a reader")
        texts = [location.strip()]
    else:
        texts, rest = _first_argument(location[reader.end() :], location)
        if not _ends_the_call(rest):
            raise UnknownStateError(f"`{location}` is more than one call of a reader")
    for text in texts:
        if "://" in text or "{" in text:
            raise UnknownStateError(f"what {text} holds can't be told without reading it")
    return texts


def _first_argument(text: str, location: str) -> tuple[list[str], str]:
    listed = re.match(r"\s*\[", text)
    position = listed.end() if listed else 0
    texts = []
    while match := _TEXT.match(text, position):
        texts.append(match[1].replace("''", "'"))
        position = match.end()
        if not listed or text[position : position + 1] != ",":
            break
        position += 1
    if not texts or (listed and text[position : position + 1] != "]"):
        raise UnknownStateError(f"the files of `{location}` are not spelled out")
    return texts, text[position + 1 if listed else position :]


def _ends_the_call(rest: str) -> bool:
    """Whether only options follow, up to the parenthesis that ends the call and the text."""
    rest = re.sub(r"'(?:[^']|'')*'", "''", rest).strip()
    if not rest.startswith((",", ")")) or "--" in rest or "/*" in rest:
        return False
    depth = 1
    for index, sign in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return index == len(rest) - 1
    return False


def _files(text: str, project: Path) -> Iterator[Path]:
    path = Path(os.path.normpath(project / Path(text).expanduser()))
    if not _GLOB.search(str(path)):
        if path.is_file():
            yield path
        return
    parts = path.parts
    first = next(index for index, part in enumerate(parts) if _GLOB.search(part))
    pattern = re.compile(_regex("/".join(parts[first:])))
    depth = None if "**" in text else len(parts) - first
    root = Path(*parts[:first])
    for current, folders, names in os.walk(root, followlinks=True):
        below = Path(current).relative_to(root)
        if depth is not None and len(below.parts) + 1 >= depth:
            folders.clear()
        yield from (Path(current, name) for name in names if pattern.fullmatch((below / name).as_posix()))


def _regex(pattern: str) -> str:
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])", pattern)
    return "".join(
        signs.get(token) or (token.replace("[!", "[^") if token.startswith("[") else re.escape(token))
        for token in tokens
    )


def _name(file: Path, project: Path) -> str:
    return Path(os.path.relpath(file, project)).as_posix()


def _hash(file: Path) -> str:
    content = hashlib.blake2b(digest_size=16)
    with file.open("rb") as data:
        while block := data.read(1 << 20):
            content.update(block)
    return content.hexdigest()


def _read(path: Path) -> dict[str, list[object]]:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
