"""One read-only question to a compute, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.catalog import Catalog

    from floe_sdk.schemas.access import StorageAccess


@dataclass(frozen=True)
class QueryRequest:
    """`sql` is one SELECT over `namespace.table` names of the catalog. `namespaces` are those that a bare table name
    is looked up in, in order."""

    sql: str
    catalog: Catalog
    storage: StorageAccess
    namespaces: Sequence[str] = ()


@dataclass(frozen=True)
class QueryResult:
    """The answer, read batch by batch; what goes wrong while it is read is a FloeError, too."""

    reader: pa.RecordBatchReader
