"""Column lineage of one SELECT, by sqlglot's scopes: which input columns make each output column, and how.

What can't be resolved is said, never guessed. Imported when the first model ends: sqlglot takes 0.3 s.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlglot  # noqa: TID253 - see above
from sqlglot import exp  # noqa: TID253 - see above
from sqlglot.errors import ParseError, SqlglotError  # noqa: TID253 - see above
from sqlglot.optimizer.qualify import qualify  # noqa: TID253 - see above
from sqlglot.optimizer.scope import Scope, build_scope  # noqa: TID253 - see above

from floe_sdk.runtime.lineage.datasets import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

Table = tuple[str, str]
"""Schema and name in lower case; a file is (FILES, its path as written)."""

_INDIRECT = {"where": "FILTER", "having": "FILTER", "qualify": "FILTER", "group": "GROUP_BY", "order": "SORT"}
_MASKING = (exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA2, exp.Count)
_MASKING_NAMES = frozenset({"sha256", "sha1", "hash", "md5_number", "hmac"})
_UNSUPPORTED = (exp.Pivot, exp.Columns)
_STRENGTH = {"IDENTITY": 0, "TRANSFORMATION": 1, "AGGREGATION": 2}


@dataclass(frozen=True, order=True)
class Use:
    """One input column, and how it is used."""

    table: Table
    column: str
    type: str = "DIRECT"
    subtype: str = "IDENTITY"
    masking: bool = False

    def through(self, outer: Use) -> Use:
        """This use of a column within a column that is itself used as `outer` says."""
        masking = self.masking or outer.masking
        if outer.type == "INDIRECT":
            return Use(self.table, self.column, outer.type, outer.subtype, masking)
        if self.type == "INDIRECT":
            return Use(self.table, self.column, self.type, self.subtype, masking)
        subtype = max(self.subtype, outer.subtype, key=_STRENGTH.__getitem__)
        return Use(self.table, self.column, "DIRECT", subtype, masking)


class UnresolvedError(Exception):
    """Why a column, or a whole query, has no lineage."""


@dataclass
class Lineage:
    """`columns` in the query's order; `dataset` are the columns that decide on rows; `problems` by output column."""

    columns: dict[str, list[Use]] = field(default_factory=dict)
    dataset: list[Use] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def column_lineage(sql: str, schema: Mapping[Table, Sequence[str]], dialect: str) -> Lineage:
    """The lineage of `sql`, whose tables have the columns of `schema` where known. Raises UnresolvedError."""
    try:
        with _quiet():
            tree = sqlglot.parse_one(sql, dialect=dialect)
            if not isinstance(tree, exp.Query):
                raise UnresolvedError("it is no SELECT")
            if unsupported := next(tree.find_all(*_UNSUPPORTED), None):
                raise UnresolvedError(f"{type(unsupported).__name__.upper()} makes columns that the SQL does not name")
            tree, files = _name_files(tree)
            tree = qualify(
                tree,
                dialect=dialect,
                schema=_nested(
                    {**schema, **{(FILES, key): schema.get((FILES, path), ()) for key, path in files.items()}}
                ),
                quote_identifiers=False,
                identify=False,
                validate_qualify_columns=False,
            )
            root = build_scope(tree)
    except ParseError as error:
        place = f" at line {error.errors[0].get('line')}, column {error.errors[0].get('col')}" if error.errors else ""
        raise UnresolvedError(f"it can't be parsed{place}") from None
    except (SqlglotError, RecursionError) as error:
        if "missing source schemas" in str(error):
            raise UnresolvedError("the columns of a table that it reads are not known: declare them") from None
        raise UnresolvedError(f"{type(error).__name__} of sqlglot") from None
    if root is None:
        raise UnresolvedError("it has no scope")
    known = {key for key, columns in schema.items() if columns}
    known |= {(FILES, name) for name, path in files.items() if (FILES, path) in known}
    return _Reader(files, known).read(root)


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


