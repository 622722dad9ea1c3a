"""A run's part in it: what each node read and was compiled to goes into what it commits."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.project.freshness import cache_dir
from floe_sdk.runtime.changes.current import decide
from floe_sdk.runtime.changes.files import FileStates
from floe_sdk.runtime.changes.inputs import Inputs
from floe_sdk.runtime.changes.success import LocalSuccesses, Success, table_properties
from floe_sdk.schemas.events import NodeStatus
from floe_sdk.schemas.graph import Materialization

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.runtime.changes.current import Decision
    from floe_sdk.runtime.changes.inputs import FindUpstream, Load, Published
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunFinished, RunStarted

_GOOD = frozenset({NodeStatus.SUCCESS, NodeStatus.WARN})


class Changes:
    """The states of a product's inputs, before and during a run; one of the run's sinks."""

    def __init__(
        self,
        artifacts: CompiledArtifacts,
        context: PluginContext,
        load: Load,
        published: Published,
        upstream: FindUpstream | None = None,
    ) -> None:
        graph, cache = artifacts.transforms, cache_dir(context.product_state)
        self._files = FileStates(context.product_root / graph.root, cache / "files.json")
        self._local = LocalSuccesses(cache / f"successes-{artifacts.environment}.json")
        self._inputs = Inputs(graph, self._files, load, published, upstream)
        self._published = published
        self._compiled: dict[str, CompiledNode] = {}
        self._read: dict[str, dict[str, str]] = {}

    def decide(self, compiled: Mapping[str, CompiledNode]) -> Decision:
        """Which nodes are current now."""
        decision = decide(compiled, self._inputs, self._local)
        self._files.save()
        return decision

    @property
    def local(self) -> LocalSuccesses:
        """What this machine knows."""
        return self._local

    @property
    def inputs(self) -> Inputs:
        """The states."""
        return self._inputs

    def executing(self, node_id: str, compiled: CompiledNode) -> None:
        """A node was compiled and is about to be executed."""
        self._compiled[node_id] = self._inputs.compiled[node_id] = compiled

    def properties(self, node_id: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """What belongs into the snapshot that a node commits, and into its table."""
        success = self._success(node_id)
        if success is None:
            return {}, {}
        return success.snapshot_properties, table_properties(self._compiled[node_id])

    def run_started(self, event: RunStarted) -> None:
        """Nothing."""

    def node_started(self, event: NodeStarted) -> None:
        """Note what the node is about to read. A catalog that is away is the node's own problem."""
        node = self._inputs.nodes.get(event.node_id)
        if node is not None:
            with suppress(FloeError):
                self._read[node.id] = self._inputs.of(node)

    def node_finished(self, event: NodeFinished) -> None:
        """Note how it ended."""
        if event.status is NodeStatus.SKIPPED:
            return
        success = self._success(event.node_id) if event.status in _GOOD else None
        self._local.put(event.node_id, success)

    def run_finished(self, event: RunFinished) -> None:  # noqa: ARG002 - a sink's signature
        """Keep what this machine is to know."""
        self._files.save()
        self._local.save()

    def flush(self, timeout: float) -> list[str]:  # noqa: ARG002 - as above
        """Nothing is sent."""
        return []

    def _success(self, node_id: str) -> Success | None:
        compiled, read = self._compiled.get(node_id), self._read.get(node_id)
        if compiled is None or read is None:
            return None
        published = self._published(node_id)
        snapshot = str(published.rows_id or published.snapshot_id) if published else None
        silent = compiled.text or self._inputs.nodes[node_id].materialization is Materialization.VIEW
        return Success(compiled.fingerprint, read, snapshot, table_properties(compiled) if silent else None)
