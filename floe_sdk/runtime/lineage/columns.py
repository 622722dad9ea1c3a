"""The column lineage facet of a model, from its compiled SQL; kept on disk by what it was made from."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.project.files import write_atomic
from floe_sdk.runtime.lineage import facets
from floe_sdk.runtime.lineage.dialect import DIALECT
from floe_sdk.runtime.lineage.naming import FILES, Identity, file_of, literal_of, physical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from floe_sdk.runtime.lineage.datasets import Datasets
    from floe_sdk.runtime.lineage.facets import Facet
    from floe_sdk.schemas.graph import Node

_log = logging.getLogger("floe_sdk.lineage")
_VERSION = "4"
"""Part of the cache's key: raise it when the same SQL is answered differently."""

Answer = dict[str, Any]
"""`columns` (name -> uses), `dataset` (uses), `problems` (name -> why) and `unknown_rows` (why not all of `dataset`).

A use is [schema, name, column, type, subtype, masking].
"""
ROWS = "(rows)"
"""The name, in `problems`, of what is no column."""
_MOST = 5000
"""Answers that are kept on disk; beyond, only those of the last run are."""


class ColumnLineage:
    """Answers for one run. After `of`, `problems` says which columns have no lineage, and why, out of `total`; that of
    ROWS is why not all of what decides on the rows is known."""

    def __init__(self, datasets: Datasets, cache: Path) -> None:
        self._datasets = datasets
        self._cache = cache
        self._known = _read(cache)
        self._used: dict[str, Answer] = {}
        self.problems: dict[str, str] = {}
        self.total = 0

    def of(self, node: Node, sql: str | None) -> Facet | None:
        """The facet, or None where there is nothing to say for certain."""
        actual = [name for name, _ in self._datasets.actual_columns(node)]
        self.problems, self.total = {}, len(actual)
        if not sql:
            return None
        tables = self._tables(node)
        answer = self._answer(
            sql, {key: [name for name, _ in self._datasets.columns(each)] for key, each in tables.items()}
        )
        found = {**answer["columns"], **answer["problems"]}
        self.total, self.problems = len(actual) or len(found), dict(answer["problems"])
        if "*" not in found and not actual:
            self._datasets.publish(node.id, None, tuple((name, "") for name in found))
        columns = self._matched(actual, answer)
        try:
            fields = {name: {"inputFields": self._fields(node, tables, uses)} for name, uses in columns.items()}
            dataset = self._fields(node, tables, answer["dataset"])
        except LookupError as error:
            self.problems = {"*": str(error.args[0])}
            fields, dataset = {}, []
        if answer.get("unknown_rows") and "*" not in self.problems:
            self.problems[ROWS] = "; ".join(answer["unknown_rows"])
            self.total += 1
        for column, reason in self.problems.items():
            _log.debug("no column lineage for %s of %s: %s", column, node.id, reason)
        return facets.column_lineage(fields, dataset) if fields else None

    def _matched(self, actual: list[str], answer: Answer) -> dict[str, list[Any]]:
        """The answer under the names that the table has; what does not agree with the table is a problem."""
        if "*" in self.problems or not actual:
            return dict(answer["columns"])
        found = {name.lower(): uses for name, uses in answer["columns"].items()}
        names = {name.lower(): name for name in actual}
        if {*found, *(name.lower() for name in self.problems)} - names.keys():
            self.problems = {"*": "the query's columns are not those of the table"}
            return {}
        unknown = names.keys() - found.keys() - {name.lower() for name in self.problems}
        self.problems.update({names[name]: "the query does not say where it comes from" for name in sorted(unknown)})
        return {names[name]: uses for name, uses in found.items()}

    def save(self) -> None:
        """Keep what this run used for the next one; a cache that can't be written costs only time."""
        if not self._used or self._used.keys() <= self._known.keys():
            return
        kept = {**self._known, **self._used} if len(self._known) < _MOST else self._used
        try:
            write_atomic(self._cache, json.dumps(kept))
        except FloeError as error:
            _log.debug("the cache of column lineage was not written: %s", error.problem)

    def _tables(self, node: Node) -> dict[tuple[str, str], Node]:
        tables: dict[tuple[str, str], Node] = {}
        for each in (*self._datasets.inputs(node), node):
            if each.source_location:
                tables[FILES, literal_of(each.source_location)] = each
            elif each.upstream:
                schema, name = each.upstream.relation
                tables[schema.lower(), name.lower()] = each
            elif each.namespace:
                tables[each.namespace.lower(), (each.table or each.name).lower()] = each
        return tables

    def _answer(self, sql: str, schema: Mapping[tuple[str, str], list[str]]) -> Answer:
        shape = json.dumps(sorted((*key, *columns) for key, columns in schema.items()))
        key = hashlib.sha256(f"{_VERSION}\0{DIALECT}\0{sql}\0{shape}".encode()).hexdigest()
        answer = self._known.get(key) or _compute(sql, schema)
        self._used[key] = answer
        return answer

    def _fields(self, node: Node, tables: Mapping[tuple[str, str], Node], uses: Iterable[list[Any]]) -> list[Any]:
        """Uses as the facet's input fields; the node's own former rows are no input."""
        grouped: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for schema, name, column, kind, subtype, masking in uses:
            source = tables.get((schema, name))
            if source is not None and source.id == node.id:
                continue
            where = self._identity(schema, name, source)
            known = {each.lower(): each for each, _ in self._datasets.columns(source)} if source else {}
            field = known.get(column.lower(), column)
            transformation = {"type": kind, "subtype": subtype, "masking": masking}
            grouped.setdefault((where.namespace, where.name, field), []).append(transformation)
        return [
            {"namespace": namespace, "name": name, "field": field, "transformations": transformations}
            for (namespace, name, field), transformations in grouped.items()
        ]

    def _identity(self, schema: str, name: str, source: Node | None) -> Identity:
        if source is not None:
            return self._datasets.identity(source)
        if schema == FILES and (name.startswith("/") or "://" in name):
            return physical(file_of(name, self._datasets.project))
        table = name if schema == FILES else f"{schema}.{name}"
        raise LookupError(f"{table} is read, but no ref() or source() of the model names it")


def _compute(sql: str, schema: Mapping[tuple[str, str], list[str]]) -> Answer:
    from floe_sdk.runtime.lineage.sql import UnresolvedError, Use, column_lineage

    def plain(uses: Iterable[Use]) -> list[list[Any]]:
        return [[*use.table, use.column, use.type, use.subtype, use.masking] for use in uses]

    try:
        lineage = column_lineage(sql, schema)
    except UnresolvedError as error:
        return {"columns": {}, "dataset": [], "problems": {"*": str(error)}, "unknown_rows": []}
    return {
        "columns": {name: plain(uses) for name, uses in lineage.columns.items()},
        "dataset": plain(lineage.dataset),
        "problems": lineage.problems,
        "unknown_rows": lineage.unknown_rows,
    }


def _read(path: Path) -> dict[str, Answer]:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
