"""SQL in SQLite, which publishes nothing."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from floe_sdk import (
    QUERY_REFUSED,
    ColumnsRequest,
    FloeError,
    QueryRequest,
    QueryResult,
    Relation,
    RunSession,
    StorageAccess,
    hookimpl,
)
from floe_sdk.testing import loaded

if TYPE_CHECKING:
    from pyiceberg.schema import Schema


class Sqlite:
    """One database a run."""

    @hookimpl
    def compute_profile(self, namespace: str) -> Mapping[str, Any]:
        return {"type": "sqlite", "schema": namespace, "database": "{session}.db"}

    @hookimpl
    def compute_open(self, session: RunSession, profile: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**profile, "database": str(session.private_dir / f"{session.id}.db")}

    @hookimpl
    def compute_close(self, session: RunSession, succeeded: bool, built: bool) -> None:
        if succeeded and built:
            print("nothing is left to put in place")

    @hookimpl
    def compute_columns(self, request: ColumnsRequest) -> "Mapping[str, Schema]":
        return {each.key: each.schema for each in request.relations if each.schema is not None}

    @hookimpl
    def compute_query(self, request: QueryRequest) -> QueryResult:
        import pyarrow as pa

        if not request.sql.lower().startswith("select"):
            raise FloeError(QUERY_REFUSED, "only SELECT is answered", fix="write a SELECT")
        cursor = sqlite3.connect(":memory:").execute(request.sql)
        names = [column[0] for column in cursor.description]
        table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in cursor])
        return QueryResult(table.to_reader())


session = SimpleNamespace(id="0193", private_dir=Path("/private"))  # a run's; here only what is used of it

# compute_profile
with loaded(compute=Sqlite) as platform:
    print(platform.compute("sqlite").compute_profile(namespace="shop"))
    # => {'type': 'sqlite', 'schema': 'shop', 'database': '{session}.db'}

# compute_open
with loaded(compute=Sqlite) as platform:
    profile = platform.compute().compute_profile(namespace="shop")
    print(platform.compute().compute_open(session=session, profile=profile)["database"])
    # => /private/0193.db

# compute_close
with loaded(compute=Sqlite) as platform:
    platform.compute().compute_close(session=session, succeeded=True, built=True)
    # => nothing is left to put in place

# compute_columns
with loaded(compute=Sqlite) as platform:
    from pyiceberg.schema import Schema
    from pyiceberg.types import LongType, NestedField

    orders = Schema(NestedField(1, "id", LongType(), required=False))
    known = Relation("model.shop.orders", "shop", "orders", schema=orders)
    request = ColumnsRequest((known, Relation("model.shop.mart", "shop", "mart", sql="select 1")), Path("/shop"))
    print(list(platform.compute().compute_columns(request=request)))
    # => ['model.shop.orders']

# compute_query
with loaded(compute=Sqlite) as platform:
    request = QueryRequest("select 1 as one", catalog=None, storage=StorageAccess(root="file:///srv/lake/"))
    print(platform.compute().compute_query(request=request).reader.read_all().to_pylist())
    # => [{'one': 1}]
