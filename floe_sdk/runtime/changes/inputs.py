"""What a node reads, and in which state that is now."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.catalog import OF_ONE_TABLE
from floe_sdk.runtime.changes.files import UnknownStateError
from floe_sdk.runtime.changes.success import UNKNOWN
from floe_sdk.runtime.own_tables import without_own_sources
from floe_sdk.runtime.tables.snapshots import rows_id
from floe_sdk.schemas.graph import Materialization, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from floe_sdk.runtime.changes.files import FileStates
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.events import PublishedTable
    from floe_sdk.schemas.graph import Graph
    from floe_sdk.schemas.session import TableVersion

    Load = Callable[[str, str], TableVersion | None]
    FindUpstream = Callable[[Node], TableVersion]
    Published = Callable[[str], PublishedTable | None]

TRANSPARENT = frozenset({Materialization.VIEW, Materialization.EPHEMERAL})
"""They hold no rows: who reads them reads what they read."""


class Inputs:
    """States by node id. A state is asked for once and then kept, until the run itself changes it: one that is older
    than what a node read makes it run once more, a younger one would hide a change."""

    def __init__(
        self, graph: Graph, files: FileStates, load: Load, published: Published, upstream: FindUpstream | None = None
    ) -> None:
        self.nodes = graph.by_id()
        self.unknown: dict[str, str] = {}
        self.compiled: dict[str, CompiledNode] = {}
        self._files = files
        self._load = load
        self._upstream = upstream
        self._published = published
        self._states: dict[str, str] = {}
        self._versions: dict[str, TableVersion | None] = {}
        self._lock = threading.RLock()

    def of(self, node: Node) -> dict[str, str]:
        """The state of each input, views with what they read; a unit test brings its own rows."""
        if node.kind is NodeKind.UNIT_TEST:
            return {}
        return {parent.id: self.state(parent) for parent in parents_of(node, self.nodes)}

    def state(self, node: Node) -> str:
        """The state of one node, `?` where it can't be told."""
        if node.materialization in TRANSPARENT:
            compiled = self.compiled.get(node.id)
            return f"{node.checksum or ''}/{compiled.fingerprint if compiled else ''}"
        with self._lock:
            published = self._published(node.id)
            if published is not None:
                return f"snapshot {published.rows_id or published.snapshot_id}"
            if node.id not in self._states:
                self._states[node.id] = self._ask(node)
            return self._states[node.id]

    def version(self, node: Node) -> TableVersion | None:
        """The node's table, as it was when it was first asked for. Raises UnknownStateError where it can't be read."""
        with self._lock:
            if node.id not in self._versions:
                self._versions[node.id] = self._find(node)
            return self._versions[node.id]

    def _find(self, node: Node) -> TableVersion | None:
        own = node.upstream is None or self._upstream is None
        try:
            if node.upstream is not None and self._upstream is not None:
                return self._upstream(node)
            return self._load(node.namespace, node.table or node.name) if node.namespace else None
        except FloeError as error:
            if own and error.code not in OF_ONE_TABLE:
                raise
            raise UnknownStateError(f"{error.problem} [{error.code.id}]" if own else error.problem) from None

    def _ask(self, node: Node) -> str:
        try:
            if node.source_location:
                return f"files {self._files.state(node.source_location)}"
            version = self.version(node)
            number = rows_id(version.table.metadata, version.table.current_snapshot()) if version else None
        except UnknownStateError as error:
            self.unknown[node.id] = str(error)
            return UNKNOWN
        if number is not None:
            return f"snapshot {number}"
        if node.kind is NodeKind.SOURCE:
            self.unknown[node.id] = "it is neither a file nor a table of the catalog"
        return UNKNOWN


def parents_of(node: Node, nodes: Mapping[str, Node]) -> list[Node]:
    """What a node reads, each table once: views and ephemerals, and what these read in turn."""
    found: dict[str, Node] = {}
    waiting = list(node.depends_on)
    while waiting:
        parent = nodes.get(waiting.pop())
        if parent is not None and parent.id not in found:
            found[parent.id] = parent
            if parent.materialization in TRANSPARENT:
                waiting += parent.depends_on
    return without_own_sources(found.values())


def changed_inputs(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The ids of inputs whose state is another one, or is not known."""
    return sorted(key for key in {*before, *now} if not same_state(before.get(key), now.get(key)))


def same_state(before: str | None, now: str | None) -> bool:
    """Whether an input is as it was. A view is where its code is, or where that compiles to the same SQL."""
    if before is None or now is None or UNKNOWN in (before, now):
        return False
    if "/" in before and "/" in now:
        pairs = zip(before.split("/"), now.split("/"), strict=False)
        return any(one and one == other for one, other in pairs)
    return before == now