class _Reader:
    """Walks from the output columns of scopes down to tables."""

    def __init__(self, files: Mapping[str, str], known: AbstractSet[Table]) -> None:
        self._files = files
        self._known = known
        self._memo: dict[int, dict[str, list[Use] | str]] = {}
        self._dataset: dict[Use, None] = {}

    def read(self, root: Scope) -> Lineage:
        lineage = Lineage()
        for name, uses in self._outputs(root).items():
            if isinstance(uses, str):
                lineage.problems[name] = uses
            else:
                lineage.columns[name] = sorted(set(uses))
        lineage.dataset = sorted(self._dataset)
        return lineage

    def _outputs(self, scope: Scope) -> dict[str, list[Use] | str]:
        """Each output column's uses, or why they are unknown. Raises UnresolvedError when even the names are."""
        if id(scope) not in self._memo:
            if scope.is_cte and _is_recursive(scope):
                raise UnresolvedError("it is recursive")
            expression = scope.expression
            if isinstance(expression, exp.SetOperation):
                self._memo[id(scope)] = self._combined(scope, expression)
            elif isinstance(expression, exp.Select):
                self._memo[id(scope)] = self._selected(scope, expression)
            else:
                raise UnresolvedError(f"{type(expression).__name__} is no query")
        return self._memo[id(scope)]

    def _combined(self, scope: Scope, expression: exp.SetOperation) -> dict[str, list[Use] | str]:
        left, right = (self._outputs(each) for each in scope.set_operation_scopes)
        if expression.args.get("by_name"):
            names = dict.fromkeys((*left, *right))
            return {name: _both(left.get(name, []), right.get(name, [])) for name in names}
        if len(left) != len(right):
            raise UnresolvedError("the sides of a set operation have different columns")
        return {name: _both(one, other) for (name, one), other in zip(left.items(), right.values(), strict=True)}

    def _selected(self, scope: Scope, select: exp.Select) -> dict[str, list[Use] | str]:
        outputs: dict[str, list[Use] | str] = {}
        for projection in select.selects:
            if projection.is_star:
                raise UnresolvedError(f"the columns of {projection.sql(dialect='duckdb')} are unknown")
            name = projection.alias_or_name
            try:
                outputs[name] = list(self._uses(scope, projection.unalias(), Use(("", ""), "")))
            except UnresolvedError as error:
                outputs[name] = str(error)
        self._row_uses(scope, select)
        return outputs

    def _row_uses(self, scope: Scope, select: exp.Select) -> None:
        """Remember what decides on the rows, as far as it can be resolved."""
        clauses = [(select.args.get(name), subtype) for name, subtype in _INDIRECT.items()]
        clauses += [(join.args.get("on"), "JOIN") for join in select.args.get("joins") or ()]
        if isinstance(distinct := select.args.get("distinct"), exp.Distinct):
            clauses.append((distinct.args.get("on"), "GROUP_BY"))
        for clause, subtype in clauses:
            if clause is not None:
                with contextlib.suppress(UnresolvedError):
                    self._dataset.update(
                        dict.fromkeys(self._uses(scope, clause, Use(("", ""), "", "INDIRECT", subtype)))
                    )

    def _uses(self, scope: Scope, node: exp.Expr, outer: Use) -> Iterator[Use]:
        """The table columns below an expression, each with how it is used there, in `outer`."""
        if isinstance(node, exp.Column):
            for use in self._column(scope, node):
                yield use.through(outer)
            return
        if isinstance(node, (exp.Subquery, exp.Exists)) or (isinstance(node, exp.Query) and node.parent):
            yield from self._subquery(scope, node, outer)
            return
        for child, step in _children(node):
            yield from self._uses(scope, child, step.through(outer) if step else outer)

    def _column(self, scope: Scope, column: exp.Column) -> list[Use]:
        if (projection := _ordered_by(scope, column)) is not None:
            return list(self._uses(scope, projection, Use(("", ""), "")))
        source = _source(scope, column.table) if column.table else self._only_table(scope, column.name)
        if isinstance(source, exp.Table):
            if source.db == FILES:
                return [Use((FILES, self._files[source.name]), column.name)]
            return [Use((source.db.lower(), source.name.lower()), column.name)]
        if isinstance(source, Scope):
            if isinstance(source.expression, (exp.Query, exp.Subquery)):
                uses = self._outputs(source).get(column.name, f"{column.sql()} is not among its source's columns")
                if isinstance(uses, str):
                    raise UnresolvedError(uses)
                return uses
            if isinstance(source.expression, exp.Values):
                return []
        if column.table:
            raise UnresolvedError(f"the source of {column.sql()} is no table and no query")
        if len(scope.selected_sources) == 1:
            raise UnresolvedError(f"{column.name} is not among its source's columns")
        raise UnresolvedError(f"{column.name} may come from several sources")

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
        """A query within an expression: its columns make the value; under EXISTS and IN they only decide on it."""
        query = node.unnest() if isinstance(node, exp.Subquery) else node.this if isinstance(node, exp.Exists) else node
        inner = next((each for each in scope.subquery_scopes if each.expression is query), None)
        if inner is None:
            raise UnresolvedError("a subquery has no scope")
        step = Use(("", ""), "", "DIRECT", "TRANSFORMATION")
        for uses in self._outputs(inner).values():
            if isinstance(uses, str):
                raise UnresolvedError(uses)
            for use in uses:
                yield use.through(step).through(outer)


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
    return cte is not None and any(
        table.name == cte.alias and not table.db for table in scope.expression.find_all(exp.Table)
    )


def _children(node: exp.Expr) -> Iterator[tuple[exp.Expr, Use | None]]:
    """The parts of an expression, and how each is used; None where it is used as the whole is."""
    plain = Use(("", ""), "", "DIRECT", "TRANSFORMATION")
    step: Use | None = plain
    if isinstance(node, exp.AggFunc) or (isinstance(node, exp.Anonymous) and isinstance(node.parent, exp.Filter)):
        step = Use(("", ""), "", "DIRECT", "AGGREGATION", isinstance(node, _MASKING))
    elif isinstance(node, _MASKING) or (isinstance(node, exp.Anonymous) and node.name.lower() in _MASKING_NAMES):
        step = Use(("", ""), "", "DIRECT", "TRANSFORMATION", masking=True)
    elif isinstance(node, (exp.Paren, exp.Alias, exp.Filter, exp.Window, exp.Distinct, exp.Ordered, exp.IgnoreNulls)):
        step = None
    for key, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield child, _condition(node, key) or step


def _condition(node: exp.Expr, key: str) -> Use | None:
    """The parts that only decide on the value."""
    if isinstance(node, exp.If) and key == "this":
        return Use(("", ""), "", "INDIRECT", "CONDITIONAL")
    if isinstance(node, exp.Case) and key == "this":
        return Use(("", ""), "", "INDIRECT", "CONDITIONAL")
    if isinstance(node, exp.Filter) and key == "expression":
        return Use(("", ""), "", "INDIRECT", "CONDITIONAL")
    if isinstance(node, exp.Window) and key in ("partition_by", "order"):
        return Use(("", ""), "", "INDIRECT", "WINDOW")
    return None
