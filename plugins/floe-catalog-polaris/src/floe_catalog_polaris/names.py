"""Names and places of tables that Polaris, or another engine that reads them, could not hold; no I/O."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from floe_sdk import CATALOG_NAMES, FloeError, FloeErrors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST = 255
"""Bytes of a name: it is also a folder's."""

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f/\\?#%:*\"<>|+`]")
"""What no part of an address or of a folder's name can hold; Polaris since 1.6 refuses the most of them itself."""

_FOLDER = re.compile(r"[^A-Za-z0-9_.=-]")
"""What floe writes differently in a folder's name; the server has a namespace's folder as the namespace is called."""

_RESERVED = re.compile(r"^\s*system\$", re.IGNORECASE)


def check(tables: Sequence[tuple[str, str]]) -> None:
    """Raise FloeError for names that can't be, all problems at once."""
    problems = [*_single(tables), *_together(tables)]
    if problems:
        errors = [FloeError(CATALOG_NAMES, problem, fix=fix) for problem, fix in problems]
        raise errors[0] if len(errors) == 1 else FloeErrors(errors)


def _single(tables: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for namespace in dict.fromkeys(namespace for namespace, _ in tables):
        reasons = [*_wrong(namespace)]
        if not reasons and (odd := _FOLDER.search(namespace)):
            reasons = [f"holds {odd.group()!r}: its folder would not be the one that the server gives it"]
        for reason in reasons:
            yield f"the namespace {namespace!r} {reason}", "correct `namespace` of catalog polaris, or dbt's `schema`"
    for namespace, table in dict.fromkeys(tables):
        for reason in _wrong(table):
            yield f"the table {table!r} of {namespace} {reason}", "give the model another name, or an `alias`"


def _wrong(name: str) -> Iterator[str]:
    if not name or name != name.strip():
        yield "is empty, or begins or ends with a space"
    if "." in name:
        yield "holds a dot, which separates the levels of a name"
    if odd := _ODD.search(name):
        yield f"holds {odd.group()!r}, which no part of an address or of a folder's name can"
    if len(name.encode()) > LONGEST:
        yield f"is {len(name.encode())} bytes long; {LONGEST} are possible"
    if _RESERVED.match(name):
        yield "begins as the server's own names do"


def _together(tables: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names that differ only in case: one table for engines that fold it, and one folder on some storages."""
    folded: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for namespace, table in tables:
        folded[namespace.casefold(), table.casefold()].add((namespace, table))
    for names in folded.values():
        if len(names) > 1:
            listed = ", ".join(".".join(each) for each in sorted(names))
            yield f"{listed} differ only in case: their names and places overlap", "rename all but one of them"
