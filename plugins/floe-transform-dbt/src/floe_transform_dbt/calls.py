"""Which macros a node calls: those that dbt saw when it parsed, and those behind a condition that was not met then."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt.contracts.graph.manifest import Manifest

JINJA = re.compile(r"\{[{%].*", re.DOTALL)
"""All from the first block on: what ends a block may stand in its strings and dictionaries, too."""

CALL = re.compile(r"(?<![\w.])((?:\w+\.)?\w+)\s*\(")


class Calls:
    """Macros by the node that calls them, as of parsing: dbt adds to its own list whatever a node calls in a run."""

    def __init__(self, manifest: Manifest) -> None:
        self._seen = {node_id: tuple(node.depends_on.macros) for node_id, node in manifest.nodes.items()}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for macro_id, macro in manifest.macros.items():
            self._by_name[macro.name].append(macro_id)
            self._by_name[f"{macro.package_name}.{macro.name}"].append(macro_id)

    def seen(self, node: Any) -> tuple[str, ...]:
        """The ids of those that parsing came by, when `execute` and `is_incremental()` were false."""
        return self._seen.get(node.unique_id, ())

    def possible(self, node: Any) -> frozenset[str]:
        """The ids of those that may be called. A name without its package may be more than one macro's."""
        return frozenset((*self.seen(node), *self._written(node)))

    def _written(self, node: Any) -> Iterator[str]:
        found = JINJA.search(node.raw_code)
        for name in CALL.findall(found[0]) if found else ():
            yield from self._by_name.get(name, ())
