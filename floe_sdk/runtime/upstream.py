"""Finding in the catalog what a source reads of another product. The catalog alone says it: nothing of that product
need be on this machine."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.upstream import UPSTREAM_NOT_FOUND, UPSTREAM_UNREADABLE
from floe_sdk.project.locations import product_slug
from floe_sdk.runtime.tables.listing import belongs, load_table, namespaces_of, readable
from floe_sdk.runtime.tables.snapshots import summary_of
from floe_sdk.schemas.session import ENVIRONMENT_PROPERTY, PORT_PROPERTY, PRODUCT_PROPERTY, TableVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from floe_sdk.schemas.graph import Node

_LIST = "`floe tables --all` lists what there is"


def find_upstream(node: Node, catalog: Catalog, environment: str) -> TableVersion:
    """The table that a source with `Node.upstream` is, at its current snapshot: the state of that input.

    Raises FloeError with the nearest name where there is none. A port is the table whose properties say so; where
    several environments share a catalog, that of `environment`.
    """
    upstream = node.upstream
    if upstream is None:
        message = f"{node.id} is no table of another product"
        raise ValueError(message)
    if upstream.table:
        table = load_table(catalog, *upstream.table.rsplit(".", 1))
        if table is None:
            raise _no_table(upstream.table, catalog)
    else:
        table = _port(str(upstream.product), str(upstream.port), catalog, environment)
    check_deletions(table)
    return TableVersion(table)


def _port(product: str, port: str, catalog: Catalog, environment: str) -> Table:
    """By default it is the table of the port's name in the namespace of the product's; else each table is asked."""
    usual = load_table(catalog, product_slug(product), port)
    wanted = {PRODUCT_PROPERTY: product, PORT_PROPERTY: port, ENVIRONMENT_PROPERTY: environment}
    if usual is not None and wanted.items() <= usual.properties.items():
        return usual
    tables: list[Table] = []
    found: list[Table] = []
    damaged: list[FloeError] = []
    for namespaces in _likely_first(namespaces_of(catalog), product_slug(product)):
        tables += readable(catalog, namespaces, damaged.append)
        found = [each for each in tables if _says(each) == (product, port)]
        own = [each for each in found if each.properties.get(ENVIRONMENT_PROPERTY) == environment]
        if own:
            found = own
            break
    if not found:
        raise damaged[0] if damaged else _no_port(product, port, tables, usual)
    if len(found) > 1:
        names = ", ".join(sorted(".".join(each.name()) for each in found))
        problem = f"several tables are recorded as the output port {port} of {product}: {names}"
        raise FloeError(UPSTREAM_NOT_FOUND, problem, fix="name the one that is meant: `floe: {table: NAMESPACE.TABLE}`")
    return found[0]


def _says(table: Table) -> tuple[str | None, str | None]:
    """The product and the port that a table is of."""
    return table.properties.get(PRODUCT_PROPERTY), table.properties.get(PORT_PROPERTY)


def _likely_first(names: Sequence[str], slug: str) -> tuple[list[str], list[str]]:
    """The namespaces that a product has by default, and the others."""
    likely = [name for name in names if belongs(name, slug)]
    return likely, [name for name in names if name not in likely]


def _no_table(name: str, catalog: Catalog) -> FloeError:
    spaces = namespaces_of(catalog)
    known = [f"{space}.{identifier[-1]}" for space in spaces for identifier in catalog.list_tables(space)]
    return FloeError(UPSTREAM_NOT_FOUND, f"the catalog has no table {name}", fix=_guess(name, known) or _LIST)


def _no_port(product: str, port: str, tables: Sequence[Table], usual: Table | None) -> FloeError:
    said = [_says(table) for table in tables]
    ports = sorted(name for owner, name in said if owner == product and name)
    products = sorted({owner for owner, name in said if owner and name})
    problem = f"the catalog has no output port {port} of the product {product}"
    if usual is not None:
        fix = (
            f"list {port} under `output_ports` in the floe.yaml of {product} and run it, which records the port; or "
            f"name the table: `floe: {{table: {'.'.join(usual.name())}}}`"
        )
        return FloeError(UPSTREAM_NOT_FOUND, f"{problem}, though it has the table {'.'.join(usual.name())}", fix=fix)
    if ports:
        return FloeError(UPSTREAM_NOT_FOUND, problem, fix=_guess(port, ports) or f"its ports are {', '.join(ports)}")
    fix = _guess(product, products) or f"run {product} first, with {port} in its `output_ports`; {_LIST}"
    return FloeError(UPSTREAM_NOT_FOUND, problem, fix=fix)


def _guess(name: str, known: Sequence[str]) -> str | None:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else None


def check_deletions(table: Table) -> None:
    """Refuse rows that another engine deleted beside the data files, which alone are read."""
    snapshot = table.current_snapshot()
    summary = summary_of(snapshot)
    if summary.get("total-delete-files", "0") != "0":
        problem = f"{'.'.join(table.name())} holds deletions in {summary['total-delete-files']} files of their own"
        raise FloeError(UPSTREAM_UNREADABLE, problem, fix=UPSTREAM_UNREADABLE.remedy)
