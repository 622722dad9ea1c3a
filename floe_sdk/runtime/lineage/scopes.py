"""From the output columns of a query's scopes down to the columns of tables."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp  # noqa: TID253 - imported with sql.py, when the first model ends
from sqlglot.optimizer.scope import Scope  # noqa: TID253 - as above

from floe_sdk.runtime.lineage.dialect import DIALECT
from floe_sdk.runtime.lineage.naming import FILES
from floe_sdk.runtime.lineage.uses import PLAIN, Use, aggregates, children, indirect, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from floe_sdk.runtime.lineage.uses import Table

Outputs = dict[str, "list[Use] | str"]
_CLAUSES = {"where": "FILTER", "having": "FILTER", "qualify": "FILTER", "group": "GROUP_BY", "order": "SORT"}
_GENERATORS = (exp.GenerateSeries, exp.Unnest, exp.Explode)
_WITHOUT_NAME = (exp.TableColumn, exp.PositionalColumn, exp.Placeholder, exp.Parameter)
_TWICE = "two columns of the query have this name"


class UnresolvedError(Exception):
    """Why a column, or a whole query, has no lineage."""


@dataclass
class Lineage:
    """`columns` in the query's order; `dataset` are the columns that decide on rows; `problems` by output column.

    `unknown_rows` says what else decides on rows, and could not be resolved.
    """

    columns: dict[str, list[Use]] = field(default_factory=dict)
    dataset: list[Use] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    unknown_rows: list[str] = field(default_factory=list)


class Reader:
    """Reads the lineage of one qualified query. `files` are the paths of tables in the schema FILES, `known` the tables
    whose columns are known."""

    def __init__(self, files: Mapping[str, str], known: AbstractSet[Table]) -> None:
        self._files = files
        self._known = known
        self._memo: dict[int, Outputs] = {}
        self._dataset: dict[Use, None] = {}
        self._unknown: dict[str, None] = {}
        self._recursive: dict[int, Outputs] = {}

    def read(self, root: Scope) -> Lineage:
        """Of the outermost scope. Raises UnresolvedError."""
        lineage = Lineage()
        for name, uses in self._outputs(root).items():
            if isinstance(uses, str):
                lineage.problems[name] = uses
            else:
                lineage.columns[name] = sorted(set(uses))
        lineage.dataset = sorted(self._dataset)
        lineage.unknown_rows = sorted(self._unknown)
        return lineage

    def _outputs(self, scope: Scope) -> Outputs:
        """Each output column's uses, or why they are unknown. Raises UnresolvedError when even the names are."""
        expression = scope.expression
        if id(expression) in self._recursive:
            return self._recursive[id(expression)]
        if id(scope) not in self._memo:
            if isinstance(expression, exp.SetOperation):
                recursive = scope.is_cte and _is_recursive(scope)
                found = self._repeated(scope, expression) if recursive else self._combined(scope, expression)
            elif isinstance(expression, exp.Select):
                found = self._selected(scope, expression)
            else:
                raise UnresolvedError(f"{type(expression).__name__} is no query")
            self._memo[id(scope)] = found
        return self._memo[id(scope)]

    def _combined(self, scope: Scope, expression: exp.SetOperation) -> Outputs:
        left, right = (self._outputs(each) for each in scope.set_operation_scopes)
        return self._together(expression, left, right)

    def _together(self, expression: exp.SetOperation, left: Outputs, right: Outputs) -> Outputs:
        if expression.args.get("by_name"):
            names = dict.fromkeys((*left, *right))
            both = {name: _both(left.get(name, []), right.get(name, [])) for name in names}
        elif len(left) != len(right):
            raise UnresolvedError("the sides of a set operation have different columns")
        else:
            both = {name: _both(one, two) for (name, one), two in zip(left.items(), right.values(), strict=True)}
        if not isinstance(expression, exp.Union):  # EXCEPT, INTERSECT: rows are compared, and the left one's stay
            self._decide(both.values(), "FILTER")
            return left
        if expression.args.get("distinct"):
            self._decide(both.values(), "GROUP_BY")
        return both

    def _repeated(self, scope: Scope, expression: exp.SetOperation) -> Outputs:
        """A recursive CTE: its second side reads what both make, until nothing is added."""
        first, second = scope.set_operation_scopes
        found = self._outputs(first)
        before = dict(self._memo)
        base = id(first.expression)  # what sqlglot has the CTE's own name stand for
        while True:
            self._memo, self._recursive[base] = dict(before), found
            try:
                added = self._outputs(second)
            finally:
                del self._recursive[base]
            after = self._together(expression, found, added)
            after = {name: uses if isinstance(uses, str) else sorted(set(uses)) for name, uses in after.items()}
            if after == found:
                return found
            found = after

    def _selected(self, scope: Scope, select: exp.Select) -> Outputs:
        outputs: Outputs = {}
        for projection in select.selects:
            if projection.is_star:
                raise UnresolvedError(f"the columns of {projection.sql(dialect=DIALECT)} are unknown")
            name = projection.alias_or_name
            try:
                uses: list[Use] | str = list(self._uses(scope, projection.unalias(), PLAIN))
            except UnresolvedError as error:
                uses = str(error)
            outputs[name] = _TWICE if name in outputs else uses
        self._row_uses(scope, select, outputs)
        return outputs

    def _row_uses(self, scope: Scope, select: exp.Select, outputs: Outputs) -> None:
        """Remember what decides on the rows, and what of it can't be resolved."""
        for name, subtype in _CLAUSES.items():
            self._clause(scope, select.args.get(name), subtype)
        for join in select.args.get("joins") or ():
            if str(join.args.get("method") or "").upper() == "NATURAL" and not join.args.get("on"):
                raise UnresolvedError("a NATURAL JOIN needs the columns of both sides: declare them")
            self._clause(scope, join.args.get("on"), "JOIN")
            self._clause(scope, join.args.get("match_condition"), "JOIN")
        group = select.args.get("group")
        if group is not None and group.args.get("all"):
            plain = [each.alias_or_name for each in select.selects if not aggregates(each.unalias())]
            self._decide((outputs[name] for name in plain), "GROUP_BY")
        distinct = select.args.get("distinct")
        if isinstance(distinct, exp.Distinct):
            on = distinct.args.get("on")
            self._decide(outputs.values() if on is None else self._distinct_on(scope, on, outputs), "GROUP_BY")

    def _clause(self, scope: Scope, clause: exp.Expr | None, subtype: str) -> None:
        if clause is None:
            return
        try:
            self._dataset.update(dict.fromkeys(self._uses(scope, clause, indirect(subtype))))
        except UnresolvedError as error:
            self._unknown[f"{subtype}: {error}"] = None

    def _decide(self, columns: Iterable[list[Use] | str], subtype: str) -> None:
        """Have columns decide on the rows."""
        for uses in columns:
            if isinstance(uses, str):
                self._unknown[f"{subtype}: {uses}"] = None
            else:
                self._dataset.update(dict.fromkeys(use.through(indirect(subtype)) for use in uses))

    def _distinct_on(self, scope: Scope, on: exp.Expr, outputs: Outputs) -> Iterator[list[Use] | str]:
        """Its names are left as they were written: those of output columns, or of the only source that has them."""
        for column in on.find_all(exp.Column):
            if not column.table and column.name in outputs:
                yield outputs[column.name]
                continue
            if not column.table and len(scope.selected_sources) == 1:
                column.set("table", exp.to_identifier(next(iter(scope.selected_sources))))
            with contextlib.suppress(UnresolvedError):
                yield self._column(scope, column)
                continue
            yield f"{column.sql()} of DISTINCT ON may come from several sources"

    def _uses(self, scope: Scope, node: exp.Expr, outer: Use) -> Iterator[Use]:
        """The table columns below an expression, each with how it is used there, in `outer`."""
        if isinstance(node, exp.Column):
            for use in self._column(scope, node):
                yield use.through(outer)
            return
        if isinstance(node, _WITHOUT_NAME):
            raise UnresolvedError(
                f"{node.sql(dialect=DIALECT)} names no column: it is a whole row, a place or a parameter"
            )
        if isinstance(node, (exp.Subquery, exp.Exists)) or (isinstance(node, exp.Query) and node.parent):
            yield from self._subquery(scope, node, outer)
            return
        for child, how in children(node):
            yield from self._uses(scope, child, how.through(outer) if how else outer)

    def _column(self, scope: Scope, column: exp.Column) -> list[Use]:
        if (projection := _ordered_by(scope, column)) is not None:
            return list(self._uses(scope, projection, PLAIN))
        source = _source(scope, column.table) if column.table else self._only_table(scope, column.name)
        if isinstance(source, exp.Table):
            return self._of_table(scope, source, column)
        if isinstance(source, Scope):
            return self._of_scope(source, column)
        if column.table:
            raise UnresolvedError(f"the source of {column.sql()} is no table and no query")
        if len(scope.selected_sources) == 1:
            raise UnresolvedError(f"{column.name} is not among its source's columns")
        raise UnresolvedError(f"{column.name} may come from several sources")

    def _of_table(self, scope: Scope, table: exp.Table, column: exp.Column) -> list[Use]:
        if table.db == FILES:
            return [Use((FILES, self._files[table.name]), column.name)]
        if isinstance(table.this, exp.Func):
            if not isinstance(table.this, _GENERATORS):
                name = table.this.sql(dialect=DIALECT).partition("(")[0].lower()
                raise UnresolvedError(f"what the table function {name} reads is not known")
            return list(self._uses(scope, table.this, step("TRANSFORMATION")))
        return [Use((table.db.lower(), table.name.lower()), column.name)]

    def _of_scope(self, source: Scope, column: exp.Column) -> list[Use]:
        expression = source.expression
        if isinstance(expression, (exp.Query, exp.Subquery)):
            return _picked(self._outputs(source), column)
        names = [each.lower() for each in expression.alias_column_names]
        if isinstance(expression, exp.Lateral) and source.subquery_scopes:
            outputs = self._outputs(source.subquery_scopes[-1])
            if len(names) > len(outputs):
                raise UnresolvedError(f"{expression.alias} names more columns than its query has")
            renamed = dict(zip([*names, *list(outputs)[len(names) :]], outputs.values(), strict=True))
            return _picked(renamed, column)
        if isinstance(expression, exp.Values) and column.name.lower() in names:
            place = names.index(column.name.lower())
            rows = [row.expressions[place] for row in expression.expressions if place < len(row.expressions)]
            return [use for value in rows for use in self._uses(source, value, PLAIN)]
        if isinstance(expression, exp.Unnest) and column.name.lower() in names:
            place = names.index(column.name.lower())
            lists = expression.expressions
            if place >= len(lists) and not expression.args.get("offset"):
                raise UnresolvedError(f"{column.sql()} is a part of what UNNEST takes apart")
            return [
                use for each in lists[place : place + 1] for use in self._uses(source, each, step("TRANSFORMATION"))
            ]
        raise UnresolvedError(f"the source of {column.sql()} is no table and no query")

    def _only_table(self, scope: Scope, column: str) -> exp.Table | None:
        """What a column without a qualifier is of, though its table's columns are unknown: the one that is read.

        Where the name may be the table's own (a row as a value), an outer query's or a column of UNNEST, there is none.
        """
        if scope.can_be_correlated or scope.expression.args.get("laterals") or len(scope.selected_sources) != 1:
            return None
        ((name, (_, source)),) = scope.selected_sources.items()
        if not isinstance(source, exp.Table) or column.lower() in (name.lower(), source.name.lower()):
            return None
        return None if (source.db.lower(), source.name.lower()) in self._known else source

    def _subquery(self, scope: Scope, node: exp.Expr, outer: Use) -> Iterator[Use]:
        """A query within an expression: its columns make the value."""
        query = node.unnest() if isinstance(node, exp.Subquery) else node.this if isinstance(node, exp.Exists) else node
        inner = next((each for each in scope.subquery_scopes if each.expression is query), None)
        if inner is None:
            raise UnresolvedError("a subquery has no scope")
        value = step("TRANSFORMATION")
        for uses in self._outputs(inner).values():
            if isinstance(uses, str):
                raise UnresolvedError(uses)
            for use in uses:
                yield use.through(value).through(outer)


