"""Who reads a product's tables in other products: what these read stands in the catalog, with the tables they made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from floe_sdk.observability.redaction import redactor
from floe_sdk.runtime.changes.success import Success, made_from
from floe_sdk.runtime.tables.snapshots import rows_id
from floe_sdk.schemas.session import PRODUCT_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.runtime.lineage.sql import Lineage
    from floe_sdk.runtime.plan.tables import Tables
    from floe_sdk.schemas.session import TableVersion

_SNAPSHOT = re.compile(r"snapshot (-?\d+)")


@dataclass(frozen=True)
class _Reader:
    """A table of another product, and the snapshots that it was made from by the id of the source."""

    version: TableVersion
    read: dict[str, str]

    @property
    def name(self) -> str:
        return ".".join(self.version.table.name())

    def told(self, name: str) -> str:
        product = self.version.table.properties.get(PRODUCT_PROPERTY)
        return f"{name} of the product {product}" if product else name


class Elsewhere:
    """Asks the catalog when it is first needed, and says in `notes` when that fails."""

    def __init__(self, tables: Tables, namespace: str) -> None:
        self._tables = tables
        self._namespace = namespace
        self._lineages: dict[tuple[str, str, str], Lineage | None] = {}
        self.notes: list[str] = []

    def of_table(self, table: str) -> tuple[str, ...]:
        """Who was made from any state of a table."""
        return tuple(reader.told(reader.name) for reader, _source in self._of(table))

    def of_column(self, table: str, column: str) -> tuple[str, ...]:
        """`churn.at_risk.customer` is made from the column, or `churn.at_risk` where it decides on the rows."""
        found: list[str] = []
        for reader, source in self._of(table):
            found += self._uses(reader, source, table, column.lower())
        return tuple(dict.fromkeys(found))

    def _of(self, table: str) -> Iterator[tuple[_Reader, str]]:
        version = self._tables.known(*table.rsplit(".", 1))
        if version is None or not self._readers:
            return
        metadata = version.table.metadata
        ids = {str(rows_id(metadata, each)) for each in metadata.snapshots}
        for reader in self._readers:
            yield from ((reader, source) for source, number in reader.read.items() if number in ids)

    def _columns(self, table: str) -> list[str]:
        version = self._tables.known(*table.rsplit(".", 1))
        return [field.name for field in version.table.schema().fields] if version else []

    @cached_property
    def _readers(self) -> list[_Reader]:
        try:
            return [reader for each in self._tables.of_others(self._namespace) if (reader := _reader(each)).read]
        except Exception as error:  # noqa: BLE001 - a catalog that hides others' tables; the plan of one's own stands
            told = redactor.redact(f"{type(error).__name__}: {error}".splitlines()[0])
            self.notes.append(f"who reads it in other products is not known, as their tables can't be read ({told})")
            return []

    def _uses(self, reader: _Reader, source: str, table: str, column: str) -> Iterator[str]:
        *_, schema, name = ("", *source.lower().split("."))
        key = (schema, name)  # as a source is called that has no `schema` and `identifier` of its own
        asked = (reader.name, source, table)
        if asked not in self._lineages:
            self._lineages[asked] = self._lineage(reader, {key: self._columns(table)})
        lineage = self._lineages[asked]
        uses = lineage.columns if lineage else {}
        read = [use for each in uses.values() for use in each] + (lineage.dataset if lineage else [])
        if lineage is None or lineage.problems or not any(use.table == key for use in read):
            yield reader.told(f"{reader.name} (perhaps: its columns can't be traced)")
            return
        for name, each in uses.items():
            if any((use.table, use.column.lower()) == (key, column) for use in each):
                yield reader.told(f"{reader.name}.{name}")
        if any((use.table, use.column.lower()) == (key, column) for use in lineage.dataset):
            yield reader.told(reader.name)

    def _lineage(self, reader: _Reader, known: dict[tuple[str, str], list[str]]) -> Lineage | None:
        from floe_sdk.runtime.lineage.sql import UnresolvedError, column_lineage

        made = made_from(reader.version.table.properties)
        if made is None or made.sql is None:
            return None
        schema = {
            (".".join(name[:-1]).lower(), name[-1].lower()): [
                field.name for field in each.version.table.schema().fields
            ]
            for each in self._readers
            for name in [each.version.table.name()]
        }
        try:
            return column_lineage(made.sql, {**schema, **known})
        except UnresolvedError:
            return None


def _reader(version: TableVersion) -> _Reader:
    success = Success.of_table(version)
    inputs = success.inputs.items() if success else ()
    numbers = {key: match[1] for key, state in inputs if (match := _SNAPSHOT.fullmatch(state))}
    return _Reader(version, numbers)
