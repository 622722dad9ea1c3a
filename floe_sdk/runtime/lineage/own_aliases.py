"""`select amount::int as amount from t where amount > 0`: a column under its own name, whose table is not known.

sqlglot can't tell there whether the condition means the column or what is made of it; where the select has one source,
that has the column, and so both mean it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp  # noqa: TID253 - imported with sql.py, when the first model ends

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLAUSES = ("where", "qualify", "group", "having")
_AROUND = (exp.Query, exp.CTE, exp.With, exp.From, exp.Join)


def name_own_columns(tree: exp.Query) -> None:
    """Name the source of such columns, in the projection and in the clauses that may mean either."""
    for select in tree.find_all(exp.Select):
        source = _only_source(select) if _stands_alone(select) else None
        if source is None:
            continue
        own = {each.alias.lower() for each in select.selects if isinstance(each, exp.Alias) and _made_of_itself(each)}
        parts = [*select.selects, *(select.args[name] for name in _CLAUSES if select.args.get(name))]
        for column in (column for part in parts for column in _unnamed(part)):
            if column.name.lower() in own - {source.lower()}:
                column.set("table", exp.to_identifier(source))


def _stands_alone(select: exp.Select) -> bool:
    """Whether no query around it may be what a column is of."""
    node: exp.Expr | None = select
    while node is not None:
        if not isinstance(node, _AROUND):
            return False
        if isinstance(node, exp.Subquery) and isinstance(node.parent, exp.Select):
            return False
        node = node.parent
    return True


def _only_source(select: exp.Select) -> str | None:
    """The name of it. A column of that name may be its whole row."""
    origin = select.args.get("from_") or select.args.get("from")
    if origin is None or select.args.get("joins") or select.args.get("laterals"):
        return None
    source = origin.this
    plain = isinstance(source, (exp.Table, exp.Subquery)) and not source.args.get("joins")
    return source.alias_or_name or None if plain and not source.args.get("pivots") else None


def _made_of_itself(projection: exp.Alias) -> bool:
    """Whether the only column in it is the one that it is called by."""
    return {column.name.lower() for column in _unnamed(projection)} == {projection.alias.lower()} and not any(
        column.table for column in projection.find_all(exp.Column)
    )


def _unnamed(part: exp.Expr) -> Iterator[exp.Column]:
    """Columns without a table; what a query within it means is its own affair."""
    for column in part.find_all(exp.Column):
        inner = column.find_ancestor(exp.Query)
        if not column.table and (inner is None or inner is part.find_ancestor(exp.Query)):
            yield column
