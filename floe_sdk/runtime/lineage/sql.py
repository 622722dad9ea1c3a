"""Column lineage of one SELECT, by sqlglot's scopes: which input columns make each output column, and how.

What can't be resolved is said, never guessed. Imported when the first model ends: sqlglot takes 0.3 s.
"""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

import sqlglot  # noqa: TID253 - see above
from sqlglot import exp  # noqa: TID253 - see above
from sqlglot.errors import ParseError  # noqa: TID253 - see above
from sqlglot.optimizer.qualify import qualify  # noqa: TID253 - see above
from sqlglot.optimizer.scope import build_scope  # noqa: TID253 - see above

from floe_sdk.runtime.lineage.dialect import DIALECT
from floe_sdk.runtime.lineage.naming import FILES
from floe_sdk.runtime.lineage.own_aliases import name_own_columns
from floe_sdk.runtime.lineage.pivots import unfold_pivots
from floe_sdk.runtime.lineage.scopes import Lineage, Reader, UnresolvedError
from floe_sdk.runtime.lineage.uses import Table, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Lineage", "UnresolvedError", "Use", "column_lineage"]

_READS_FILES = ("read_", "parquet_scan", "csv_scan", "json_scan", "ndjson_scan", "iceberg_scan", "delta_scan")


def column_lineage(sql: str, schema: Mapping[Table, Sequence[str]]) -> Lineage:
    """The lineage of `sql`, whose tables have the columns of `schema` where known. Raises UnresolvedError."""
    try:
        with _quiet():
            return _read(sql, schema)
    except UnresolvedError:
        raise
    except ParseError as error:
        place = f" at line {error.errors[0].get('line')}, column {error.errors[0].get('col')}" if error.errors else ""
        raise UnresolvedError(f"it can't be parsed{place}") from None
    except Exception as error:  # SQL is anything, sqlglot may raise anything, and it recurses
        if "missing source schemas" in str(error):
            raise UnresolvedError("the columns of a table that it reads are not known: declare them") from None
        if missing := re.search(r"Unknown column: (\S+)", str(error)):
            raise UnresolvedError(f"it reads a column that is not there: {missing[1]}") from None
        raise UnresolvedError(f"{type(error).__name__} while it was read") from error


def _read(sql: str, schema: Mapping[Table, Sequence[str]]) -> Lineage:
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    if not isinstance(tree, exp.Query):
        raise UnresolvedError("it is no SELECT")
    if tree.find(exp.Columns):
        raise UnresolvedError("COLUMNS makes columns that the SQL does not name")
    tree, files = _name_files(unfold_pivots(tree, schema))
    name_own_columns(tree)
    tree = qualify(
        tree,
        dialect=DIALECT,
        schema=_nested({**schema, **{(FILES, key): schema.get((FILES, path), ()) for key, path in files.items()}}),
        quote_identifiers=False,
        identify=False,
        validate_qualify_columns=False,
    )
    root = build_scope(tree)
    if root is None:
        raise UnresolvedError("it has no scope")
    known = {key for key, columns in schema.items() if columns}
    known |= {(FILES, name) for name, path in files.items() if (FILES, path) in known}
    return Reader(files, known).read(root)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    log = logging.getLogger("sqlglot")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _name_files(tree: exp.Query) -> tuple[exp.Query, dict[str, str]]:
    """Give files that are read in place (`'x.csv'`, `read_csv('x.csv', ..)`) a name, so that they are tables."""
    files: dict[str, str] = {}
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        source = table.this
        path = None
        if isinstance(source, exp.Func):
            if not source.sql(dialect=DIALECT).lower().startswith(_READS_FILES):
                continue  # another table function, which may read anything
            path = next((each.this for each in source.find_all(exp.Literal) if each.is_string), None)
        elif not table.args.get("db") and table.name.lower() not in ctes and any(sign in table.name for sign in "./"):
            path = table.name
        if path is None:
            continue
        name = f"f{len(files)}"
        files[name] = path
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name))
        table.set("this", exp.to_identifier(name))
        table.set("db", exp.to_identifier(FILES))
        table.set("alias", alias)
    return tree, files


def _nested(schema: Mapping[Table, Sequence[str]]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for (db, name), columns in schema.items():
        if columns:
            nested.setdefault(db, {})[name] = dict.fromkeys(columns, "unknown")
    return nested
