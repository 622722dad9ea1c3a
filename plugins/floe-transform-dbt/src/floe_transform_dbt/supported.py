"""What of dbt can't be served is refused when a project is read, by name: never half of it is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from floe_sdk import NOT_SUPPORTED, FloeError, FloeErrors, TableLayout, parse_layout
from floe_transform_dbt.upstream import meta_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

MATERIALIZATIONS = ("table", "incremental", "view", "ephemeral", "seed", "snapshot", "test", "unit")
STRATEGIES = ("append", "default", "delete+insert", "merge", "microbatch")
BUILT_IN = re.compile(rf"materialization_({'|'.join(MATERIALIZATIONS)})_(default|duckdb|floe)$")
INSTEAD = {
    "external": "use materialized='table': it is written as Parquet, into the catalog",
    "materialized_view": "use materialized='view', or 'table'",
    "table_function": "use a macro, or materialized='view'",
}
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
CHANGES_TABLES = re.compile(
    r"(insert|update|delete|merge|truncate|alter\s+table|drop\s+table|create\s+(or\s+replace\s+)?table)\b",
    re.IGNORECASE,
)
INTERNAL = ("dbt", "dbt_duckdb", "dbt_floe")


def check_supported(manifest: Manifest, root: Path, database: str | None) -> None:
    """Raise FloeError for everything in the project that can't be served, all at once. `database` is the target's."""
    problems = [*_nodes(manifest, root, database), *_overrides(manifest, root)]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise FloeErrors(sorted(problems, key=lambda error: (str(error.where), error.problem)))


def _nodes(manifest: Manifest, root: Path, database: str | None) -> Iterator[FloeError]:
    for node in manifest.nodes.values():
        kind = node.resource_type.value
        if kind == "operation":
            yield from _hook(node, root)
        elif kind in ("model", "seed", "snapshot"):
            yield from _relation(node, manifest, root, database)
    for source in manifest.sources.values():
        if _elsewhere(source, database) and "external_location" not in meta_of(source):
            problem = f"the source {source.source_name}.{source.name} is in the database {source.database}"
            yield _refused(problem, source, root, "name its files: meta: {external_location: ...}, or leave it out")
    for function in getattr(manifest, "functions", {}).values():
        yield _refused(f"{function.name} is a function, which no table can hold", function, root, "use a macro")


def _relation(node: Any, manifest: Manifest, root: Path, database: str | None) -> Iterator[FloeError]:
    name = node.config.materialized
    if name not in MATERIALIZATIONS:
        fix = INSTEAD.get(name, "use table, incremental, view or ephemeral")
        yield _refused(f"{node.name} has the materialization {name!r}", node, root, fix)
    yield from _database(node, manifest, root, database)
    if name in ("table", "incremental") and _has_foreign_key(node):
        fix = "leave it out, and test it: data_tests: [{relationships: {arguments: {to: ..., field: ...}}}]"
        yield _refused(f"{node.name} has a foreign key, which the catalog's tables don't know", node, root, fix)
    try:
        layout = parse_layout(node.config.get("iceberg"))
    except ValueError as error:
        yield _refused(f"{node.name}: {error}", node, root, "correct config(iceberg={...})")
    else:
        if layout != TableLayout() and name in ("view", "ephemeral"):
            yield _refused(f"{node.name} is a {name}, which has no files", node, root, "leave iceberg={...} out")
    strategy = getattr(node.config, "incremental_strategy", None)
    if name == "incremental" and strategy and strategy not in STRATEGIES:
        macro = f"get_incremental_{strategy}_sql"
        if not any(each.name == macro for each in manifest.macros.values() if each.package_name not in INTERNAL):
            fix = f"use one of {', '.join(STRATEGIES)}, or write the macro {macro}"
            yield _refused(f"{node.name} has the incremental strategy {strategy!r}", node, root, fix)


def _has_foreign_key(node: Any) -> bool:
    """Whether its contract would make DuckDB refuse the table: what it refers to is a view over files by then."""
    if not getattr(getattr(node.config, "contract", None), "enforced", False):
        return False
    of_columns = [each for column in node.columns.values() for each in column.constraints]
    return any(str(each.type.value) == "foreign_key" for each in (*node.constraints, *of_columns))


def _database(node: Any, manifest: Manifest, root: Path, database: str | None) -> Iterator[FloeError]:
    """A `database` of a node's own is part of its namespace, unless the project decides on names by itself."""
    own = str(node.config.get("database") or "")
    if _elsewhere(node, database):
        fix = "leave it out; a schema of its own is a namespace of its own"
        yield _refused(f"{node.name} is to be in the database {node.database}, not the catalog", node, root, fix)
    elif own and database and own.lower() != database.lower() and _names_schemas(manifest):
        problem = f"{node.name} is to be in the database {own}, which the project's own generate_schema_name leaves out"
        yield _refused(problem, node, root, "leave `database` out, and let the macro make it part of the schema")


def _names_schemas(manifest: Manifest) -> bool:
    macros = (macro for macro in manifest.macros.values() if macro.package_name not in INTERNAL)
    return any(macro.name.endswith("generate_schema_name") for macro in macros)


def _overrides(manifest: Manifest, root: Path) -> Iterator[FloeError]:
    """A materialization that the project redefines: dbt would pass it over for the one that publishes."""
    for macro in manifest.macros.values():
        found = BUILT_IN.match(macro.name)
        if found and macro.package_name not in INTERNAL:
            problem = f"the project redefines the materialization {found[1]!r}, which would publish nothing"
            yield _refused(problem, macro, root, "remove it; hooks can do what is special about it")


def _hook(node: Any, root: Path) -> Iterator[FloeError]:
    """A hook of the run that changes a table: between runs there is no table but the catalog's, where it can't."""
    text = COMMENT.sub(" ", JINJA.sub(" ", node.raw_code))
    for statement in text.split(";"):
        if found := CHANGES_TABLES.match(statement.strip()):
            when = "on-run-start" if "on-run-start" in node.tags else "on-run-end"
            problem = f"{when} changes a table outside its node ({' '.join(found[0].split())})"
            fix = "make it a post_hook of the model that owns the table, or a model; a temporary table is fine"
            yield _refused(problem, node, root, fix)


def _elsewhere(node: Any, database: str | None) -> bool:
    return bool(database and node.database and node.database.lower() != database.lower())


def _refused(problem: str, node: Any, root: Path, fix: str) -> FloeError:
    path = getattr(node, "original_file_path", "") or "."
    path = path.removeprefix("./")
    where = root / ("dbt_project.yml" if path.startswith("dbt_project") or path == "." else path)
    return FloeError(NOT_SUPPORTED, problem, where=str(where), fix=fix)
