"""Tables that contract tests write and read."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk import COMMIT_UNKNOWN, FloeError, Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from floe_sdk import StorageAccess

PATIENCE = 60.0
"""Seconds after which somebody who is refused again and again gives up."""
_ZONE = re.compile(r", tz=[^\]]+|<\w+: ")


def numbers(count: int, who: int = 0, first: int = 0) -> pa.Table:
    """Rows of `who`, with `n` from `first`."""
    import pyarrow as pa

    schema = pa.schema([("who", pa.int64()), ("n", pa.int64())])
    return pa.table({"who": [who] * count, "n": list(range(first, first + count))}, schema)


def typed() -> pa.Table:
    """A row with values and one that lacks some, of the types that tables have."""
    import pyarrow as pa

    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
    return pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "Name": pa.array(["Größe", None], pa.string()),
            "amount": pa.array([Decimal("12345678901234.56"), Decimal("-0.01")], pa.decimal128(18, 2)),
            "ratio": pa.array([0.1, None], pa.float64()),
            "paid": pa.array([True, False], pa.bool_()),
            "day": pa.array([date(2026, 2, 28), date(1969, 12, 31)], pa.date32()),
            "at": pa.array([moment.replace(tzinfo=None), None], pa.timestamp("us")),
            "instant": pa.array([moment, None], pa.timestamp("us", tz="UTC")),
            "tags": pa.array([["a", "b"], []], pa.list_(pa.string())),
        }
    )


def create(catalog: Catalog, storage: StorageAccess, name: tuple[str, str], like: pa.Table) -> Table:
    """An empty table below the storage's root, as a run places it."""
    return catalog.create_table(name, schema=like.schema, location=f"{storage.root}{'/'.join(name)}")


def append_each(catalog: Catalog, name: Any, who: int, times: int) -> None:
    """Append `times` rows in as many commits; one that is refused because somebody else was faster is tried again."""
    from pyiceberg.exceptions import CommitFailedException

    deadline = time.monotonic() + PATIENCE
    for n in range(times):
        row = numbers(1, who, n)
        while True:
            try:
                catalog.load_table(name).append(row)
                break
            except (CommitFailedException, FloeError) as error:
                unknown = isinstance(error, FloeError) and error.code is COMMIT_UNKNOWN
                if unknown or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def plain(table: Table) -> list[tuple[Any, ...]]:
    """The rows as tuples, sorted."""
    return sorted((tuple(row.values()) for row in table.scan().to_arrow().to_pylist()), key=repr)


def expected(writers: int, times: int) -> Sequence[tuple[int, int]]:
    """What is there when each of `writers` has appended `times` rows."""
    return [(who, n) for who in range(writers) for n in range(times)]


def types_of(table: pa.Table) -> dict[str, str]:
    """The type of each column, in words in which engines agree: how a zone or an item is called is theirs."""
    names = {field.name: str(field.type) for field in table.schema}
    return {name: _ZONE.sub(", tz", text).replace("large_", "").replace("_view", "") for name, text in names.items()}


def references(value: Any) -> Any:
    """A profile as the artifact holds it: secrets as references."""
    if isinstance(value, Secret):
        return value.reference
    if isinstance(value, Mapping):
        return {key: references(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [references(item) for item in value]
    return value


def files_in(folder: Path, but: Path | None = None) -> dict[str, int]:
    """The files below a folder, `but` for those of another one, with the time of their last change."""
    found = (path for path in folder.rglob("*") if path.is_file() and not (but and path.is_relative_to(but)))
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in found}


def path_of(uri: str) -> Path:
    """The file of a `file://` URI."""
    return Path(uri.removeprefix("file://"))
