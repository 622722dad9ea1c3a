"""Faults in what distributions say: metadata that can't be read, odd entry points, groups that nobody knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floe_sdk.authoring.doctoring.fault import Fault
from floe_sdk.authoring.groups import GROUPS, group_problem, misspelt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from floe_sdk.authoring.doctoring.packages import Entry, Package

_TARGET = re.compile(r"[\w.]+\s*:\s*[\w.]+")


def metadata_faults(found: Sequence[Package]) -> Iterator[Fault]:
    """Of each package by itself."""
    for package in found:
        if not package.readable:
            problem = f"the metadata in {package.folder} can't be read, or lacks a name or a version"
            fix = f"pip install --force-reinstall {package.name}; where pip refuses, delete that folder first"
            yield Fault("metadata", package.key, package.name, problem, fix, 2)
        for entry in package.entries:
            yield from _entry_faults(package, entry)


def _entry_faults(package: Package, entry: Entry) -> Iterator[Fault]:
    if entry.group not in GROUPS:
        if entry.group.startswith("floe.") or misspelt(entry.group):
            problem = group_problem(entry.group, entry.name)
            right = misspelt(entry.group) or "floe.<type>"
            yield Fault("group", package.key, package.name, problem, _author(package, f'"{right}"'), 2)
    elif not entry.name or not _TARGET.fullmatch(entry.target):
        problem = (
            f"the entry point {entry.name!r} of {entry.group!r} has the target {entry.target!r}, which names no class"
        )
        yield Fault("target", package.key, package.name, problem, _author(package, "`module:Class`"), 2)


def _author(package: Package, what: str) -> str:
    """What mends a mistake in pyproject.toml: for its author, whose source is here, or for who only installed it."""
    if package.source:
        return f"write {what} in {package.source / 'pyproject.toml'}, then: pip install -e {package.source}"
    return f"pip install --upgrade {package.name}; if that is the newest, tell its author to write {what}"
