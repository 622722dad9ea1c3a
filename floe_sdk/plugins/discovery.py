"""Which plugins are installed, from the metadata of their distributions. Imports no plugin."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from floe_sdk.plugins.types import COMMANDS_GROUP, GROUP_PREFIX, PluginType

if sys.version_info >= (3, 12):
    from importlib import metadata
else:  # several of its mistakes were mended in the package first
    import importlib_metadata as metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_DISTRIBUTION = "floe-sdk"
COMMAND = "command"
_TYPES = {COMMANDS_GROUP: COMMAND, **{kind.group: kind.value for kind in PluginType}}
_REQUIREMENT = re.compile(r"floe[-_.]sdk\s*(?:\[[^]]*])?\s*\(?([^;)]*)\)?\s*(;.*)?$", re.IGNORECASE)


class PluginRecord(NamedTuple):
    """An installed plugin as its metadata describes it.

    `type` is a `PluginType`'s value, or `command` for a command of the entry-point group `floe.commands`. `requires` is
    the range of floe-sdk that it supports ("": any), `target` the entry point's `module:attribute`.
    """

    type: str
    name: str
    distribution: str
    version: str
    summary: str
    home_page: str
    requires: str
    target: str

    @property
    def identity(self) -> str:
        """`type/name`."""
        return f"{self.type}/{self.name}"

    @property
    def own(self) -> bool:
        """Whether it comes with floe-sdk itself."""
        return normalized(self.distribution) == OWN_DISTRIBUTION


class Discovery(NamedTuple):
    """All plugins, sorted by type, name and distribution; `problems` says what of the metadata could not be read."""

    records: tuple[PluginRecord, ...]
    problems: tuple[str, ...]


def normalized(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def discover() -> Discovery:
    """Read the metadata of everything that is installed; of a distribution that is there twice, the first counts."""
    records: list[PluginRecord] = []
    problems: list[str] = []
    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if GROUP_PREFIX not in text:
                continue
            headers = _headers(distribution)
            name = headers.get("name", [_folder(distribution)])[0]
            if normalized(name) not in seen:
                seen.add(normalized(name))
                records.extend(_records(name, headers, text, problems))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one package, the others are listed
            problems.append(f"{_folder(distribution)}: its metadata can't be read ({type(error).__name__})")
    return Discovery(tuple(sorted(records)), tuple(problems))


def _records(name: str, headers: dict[str, list[str]], text: str, problems: list[str]) -> Iterator[PluginRecord]:
    for group, entry, target in _entries(text):
        if group not in _TYPES:
            problems.append(f"{name}: this version of floe-sdk knows no plugins of group {group!r}")
        elif not entry or not re.fullmatch(r"[\w.]+\s*:\s*[\w.]+", target):
            problems.append(f"{name}: entry point {entry!r} of {group!r} has the odd target {target!r}")
        else:
            yield PluginRecord(
                type=_TYPES[group],
                name=entry,
                distribution=name,
                version=headers.get("version", ["unknown"])[0],
                summary=headers.get("summary", [""])[0],
                home_page=_home_page(headers),
                requires=_requires(headers.get("requires-dist", [])),
                target=target,
            )


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif group.startswith(GROUP_PREFIX) and line and line[0] not in "#;":
            entry, _, target = line.partition("=")
            yield group, entry.strip(), target.partition("[")[0].strip()


def _headers(distribution: metadata.Distribution) -> dict[str, list[str]]:
    """The fields of METADATA by lower-case name, without the description: much faster than a mail parser."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    fields: dict[str, list[str]] = {}
    for line in text.replace("\r\n", "\n").partition("\n\n")[0].split("\n"):
        key, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            fields.setdefault(key.lower(), []).append(value.strip())
    return fields


def _folder(distribution: metadata.Distribution) -> str:
    return re.sub(r"(-[^-]*)?\.(dist|egg)-info$", "", getattr(getattr(distribution, "_path", None), "name", "unknown"))


def _home_page(headers: dict[str, list[str]]) -> str:
    urls = [url.partition(", ") for url in headers.get("project-url", [])]
    pages = [url for label, _, url in urls if label.lower() in {"homepage", "home page", "repository", "source"}]
    return [*pages, *headers.get("home-page", []), ""][0]


def _requires(requirements: list[str]) -> str:
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match and "extra" not in (match[2] or ""):
            return match[1].strip()
    return ""
