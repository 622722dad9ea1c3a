"""A question to a compute: which columns queries have, before any of them runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.schema import Schema


@dataclass(frozen=True)
class Relation:
    """A table with known columns, or one that `sql` makes; `key` names it in the answer."""

    key: str
    namespace: str
    name: str
    schema: Schema | None = None
    sql: str | None = None


@dataclass(frozen=True)
class ColumnsRequest:
    """Relations in an order in which each reads earlier ones; files are named relative to `project_root`."""

    relations: tuple[Relation, ...]
    project_root: Path
