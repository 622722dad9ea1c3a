"""The distributions on this Python's path as they lie there, all copies of them; imports none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from floe_sdk.authoring.checking.from_installed import source_folder
from floe_sdk.authoring.distributions import metadata
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Entry(NamedTuple):
    """An entry point: its group, name and target."""

    group: str
    name: str
    target: str


@dataclass(frozen=True)
class Package:
    """A copy of a distribution. `folder` is where its metadata lies, `source` that of an editable install.

    `counts` says that Python, and floe, take this copy: it is the first on the path.
    """

    name: str
    version: str
    folder: Path
    source: Path | None
    entries: tuple[Entry, ...]
    requirements: tuple[str, ...]
    requires_python: str
    readable: bool
    counts: bool

    @property
    def key(self) -> str:
        """Its name as indexes compare it."""
        return normalized(self.name)

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.source} (editable)" if self.source else str(self.folder.parent)


def packages() -> list[Package]:
    """Every copy of every distribution, in the order of the path."""
    found: list[Package] = []
    seen: set[Path] = set()
    for distribution in metadata.distributions():
        folder = Path(str(getattr(distribution, "_path", "") or distribution.locate_file("")))
        if folder.resolve() not in seen:
            seen.add(folder.resolve())
            found.append(_package(distribution, folder, {one.key for one in found}))
    return found


def of_floe(found: Sequence[Package]) -> list[Package]:
    """Those that have plugins, or that try to, and floe-sdk."""
    return [one for one in found if one.entries or one.key == OWN_DISTRIBUTION or _damaged(one)]


def _damaged(package: Package) -> bool:
    return not package.readable and "floe" in package.folder.name.lower()


def _package(distribution: Any, folder: Path, before: set[str]) -> Package:
    guessed, _, rest = folder.name.partition("-")
    try:
        fields = distribution.metadata
        name, version = fields.get("Name"), fields.get("Version")
        requirements = tuple(fields.get_all("Requires-Dist") or ())
        requires_python = str(fields.get("Requires-Python") or "")
        source = source_folder(distribution)
    except Exception:  # noqa: BLE001 - whatever is wrong with one package, it is told, and the others are looked at
        name = version = source = None
        requirements, requires_python = (), ""
    try:
        entries = tuple(_entries(distribution.read_text("entry_points.txt") or ""))
    except (OSError, UnicodeDecodeError):
        entries = ()
    readable = bool(name and version)
    name = str(name or guessed.replace("_", "-"))
    return Package(
        name=name,
        version=str(version or rest.removesuffix(".dist-info").removesuffix(".egg-info") or "unknown"),
        folder=folder.absolute(),
        source=source,
        entries=entries,
        requirements=requirements,
        requires_python=requires_python,
        readable=readable,
        counts=normalized(name) not in before,
    )


def _entries(text: str) -> Iterator[Entry]:
    from floe_sdk.authoring.groups import meant_for_floe

    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif meant_for_floe(group) and line and line[0] not in "#;":
            name, _, target = line.partition("=")
            yield Entry(group, name.strip(), target.partition("[")[0].strip())
