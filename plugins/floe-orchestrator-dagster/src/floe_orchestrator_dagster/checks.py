"""The project's tests as asset checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import AssetCheckSpec

from floe_orchestrator_dagster.keys import identifier, unique
from floe_sdk import NodeKind, Severity

if TYPE_CHECKING:
    from floe_orchestrator_dagster.keys import Keys
    from floe_sdk import Node


def checks_of(keys: Keys) -> dict[str, AssetCheckSpec]:
    """The specification of each test by its node's id; a test that reads no table has none."""
    tested = {}
    for node in keys.nodes.values():
        if node.is_test and (target := _tested(node, keys)):
            tested[node.id] = target
    names = {
        target: unique({each: identifier(keys.nodes[each].name) for each, other in tested.items() if other == target})
        for target in set(tested.values())
    }
    return {each: _spec(keys.nodes[each], target, names[target][each], keys) for each, target in tested.items()}


def _spec(node: Node, target: str, name: str, keys: Keys) -> AssetCheckSpec:
    severity = node.test.severity if node.test else Severity.ERROR
    key = keys.of(target)
    # a unit test runs on rows that it brings itself
    read = [] if node.kind is NodeKind.UNIT_TEST else keys.parents(node)
    return AssetCheckSpec(
        name,
        asset=key,
        description=_description(node),
        additional_deps=sorted({keys.of(parent.id) for parent in read} - {key}),
        blocking=severity is Severity.ERROR,
        metadata={"floe/node_id": node.id, "floe/severity": severity.value},
    )


def _description(node: Node) -> str | None:
    if node.description:
        return node.description
    if node.test is None or node.test.generic in (None, "unit_test"):
        return None
    return f"{node.test.generic} of {node.test.column}" if node.test.column else node.test.generic


def _tested(node: Node, keys: Keys) -> str | None:
    """The asset or source that a test is of: the one that it names, else of those that it reads the one that is made
    last."""
    named = node.test.tested if node.test else None
    read = [parent.id for parent in keys.parents(node)]
    if named in keys.nodes and named not in read:  # an ephemeral model: its own parents stand for it
        read = [parent.id for parent in keys.parents(keys.nodes[named])] or read
    if named in read:
        return named
    above = {each: _ancestors(each, keys) for each in read}
    return max(sorted(read), key=lambda each: len(above[each] & set(read)), default=None)


def _ancestors(node_id: str, keys: Keys) -> set[str]:
    found: set[str] = set()
    waiting = [node_id]
    while waiting:
        parents = {parent.id for parent in keys.parents(keys.nodes[waiting.pop()])} - found
        found |= parents
        waiting += parents
    return found
