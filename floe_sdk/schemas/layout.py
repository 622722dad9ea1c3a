"""How a table's files are laid out: a model's `config(iceberg={...})`, parsed; nothing here needs PyIceberg."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_KEYS = ("partition_by", "sort_by", "properties", "renamed")
_CALL = re.compile(r"^(\w+)\s*\((.*)\)$", re.DOTALL)
HIGHEST_FORMAT = 2
_FORMATS = ("1", str(HIGHEST_FORMAT))
_TIMES = ("year", "month", "day", "hour")
_REFUSED = {
    "bucket": "bucket needs a hash that DuckDB does not have; partition by year, month, day, hour or truncate",
    "void": "void partitions nothing; leave it out",
}
_OWN_PROPERTIES = ("floe.", "schema.name-mapping.", "commit.retry.")


@dataclass(frozen=True)
class PartitionBy:
    """One partition field: `identity`, `year`, `month`, `day`, `hour`, or `truncate` with its width."""

    column: str
    transform: str = "identity"
    width: int | None = None


@dataclass(frozen=True)
class SortBy:
    """One column of the sort order; Iceberg's defaults, ascending and nulls first."""

    column: str
    descending: bool = False
    nulls_first: bool = True


@dataclass(frozen=True)
class TableLayout:
    """Partitions, sort order and properties of a table; nothing of all is one file a commit, in no order.

    `renamed` maps columns as the table may still call them to the names that they are to have, rows and ids kept.
    """

    partition_by: tuple[PartitionBy, ...] = ()
    sort_by: tuple[SortBy, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


def renames(layout: TableLayout, columns: Iterable[str]) -> dict[str, str]:
    """What is to be renamed of a table that has these columns: nothing, once it is done."""
    there = set(columns)
    return {old: new for old, new in layout.renamed.items() if old in there and new not in there}


def parse_layout(config: Any) -> TableLayout:
    """The layout that a model's configuration asks for. Raises ValueError, all problems in one text."""
    if not config:
        return TableLayout()
    if not isinstance(config, Mapping):
        raise ValueError(f"iceberg is {config!r}; expected a mapping of {', '.join(_KEYS)}")  # noqa: TRY004
    problems: list[str] = [
        f"iceberg.{key} is unknown; expected {', '.join(_KEYS)}" for key in config if key not in _KEYS
    ]
    partitions = [_partition(each, problems) for each in _texts(config.get("partition_by"))]
    order = [_sort(each, problems) for each in _texts(config.get("sort_by"))]
    properties = config.get("properties") or {}
    problems += [f"the property {key} is floe's own" for key in properties if str(key).startswith(_OWN_PROPERTIES)]
    if str(properties.get("format-version", HIGHEST_FORMAT)) not in _FORMATS:
        problems.append(
            f"format-version {properties['format-version']} can't be written; expected 1 or {HIGHEST_FORMAT}"
        )
    if str(properties.get("write.format.default", "parquet")).lower() != "parquet":
        problems.append("write.format.default is not parquet, the one format that floe writes")
    renamed = _renamed(config.get("renamed") or {}, problems)
    if problems:
        raise ValueError("; ".join(problems))
    texts = {str(key): _text(value) for key, value in properties.items()}
    return TableLayout(tuple(partitions), tuple(order), texts, renamed)


def _partition(text: str, problems: list[str]) -> PartitionBy:
    found = _CALL.match(text.strip())
    if found is None:
        return PartitionBy(text.strip())
    name, inside = found[1].lower(), [part.strip() for part in found[2].split(",")]
    name = name.removesuffix("s") if name.removesuffix("s") in _TIMES else name
    if name in ("identity", *_TIMES) and len(inside) == 1:
        return PartitionBy(inside[0], name)
    numbers = [part for part in inside if part.isdigit() and int(part) > 0]
    columns = [part for part in inside if not part.isdigit()]
    if name == "truncate" and len(numbers) == len(columns) == 1:
        return PartitionBy(columns[0], name, int(numbers[0]))
    expected = "expected a column, year(c), month(c), day(c), hour(c) or truncate(c, width)"
    problems.append(f"partition_by {text!r}: {_REFUSED.get(name, expected)}")
    return PartitionBy(text)


def _sort(text: str, problems: list[str]) -> SortBy:
    words = text.strip().split()
    found = re.fullmatch(r"(.*?)(\s+(asc|desc))?(\s+nulls\s+(first|last))?", text.strip(), re.IGNORECASE | re.DOTALL)
    if not words or found is None or _CALL.match(found[1]):
        problems.append(f"sort_by {text!r}: expected a column, with asc or desc, nulls first or nulls last")
        return SortBy(text)
    return SortBy(found[1], (found[3] or "").lower() == "desc", (found[5] or "first").lower() == "first")


def _renamed(value: Any, problems: list[str]) -> dict[str, str]:
    if not isinstance(value, Mapping):
        problems.append(f"renamed is {value!r}; expected a mapping of old column names to new ones")
        return {}
    renamed = {str(old): str(new) for old, new in value.items()}
    twice = sorted({new for new in renamed.values() if list(renamed.values()).count(new) > 1})
    problems += [f"renamed: two columns can not both become {new}" for new in twice]
    problems += [f"renamed: {old} would become itself" for old, new in renamed.items() if old == new]
    return renamed


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(each) for each in value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
