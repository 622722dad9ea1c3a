"""The source files of an installed plugin, and one hash over them that is the same on every machine.

Counted is what Python can import, and what lies beside it, by the paths that it has below site-packages: no bytecode,
and nothing that an installer writes (`.dist-info`, scripts). A wheel, and an sdist that is built here, therefore give
one hash.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import os
import posixpath
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if sys.version_info >= (3, 12):
    from importlib import metadata
else:  # as in discovery
    import importlib_metadata as metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from floe_sdk.plugins.discovery import PluginRecord

INSTALLERS = (".dist-info", ".egg-info", ".data")
IMPORTED = (".py", ".so", ".pyd")
"""What counts in a plugin's folders though its RECORD does not list it: Python would import it all the same."""


class Installed(NamedTuple):
    """A plugin's code on this machine.

    `editable` says that it is a folder in which somebody works; `files` maps the path below site-packages to the file,
    `recorded` to the hash that the installer wrote down (`sha256=...`; nothing for what it did not).
    """

    editable: bool
    files: Mapping[str, Path]
    recorded: Mapping[str, str]


def installed(record: PluginRecord) -> Installed:
    """The code of a plugin's distribution, as it is on disk; imports nothing of it.

    Where Python would import the plugin's module from somewhere else (an earlier folder of `sys.path`), that is in it.
    """
    distribution = metadata.distribution(record.distribution)
    module = _located(record.target.partition(":")[0].strip())
    if _is_editable(distribution):
        return Installed(True, module.files() if module else {}, {})
    recorded = dict(_recorded(distribution.read_text("RECORD") or ""))
    root = str(distribution.locate_file(""))
    files = {path: Path(root, path) for path in recorded}
    files.update(_unrecorded(recorded, root))
    if module and not _is_same(files.get(module.path), module.origin):
        files.update(module.files())
    return Installed(False, files, recorded)


def digest(files: Mapping[str, Path | bytes]) -> str:
    """SHA-256 over the sorted lines `<sha256>  <path>`, as `sha256sum` prints them; what can't be read is not there."""
    lines = []
    for path, content in sorted(files.items()):
        try:
            data = content if isinstance(content, bytes) else content.read_bytes()
        except OSError:
            continue
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {path}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def counts(path: str) -> bool:
    """Whether a path below site-packages is source: inside, no bytecode, and not an installer's."""
    parts = path.split("/")
    outside = parts[0] in {"", ".."}
    return not (outside or parts[0].endswith(INSTALLERS) or "__pycache__" in parts or path.endswith((".pyc", ".pyo")))


def _is_editable(distribution: metadata.Distribution) -> bool:
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        return bool(origin.get("dir_info", {}).get("editable"))
    except (ValueError, AttributeError):
        return False


def _recorded(record: str) -> Iterator[tuple[str, str]]:
    for row in csv.reader(record.splitlines()):
        path = posixpath.normpath(row[0].replace("\\", "/")) if row else ""
        if counts(path):
            yield path, row[1] if len(row) > 1 else ""


def _unrecorded(recorded: Iterable[str], root: str) -> Iterator[tuple[str, Path]]:
    """What lies in the packages that RECORD lists, or would be imported in place of a module that it lists."""
    known = set(recorded)
    packages = _outermost({posixpath.dirname(path) for path in known if path.endswith("/__init__.py")})
    rivals = [
        rival
        for module in (path.removesuffix(".py") for path in known if path.endswith(".py"))
        if not module.startswith(tuple(f"{package}/" for package in packages))
        for rival in (f"{module}/__init__.py", *(module + suffix for suffix in EXTENSION_SUFFIXES))
    ]
    for path in (*(path for package in packages for path in _importable(root, package)), *rivals):
        if path not in known and os.path.isfile(os.path.join(root, path)):  # noqa: PTH113, PTH118 - hundreds of them
            yield path, Path(root, path)


def _importable(root: str, package: str) -> Iterator[str]:
    for folder, names, files in os.walk(os.path.join(root, package)):  # noqa: PTH118 - as above
        names[:] = [name for name in names if name != "__pycache__"]
        below = folder[len(root) :].strip("/\\").replace(os.sep, "/")
        yield from (f"{below}/{name}" for name in files if name.endswith(IMPORTED))


def _outermost(packages: set[str]) -> list[str]:
    return [each for each in packages if not any(str(one) in packages for one in PurePosixPath(each).parents)]


class _Module(NamedTuple):
    """A module that Python would import, or the package that holds it: its path below site-packages, and its file."""

    path: str
    origin: Path
    is_package: bool

    def files(self) -> dict[str, Path]:
        """Its files by their path below site-packages."""
        if not self.is_package:
            return {self.path: self.origin}
        package, folder = PurePosixPath(self.path).parent, self.origin.parent
        below = [Path(place) / name for place, _, names in os.walk(folder) for name in names]
        found = {(package / path.relative_to(folder).as_posix()).as_posix(): path for path in below}
        return {path: file for path, file in found.items() if counts(path)}


def _located(module: str) -> _Module | None:
    """Where a module comes from: the first package below namespace packages, or the module alone."""
    names = module.split(".")
    spec = importlib.util.find_spec(names[0])  # of a top-level name it imports nothing
    for depth in range(2, len(names) + 1):
        if spec is None or spec.origin is not None or spec.submodule_search_locations is None:
            break
        spec = PathFinder.find_spec(".".join(names[:depth]), list(spec.submodule_search_locations))
    if spec is None or spec.origin is None:
        return None
    origin, is_package = Path(spec.origin), bool(spec.submodule_search_locations)
    parents = spec.name.split(".") if is_package else spec.name.split(".")[:-1]
    return _Module(PurePosixPath(*parents, origin.name).as_posix(), origin, is_package)


def _is_same(one: Path | None, other: Path) -> bool:
    try:
        return one is not None and one.samefile(other)
    except OSError:
        return False