def _picked(outputs: Outputs, column: exp.Column) -> list[Use]:
    uses = outputs.get(column.name, f"{column.sql()} is not among its source's columns")
    if isinstance(uses, str):
        raise UnresolvedError(uses)
    return uses


def _ordered_by(scope: Scope, column: exp.Column) -> exp.Expr | None:
    """The output column that ORDER BY names, where it is that and no input column."""
    order = None if column.table else column.find_ancestor(exp.Order)
    if order is None or order.parent is not scope.expression or not isinstance(order.parent, exp.Select):
        return None
    return next((each.unalias() for each in order.parent.selects if each.alias_or_name == column.name), None)


def _both(one: list[Use] | str, other: list[Use] | str) -> list[Use] | str:
    if isinstance(one, str) or isinstance(other, str):
        return one if isinstance(one, str) else other
    return [*one, *other]


def _source(scope: Scope, name: str) -> exp.Table | Scope | None:
    """What a column's qualifier stands for, here or, in a correlated subquery, further out."""
    current: Scope | None = scope
    while current is not None:
        source = current.sources.get(name)
        if isinstance(source, (exp.Table, Scope)):
            return source
        current = current.parent
    return None


def _is_recursive(scope: Scope) -> bool:
    cte = scope.expression.find_ancestor(exp.CTE)
    return cte is not None and isinstance(cte.parent, exp.With) and bool(cte.parent.recursive)
