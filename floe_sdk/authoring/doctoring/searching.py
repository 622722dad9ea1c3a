"""Why a name is not found: what is like it, and where it may have got lost."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from floe_sdk.authoring.doctoring.fault import Fault
from floe_sdk.authoring.groups import GROUPS
from floe_sdk.plugins.discovery import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from floe_sdk.authoring.doctoring.packages import Package
    from floe_sdk.plugins.discovery import PluginRecord


def search(name: str, found: Sequence[Package], records: Sequence[PluginRecord]) -> Iterator[Fault]:
    """What may be meant by a name that no plugin has, the likeliest first; at least one."""
    kind, _, bare = name.rpartition("/")
    reasons = [*_lost(name, kind, bare, found), *_elsewhere(name, bare)]
    yield from reasons
    if not reasons:
        from floe_sdk.errors.plugins import not_found
        from floe_sdk.schemas.fields import nearest

        guess = nearest(name, {one.identity if kind else one.name for one in records})
        error = not_found(name if kind else f"TYPE/{name}", None, (), guess)
        yield Fault("not-found", "", name, error.problem, error.fix or "", 2)


def _lost(name: str, kind: str, bare: str, found: Sequence[Package]) -> Iterator[Fault]:
    for package in found:
        for entry in package.entries:
            real = GROUPS.get(entry.group)
            if entry.name == bare and kind and real not in {None, kind}:
                problem = f"{bare} of {package.name} is of type {real}, not {kind}"
                yield Fault("type", package.key, name, problem, f"write {real}/{bare}", 2)
        if not any(entry.group in GROUPS for entry in package.entries) and _like(package.key, bare):
            yield Fault("no-plugin", package.key, name, _none_of(package, bare), _again(package), 2)


def _like(key: str, bare: str) -> bool:
    wanted = normalized(bare)
    return key == wanted or re.fullmatch(rf"floe-(\w+-)?{re.escape(wanted)}", key) is not None


def _none_of(package: Package, bare: str) -> str:
    problem = f"{package.name} {package.version} is installed in {package.place}, and its metadata names no plugin"
    text = package.source and (package.source / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
    if text and re.search(rf'^\s*["\']?{re.escape(bare)}["\']?\s*=', text, re.MULTILINE):
        return f"{problem}: its pyproject.toml was changed since, and entry points are read when it is installed"
    return problem


def _again(package: Package) -> str:
    return f"pip install -e {package.source}" if package.source else f"pip install --upgrade {package.name}"


def _elsewhere(name: str, bare: str) -> Iterator[Fault]:
    """Another environment than the one that is active, and what lies there for another Python."""
    active = os.environ.get("VIRTUAL_ENV")
    if active and Path(active).resolve() != Path(sys.prefix).resolve():
        problem = f"floe runs in {sys.prefix}, and the environment that is active is {active}"
        yield Fault("environment", "", name, problem, f"{active}/bin/python -m pip install floe-sdk", 2)
    for folder in sorted(Path(sys.prefix).glob("lib/python3.*/site-packages")):
        there = [
            one for one in folder.glob("*.dist-info") if _like(normalized(one.name.rpartition("-")[0] or ""), bare)
        ]
        if there and str(folder.resolve()) not in {str(Path(place).resolve()) for place in sys.path}:
            problem = f"{there[0].stem} is installed for another Python, in {folder}"
            fix = f"{sys.executable} -m pip install {there[0].name.rpartition('-')[0].rpartition('-')[0]}"
            yield Fault("environment", "", name, problem, fix, 2)
