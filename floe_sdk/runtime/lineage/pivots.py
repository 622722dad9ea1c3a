"""PIVOT and UNPIVOT in FROM as the plain queries that they stand for, where their columns stand in the SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp  # noqa: TID253 - imported with sql.py, when the first model ends

from floe_sdk.runtime.lineage.scopes import UnresolvedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.runtime.lineage.uses import Table

_UNNAMED = "PIVOT makes columns that the SQL does not name"


def unfold_pivots(tree: exp.Query, schema: Mapping[Table, Sequence[str]]) -> exp.Query:
    """Replace them. Raises UnresolvedError for one whose columns depend on rows, or on columns that are not known."""
    for pivot in reversed(list(tree.find_all(exp.Pivot))):
        source = pivot.parent
        if (
            not isinstance(source, (exp.Table, exp.Subquery))
            or len(source.args.get("pivots") or ()) != 1
            or len(pivot.fields) != 1
        ):
            raise UnresolvedError(_UNNAMED)
        alias = pivot.alias or source.alias or source.name or "pivoted"
        bare = source.copy()
        bare.set("pivots", None)
        columns = _columns_of(bare, tree, schema)
        query = _unpivoted(pivot, bare, columns) if pivot.unpivot else _pivoted(pivot, bare, columns)
        source.replace(query.subquery(alias))
    return tree


def _pivoted(pivot: exp.Pivot, source: exp.Expr, columns: Sequence[str] | None) -> exp.Query:
    """`agg(x) filter (where key = value) as name` for each value and aggregate."""
    (field,) = pivot.fields
    names = [each.name for each in pivot.args.get("columns") or ()]
    values = [each.this if isinstance(each, exp.PivotAlias) else each for each in field.expressions]
    makes = [
        exp.Filter(
            this=each.unalias().copy(),
            expression=exp.Where(this=exp.EQ(this=field.this.copy(), expression=value.copy())),
        )
        for value in values
        for each in pivot.expressions
    ]
    by_rows = any(isinstance(each, exp.Query) for each in values)
    if not isinstance(field, exp.In) or by_rows or len(names) != len(makes):
        raise UnresolvedError(_UNNAMED)
    group = pivot.args.get("group")
    if group is not None:
        kept = [each.copy() for each in group.expressions]
    elif columns is not None:
        used = {each.name.lower() for part in (*pivot.expressions, field) for each in part.find_all(exp.Column)}
        kept = [exp.column(name) for name in columns if name.lower() not in used]
    else:
        raise UnresolvedError("PIVOT groups by columns that are not known: declare them")
    made = [exp.alias_(each, name, quoted=True) for each, name in zip(makes, names, strict=True)]
    query = exp.select(*kept, *made).from_(source)
    return query.group_by(*(each.copy() for each in kept)) if kept else query


def _unpivoted(pivot: exp.Pivot, source: exp.Expr, columns: Sequence[str] | None) -> exp.Query:
    """One query for each column, whose name becomes a value."""
    (field,) = pivot.fields
    if columns is None or len(pivot.expressions) != 1 or not isinstance(field, exp.In):
        raise UnresolvedError("UNPIVOT keeps columns that are not known: declare them")
    sides = []
    folded = [each.this if isinstance(each, exp.PivotAlias) else each for each in field.expressions]
    if not all(isinstance(each, exp.Column) for each in folded):
        raise UnresolvedError("UNPIVOT of several columns at once")
    kept = [name for name in columns if name.lower() not in {each.name.lower() for each in folded}]
    for each in folded:
        key = exp.alias_(exp.Literal.string(each.name), field.this.name)
        value = exp.alias_(each.copy(), pivot.expressions[0].name)
        sides.append(exp.select(*map(exp.column, kept), key, value).from_(source.copy()))
    query: exp.Query = sides[0]
    for side in sides[1:]:
        query = exp.union(query, side, distinct=False)
    return query


def _columns_of(source: exp.Expr, tree: exp.Query, schema: Mapping[Table, Sequence[str]]) -> Sequence[str] | None:
    """The columns of what is turned, where they are known."""
    query: exp.Expr | None = source.this
    if isinstance(source, exp.Table):
        if source.db:
            return schema.get((source.db.lower(), source.name.lower())) or None
        query = next((each.this for each in tree.find_all(exp.CTE) if each.alias.lower() == source.name.lower()), None)
    if not isinstance(query, exp.Query) or query.is_star:
        return None
    return query.named_selects
