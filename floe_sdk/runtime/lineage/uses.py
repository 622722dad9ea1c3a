"""How an input column is used, and how the parts of an expression are. Imported with sqlglot, when a model ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp  # noqa: TID253 - see above

if TYPE_CHECKING:
    from collections.abc import Iterator

Table = tuple[str, str]
"""Schema and name in lower case; a file is (FILES, its path as written)."""

_MASKING = (exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA2, exp.Count)
_MASKING_NAMES = frozenset({"sha256", "sha1", "hash", "md5_number", "hmac"})
_AGGREGATES = frozenset(
    {
        "arbitrary",
        "arg_max_null",
        "arg_max_nulls_last",
        "arg_min_null",
        "arg_min_nulls_last",
        "bitstring_agg",
        "entropy",
        "favg",
        "fsum",
        "histogram",
        "histogram_exact",
        "kahan_sum",
        "kurtosis_pop",
        "mad",
        "mean",
        "product",
        "reservoir_quantile",
        "sem",
        "sum_no_overflow",
        "sumkahan",
    }
)
"""DuckDB's aggregates that sqlglot has no class for."""
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


def step(subtype: str = "IDENTITY", *, masking: bool = False) -> Use:
    """A use of nothing in particular, to go `through`."""
    return Use(("", ""), "", "DIRECT", subtype, masking)


def indirect(subtype: str) -> Use:
    """The same, of what only decides."""
    return Use(("", ""), "", "INDIRECT", subtype)


PLAIN = step()
_TRANSFORMED = step("TRANSFORMATION")
_WHOLE: tuple[type[exp.Expr], ...] = (
    exp.Paren,
    exp.Alias,
    exp.Filter,
    exp.Window,
    exp.Distinct,
    exp.Ordered,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.Order,
    exp.WithinGroup,
)


def children(node: exp.Expr) -> Iterator[tuple[exp.Expr, Use | None]]:
    """The parts of an expression, and how each is used; None where it is used as the whole is."""
    whole = _step(node)
    for key, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield child, _deciding(node, key) or whole
    if isinstance(node, exp.Window) and (named := _named_window(node)):
        for child, _ in children(named):
            yield child, indirect("WINDOW")


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a function makes one value of many rows."""
    if isinstance(node, exp.AggFunc):
        return True
    return isinstance(node, exp.Anonymous) and (node.name.lower() in _AGGREGATES or isinstance(node.parent, exp.Filter))


def aggregates(node: exp.Expr) -> bool:
    """Whether an expression holds an aggregate of its own: one under OVER, or in a query, is none."""
    if isinstance(node, (exp.Window, exp.Query, exp.Subquery)):
        return isinstance(node, exp.Window) and any(map(aggregates, _parts(node.this)))
    return is_aggregate(node) or any(map(aggregates, _parts(node)))


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    return (child for child, _ in children(node))


def _step(node: exp.Expr) -> Use | None:
    if is_aggregate(node):
        return step("AGGREGATION", masking=isinstance(node, _MASKING))
    if isinstance(node, exp.WithinGroup):
        return step("AGGREGATION")  # percentile_cont(0.5) within group (order by x): x is what is aggregated
    if isinstance(node, _MASKING) or (isinstance(node, exp.Anonymous) and node.name.lower() in _MASKING_NAMES):
        return step("TRANSFORMATION", masking=True)
    return None if isinstance(node, _WHOLE) else _TRANSFORMED


def _deciding(node: exp.Expr, key: str) -> Use | None:
    """The parts that only decide on the value."""
    if isinstance(node, (exp.If, exp.Case)) and key == "this":
        return indirect("CONDITIONAL")
    if isinstance(node, exp.Filter) and key == "expression":
        return indirect("CONDITIONAL")
    if isinstance(node, exp.Window) and key in ("partition_by", "order"):
        return indirect("WINDOW")
    if isinstance(node, exp.Order) and key == "expressions" and node.this is not None:
        return indirect("SORT")  # within an aggregate: list(x order by y)
    return None


def _named_window(node: exp.Window) -> exp.Window | None:
    """What `over w` stands for."""
    select = node.find_ancestor(exp.Select)
    if not node.alias or select is None:
        return None
    return next(
        (each for each in select.args.get("windows") or () if each.name == node.alias and each is not node), None
    )
