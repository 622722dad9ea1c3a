"""Events of `floe run --json` as what Dagster records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    DataVersion,
    MaterializeResult,
    MetadataValue,
    TableColumnDep,
    TableColumnLineage,
)

from floe_orchestrator_dagster.specs import column_schema
from floe_sdk import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster import AssetCheckKey

    from floe_orchestrator_dagster.keys import Keys
    from floe_sdk import Node

FAILED = frozenset({"fail", "error"})
Event = dict[str, Any]


def materialized(event: Event, node: Node, keys: Keys, run_id: str) -> MaterializeResult[Any]:
    """A table or a view was made."""
    published, key = event.get("published"), keys.of(node.id)
    metadata: dict[str, Any] = {"floe/run_id": run_id, "floe/seconds": float(event["seconds"])}
    columns = event.get("columns") or ()
    if columns:
        schema = column_schema([(name, kind) for name, kind in columns], node.columns)
        metadata["dagster/column_schema"] = MetadataValue.table_schema(schema)
    if sources := event.get("column_sources"):
        metadata["dagster/column_lineage"] = MetadataValue.column_lineage(_lineage(sources, keys))
    if not published:
        return MaterializeResult(asset_key=key, metadata=metadata)
    snapshot = published.get("rows_id") or published.get("snapshot_id")
    return MaterializeResult(
        asset_key=key,
        metadata={**metadata, **_published(published)},
        data_version=None if snapshot is None else DataVersion(str(snapshot)),
    )


def _lineage(sources: list[Any], keys: Keys) -> TableColumnLineage:
    return TableColumnLineage(
        {column: [TableColumnDep(keys.of(node_id), each) for node_id, each in uses] for column, uses in sources}
    )


def _published(table: Mapping[str, Any]) -> dict[str, Any]:
    total = table.get("total_rows")
    return {
        "dagster/row_count": table["rows"] if total is None else total,
        "dagster/table_name": f"{table['namespace']}.{table['table']}",
        "dagster/uri": table["location"],
        "floe/rows_written": table["rows"],
        "floe/bytes_written": table["bytes"],
        "floe/files_written": table["files"],
        "floe/snapshot_id": str(table["snapshot_id"]),  # a page's numbers end before it does
        "floe/operation": table["operation"],
    }


def checked(event: Event, node: Node, key: AssetCheckKey, run_id: str) -> AssetCheckResult:
    """A test answered, or could not be executed."""
    status = event["status"]
    lenient = status == "warn" or (status not in FAILED and node.test and node.test.severity is Severity.WARN)
    metadata = {
        "floe/run_id": run_id,
        "floe/seconds": float(event["seconds"]),
        "floe/status": status,
        **({"floe/failed_rows": event["failures"]} if event.get("failures") is not None else {}),
        **({"floe/compiled_sql": MetadataValue.md(sql)} if (sql := sql_block(event)) else {}),
    }
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=status == "success",
        severity=AssetCheckSeverity.WARN if lenient else AssetCheckSeverity.ERROR,
        description=event.get("message") or None,
        metadata=metadata,
    )


def sql_block(event: Event) -> str:
    """The compiled SQL in Markdown; nothing where there is none."""
    sql = event.get("compiled_sql")
    return f"```sql\n{sql.strip()}\n```" if sql else ""
