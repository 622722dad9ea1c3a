"""OpenLineage events of a run: what happened to which dataset, from which columns, on disk before it is sent."""

from floe_sdk.runtime.lineage.emitter import LineageEmitter
from floe_sdk.runtime.lineage.ids import node_run_id

__all__ = ["LineageEmitter", "node_run_id"]
