"""A query's syntax: that it is one SELECT, which tables it names, and that it calls nothing that reaches outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb

from floe_sdk import QUERY_FAILED, QUERY_REFUSED, FloeError

_FUNCTIONS = frozenset(
    {
        "duckdb_columns",
        "duckdb_functions",
        "duckdb_keywords",
        "duckdb_schemas",
        "duckdb_settings",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_views",
        "generate_series",
        "histogram",
        "histogram_values",
        "icu_calendar_names",
        "json_each",
        "json_tree",
        "pg_timezone_names",
        "pragma_table_info",
        "pragma_version",
        "range",
        "repeat",
        "repeat_row",
        "summary",
        "unnest",
    }
)
"""The table functions that only compute. DuckDB refuses files on its own once it is locked; this also keeps out those
that take SQL as text, memory addresses, or log settings."""


@dataclass(frozen=True)
class Statement:
    """One SELECT; `tables` are the (schema, name) that it names, its CTEs included; schema "" for a bare name."""

    sql: str
    tables: tuple[tuple[str, str], ...]


def single_select(connection: duckdb.DuckDBPyConnection, sql: str) -> Statement:
    """The one SELECT of `sql` (DESCRIBE, SUMMARIZE, VALUES and SHOW are), or FloeError; nothing is executed."""
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise FloeError(QUERY_FAILED, f"the query does not parse: {error}", fix=QUERY_FAILED.remedy) from error
    if len(statements) != 1:
        found = f"{len(statements)} statements" if statements else "no statement"
        raise _refused(f"{found}; expected exactly one SELECT")
    kind = statements[0].type.name
    if kind == "SELECT" and _first_word(sql) == "pragma":  # DuckDB turns some of them into a SELECT
        kind = "PRAGMA"
    if kind != "SELECT":
        raise _refused(f"{kind}; expected exactly one SELECT")
    tables, functions = _names(connection, statements[0].query)
    if unknown := sorted(functions - _FUNCTIONS):
        raise _refused(f"the function {unknown[0]}; expected the catalog's tables")
    return Statement(statements[0].query, tuple(tables))


def _refused(problem: str) -> FloeError:
    return FloeError(QUERY_REFUSED, f"the query is refused: {problem}", fix=QUERY_REFUSED.remedy)


def _first_word(sql: str) -> str:
    data, tokens = sql.encode(), duckdb.tokenize(sql)
    ends = [*(start for start, _ in tokens[1:]), len(data)]
    words = (
        data[start:end].decode().split()
        for (start, kind), end in zip(tokens, ends, strict=True)
        if kind != duckdb.token_type.comment
    )
    return next((word[0].lower() for word in words if word), "")


def _names(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[tuple[str, str]], set[str]]:
    """The tables and the table functions in the query's syntax tree."""
    (text,) = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchall()[0]
    tree = json.loads(text)
    if tree.get("error"):
        raise _refused(f"DuckDB can't show its syntax ({tree.get('error_message')})")
    tables, functions = [], set()
    pending: list[Any] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if node.get("type") in ("BASE_TABLE", "SHOW_REF") and node.get("table_name"):
                tables.append((node.get("schema_name") or "", node["table_name"].strip('"')))
            elif node.get("type") == "TABLE_FUNCTION":
                functions.add(str(node["function"]["function_name"]).lower())
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return tables, functions
