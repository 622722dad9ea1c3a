"""A distribution as its source folder has it, installed or not: nothing is imported, nothing is built."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from floe_sdk.authoring.checking.evidence import Metadata, Source, Subject
from floe_sdk.authoring.groups import GROUPS, group_problem, meant_for_floe
from floe_sdk.errors.authoring import nothing_to_check
from floe_sdk.plugins.discovery import PluginRecord, normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

PROJECT_FILE = "pyproject.toml"
_LAYOUTS = ("src", "python", "lib", ".")
_TARGET = re.compile(r"[\w.]+\s*:\s*[\w.]+")
_SDK = re.compile(r"floe[-_.]sdk(?![\w.-]*\w)\s*(?:\[[^]]*])?([^;]*)", re.IGNORECASE)
_NOT_SHIPPED = {"tests", "test", "docs", "examples", "build", "dist", "site-packages", "node_modules"}


def from_folder(folder: Path, installed: Sequence[PluginRecord]) -> Subject:
    """Read pyproject.toml and the files; FloeError where the folder is not that of a plugin."""
    folder = folder.resolve()
    document = _read(folder)
    project = document.get("project")
    if not isinstance(project, dict) or not project.get("name"):
        raise nothing_to_check(f"{folder / PROJECT_FILE} has no [project] with a name")
    metadata = _metadata(folder, project)
    records, odd = _plugins(project, metadata)
    if not records and not odd:
        raise nothing_to_check(f'{folder / PROJECT_FILE} has no [project.entry-points."floe.<type>"]')
    tops = sorted({record.target.partition(":")[0].partition(".")[0].strip() for record in records})
    roots = _roots(folder, document, tops)
    return Subject(
        metadata=metadata,
        plugins=records,
        others=tuple(one for one in installed if normalized(one.distribution) != normalized(metadata.name)),
        sources=tuple(_sources(folder, roots, tops)),
        typed=frozenset(top for root in roots for top in tops if (root / top / "py.typed").is_file()),
        roots=roots,
        project=folder,
        odd=odd,
        documents=tuple(path.read_text(encoding="utf-8", errors="replace") for path in _documents(folder)),
    )


def _read(folder: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    path = folder / PROJECT_FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise nothing_to_check(f"{folder} has no {PROJECT_FILE}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise nothing_to_check(f"{path} can't be read: {error}") from None


def _metadata(folder: Path, project: Mapping[str, Any]) -> Metadata:
    people = [*_list(project, "authors"), *_list(project, "maintainers")]
    urls = project.get("urls", {})
    return Metadata(
        name=str(project["name"]),
        version=str(project.get("version", "0")),
        summary=str(project.get("description", "")),
        licence=_licence(project.get("license"), _list(project, "classifiers")),
        authors=", ".join(
            filter(None, (one.get("name") or one.get("email") for one in people if isinstance(one, dict)))
        ),
        home_page=next((str(url) for url in urls.values() if str(url).startswith("http")), ""),
        requires_python=str(project.get("requires-python", "")),
        classifiers=tuple(map(str, _list(project, "classifiers"))),
        requirements=tuple(map(str, _list(project, "dependencies"))),
        readme=_readme(folder, project.get("readme")),
        licence_files=_licence_files(folder, project),
        dynamic=frozenset(map(str, _list(project, "dynamic"))),
    )


def _list(project: Mapping[str, Any], key: str) -> list[Any]:
    value = project.get(key, [])
    return value if isinstance(value, list) else []


def _licence(value: Any, classifiers: Iterable[Any]) -> str:
    if isinstance(value, dict):
        return str(value.get("text") or value.get("file") or "")
    return str(value or next((one for one in map(str, classifiers) if one.startswith("License ::")), ""))


def _readme(folder: Path, value: Any) -> str:
    if isinstance(value, dict) and "text" in value:
        return str(value["text"])
    name = value.get("file") if isinstance(value, dict) else value
    path = folder / str(name) if name else None
    return path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else ""


def _licence_files(folder: Path, project: Mapping[str, Any]) -> tuple[str, ...]:
    """As PEP 639 has it: the patterns that are given, else the usual names."""
    given = project.get("license")
    patterns = project.get("license-files") or ["LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"]
    patterns = [*patterns, given["file"]] if isinstance(given, dict) and "file" in given else patterns
    return tuple(sorted(path.name for pattern in patterns for path in folder.glob(str(pattern)) if path.is_file()))


def _plugins(project: Mapping[str, Any], metadata: Metadata) -> tuple[tuple[PluginRecord, ...], tuple[str, ...]]:
    records, odd = [], []
    for group, entries in project.get("entry-points", {}).items():
        if not meant_for_floe(group):
            continue
        if group not in GROUPS:
            odd.append(group_problem(group, ", ".join(entries)))
            continue
        for name, target in entries.items():
            if _TARGET.fullmatch(str(target).partition("[")[0].strip()):
                records.append(_record(GROUPS[group], name, str(target), metadata))
            else:
                odd.append(f"{name}: {target!r} is no `module:Class`")
    return tuple(sorted(records)), tuple(odd)


def _record(kind: str, name: str, target: str, metadata: Metadata) -> PluginRecord:
    return PluginRecord(
        type=kind,
        name=name,
        distribution=metadata.name,
        version=metadata.version,
        summary=metadata.summary,
        home_page=metadata.home_page,
        requires=sdk_range(metadata.requirements) or "",
        target=target.strip(),
    )


def sdk_range(requirements: Iterable[str]) -> str | None:
    """The range of floe-sdk among requirements; None where none is floe-sdk's."""
    return next((match[1].strip(" ()") for match in map(_SDK.match, requirements) if match), None)


def _roots(folder: Path, document: Mapping[str, Any], tops: Sequence[str]) -> tuple[Path, ...]:
    """The folders that an import needs on its path, by where the packages of the entry points are."""
    wheel = document.get("tool", {}).get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {})
    named = [(folder / package).parent for package in wheel.get("packages", [])]
    candidates = [*named, *(folder / layout for layout in _LAYOUTS)]
    found = [root for top in tops for root in candidates if (root / top).is_dir() or (root / f"{top}.py").is_file()]
    return tuple(dict.fromkeys(root.resolve() for root in found[:1] + found)) if found else ()


def _sources(folder: Path, roots: Sequence[Path], tops: Sequence[str]) -> Iterator[Source]:
    for root in roots:
        whole = root != folder.resolve()  # below src/ everything is shipped, beside pyproject.toml only the packages
        places = [root] if whole else [place for top in tops for place in (root / top, root / f"{top}.py")]
        for place in places:
            for path in sorted(place.rglob("*.py") if place.is_dir() else [place]):
                inside = path.relative_to(root)
                if path.is_file() and not _NOT_SHIPPED.intersection(inside.parts[:-1]):
                    yield Source(path, path.relative_to(folder.resolve()).as_posix(), module_name(inside.as_posix()))


def module_name(path: str) -> str:
    """`package/module.py` as it is imported."""
    return re.sub(r"(/__init__)?\.py$", "", path).replace("/", ".")


def _documents(folder: Path) -> Iterator[Path]:
    if (folder / "docs").is_dir():
        yield from sorted((folder / "docs").rglob("*.md"))
