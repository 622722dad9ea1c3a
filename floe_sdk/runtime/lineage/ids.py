"""Who is who: run ids of nodes, names of jobs, and the parent that somebody else's scheduler gave."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.graph import Node

_log = logging.getLogger("floe_sdk.lineage")
NOMINAL_TIME = "FLOE_NOMINAL_TIME"


def node_run_id(run_id: str, node_id: str) -> str:
    """The UUIDv7 of a node's run: the time of the run's own id, the rest from both; the same in every process."""
    digest = int.from_bytes(hashlib.sha256(f"{run_id}/{node_id}".encode()).digest()[:16], "big")
    value = uuid.UUID(run_id).int >> 80 << 80 | digest & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return str(uuid.UUID(int=value))


@dataclass(frozen=True)
class Jobs:
    """The names of a product's jobs.

    `<product>` for the run, `<product>.<namespace>.<table>` for a node and `<product>.<namespace>.<table>.test.<name>`
    for a test of it: dbt-ol's scheme with the product in the place of database and project.
    """

    namespace: str
    product: str
    nodes: Mapping[str, str]

    @classmethod
    def of(cls, artifacts: CompiledArtifacts) -> Jobs:
        """Of an artifact; the namespace is `observability.lineage.namespace`, else the platform's name."""
        namespace = artifacts.observability.lineage.namespace or artifacts.metadata.platform
        product = artifacts.metadata.product
        nodes = artifacts.transforms.by_id()
        names = {node_id: f"{product}.{_name(node, nodes)}" for node_id, node in nodes.items()}
        count = Counter(names.values())
        unique = {node_id: name if count[name] == 1 else f"{product}.{node_id}" for node_id, name in names.items()}
        return cls(namespace, product, unique)


def _name(node: Node, nodes: Mapping[str, Node]) -> str:
    if not node.is_test:
        return f"{node.namespace}.{node.table or node.name}" if node.namespace else node.name
    tested = nodes.get(node.test.tested or "") if node.test else None
    return f"{_name(tested, nodes)}.test.{node.name}" if tested else f"test.{node.name}"


def scheduler_run(environment: Mapping[str, str]) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """The parent and the root that `OPENLINEAGE_PARENT_ID` and `OPENLINEAGE_ROOT_PARENT_ID` name, as a scheduler
    sets them (`namespace/job/runId`); one that can't be read is said and left out."""
    parent = _parse(environment, "OPENLINEAGE_PARENT_ID")
    root = _parse(environment, "OPENLINEAGE_ROOT_PARENT_ID") if parent else None
    return parent, root or parent


def scheduled_for(environment: Mapping[str, str]) -> str | None:
    """The time that a scheduler meant this run for (`FLOE_NOMINAL_TIME`, ISO 8601 with its zone), as lineage writes
    it; one that can't be read is said and left out."""
    text = environment.get(NOMINAL_TIME)
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        _log.warning("%s is no time in ISO 8601 with a zone: the run has no nominal time in lineage", NOMINAL_TIME)
        return None
    return time.isoformat()


def disabled(environment: Mapping[str, str]) -> bool:
    """Whether OPENLINEAGE_DISABLED turns lineage off, as it does for every client of OpenLineage."""
    return environment.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true"


def _parse(environment: Mapping[str, str], variable: str) -> dict[str, str] | None:
    text = environment.get(variable)
    if not text:
        return None
    run = parse_run(text)
    if run is None:
        _log.warning("%s is not namespace/job/runId: the run has no parent in lineage", variable)
    return run


def parse_run(text: str) -> dict[str, str] | None:
    """A run as `namespace/job/runId`; None for anything else."""
    parts = text.rsplit("/", 1)  # a namespace may hold slashes, a job's name does not
    namespace, _, name = parts[0].rpartition("/")
    try:
        run_id = str(uuid.UUID(parts[-1]))
    except ValueError:
        return None
    return {"namespace": namespace, "name": name, "runId": run_id} if namespace and name else None
