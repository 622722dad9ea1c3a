"""Which nodes are current, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from floe_sdk.runtime.changes.files import UnknownStateError
from floe_sdk.runtime.changes.inputs import changed_inputs, same_state
from floe_sdk.runtime.changes.success import Success
from floe_sdk.runtime.tables.snapshots import rows_id
from floe_sdk.schemas.graph import Materialization, NodeKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from floe_sdk.runtime.changes.inputs import Inputs
    from floe_sdk.runtime.changes.success import LocalSuccesses
    from floe_sdk.schemas.compiled import CompiledNode
    from floe_sdk.schemas.graph import Node


class Why(str, Enum):
    """Why a node is to run."""

    NEW = "new"
    CHANGED = "changed"
    INPUT = "input"
    DOWNSTREAM = "downstream"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reason:
    """`inputs` are the ids of what has changed, where that is it."""

    why: Why
    inputs: tuple[str, ...] = ()


@dataclass
class Decision:
    """`stale` nodes with the reason, in the order of a run; `current` ones; sources of `unknown` state, and why:
    also nodes whose own table can't be read."""

    stale: dict[str, Reason] = field(default_factory=dict)
    current: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    successes: dict[str, Success] = field(default_factory=dict)


def decide(compiled: Mapping[str, CompiledNode], inputs: Inputs, local: LocalSuccesses) -> Decision:
    """Judge every node that a run executes.

    A table is current when what it is compiled to and what it reads are those of its last success; a test when it has
    passed since; a view when its SQL is that which this machine made, or which a table has read. A model runs with its
    unit tests.
    """
    inputs.compiled.update(compiled)
    return _Judge(compiled, inputs, local).decide()


def in_order(nodes: Mapping[str, Node]) -> Iterator[Node]:
    """The nodes, each after what it depends on."""
    for node_id in TopologicalSorter({node.id: node.depends_on for node in nodes.values()}).static_order():
        if node_id in nodes:
            yield nodes[node_id]


class _Judge:
    def __init__(self, compiled: Mapping[str, CompiledNode], inputs: Inputs, local: LocalSuccesses) -> None:
        self._compiled = compiled
        self._inputs = inputs
        self._local = local
        self._decision = Decision(unknown=inputs.unknown)
        self._unit_tests: dict[str, list[Node]] = {}
        for node in inputs.nodes.values():
            if node.kind is NodeKind.UNIT_TEST and node.test and node.test.tested:
                self._unit_tests.setdefault(node.test.tested, []).append(node)

    def decide(self) -> Decision:
        views = []
        for node in in_order(self._inputs.nodes):
            if node.kind is NodeKind.SOURCE or node.materialization is Materialization.EPHEMERAL:
                continue
            if node.materialization is Materialization.VIEW:
                views.append(node)
                continue
            if node.kind is not NodeKind.UNIT_TEST:
                self._note(node, self._reason(node))
        for node in views:
            self._note(node, self._view(node) or self._tested_anew(node))
        for node in self._inputs.nodes.values():
            if node.kind is NodeKind.UNIT_TEST:
                tested = node.test.tested if node.test else None
                current = self._vouched(node) and tested in self._decision.current
                self._note(node, None if current else self._reason(node))
        return self._decision

    def _note(self, node: Node, reason: Reason | None) -> None:
        if reason is None:
            self._decision.current.append(node.id)
        else:
            self._decision.stale[node.id] = reason

    def _reason(self, node: Node) -> Reason | None:
        compiled = self._compiled.get(node.id)
        try:
            success = self._success(node)
        except UnknownStateError as error:
            self._decision.unknown[node.id] = str(error)
            return Reason(Why.UNKNOWN)
        if success is not None:
            self._decision.successes[node.id] = success
        if success is None:
            return Reason(Why.NEW)
        if compiled is None or compiled.fingerprint != success.fingerprint:
            return Reason(Why.CHANGED)
        read = self._inputs.of(node)
        if changed := changed_inputs(success.inputs, read):
            unknown = [each for each in changed if each in self._inputs.unknown]
            return Reason(Why.UNKNOWN if len(unknown) == len(changed) else Why.INPUT, tuple(changed))
        built = self._decision.stale
        if stale := sorted(each for each in read if each in built and not self._inputs.nodes[each].is_test):
            return Reason(Why.DOWNSTREAM, tuple(stale))
        return self._tested_anew(node)

    def _tested_anew(self, node: Node) -> Reason | None:
        """A unit test runs only before its model: one that is new, changed or has failed takes the model along."""
        tests = self._unit_tests.get(node.id, ())
        stale = sorted(each.id for each in tests if not self._vouched(each) and self._reason(each))
        return Reason(Why.DOWNSTREAM, tuple(stale)) if stale else None

    def _vouched(self, node: Node) -> bool:
        """Whether a unit test that this machine has not seen has passed elsewhere: else its model was not there."""
        tested = node.test.tested if node.test else None
        return tested is not None and self._local.get(node.id) is None and self._local.get(tested) is None

    def _success(self, node: Node) -> Success | None:
        local = self._local.get(node.id)
        if not node.published:
            return local
        version = self._inputs.version(node)
        if version is None:
            return None
        number = rows_id(version.table.metadata, version.table.current_snapshot())
        if local is not None and number is not None and local.snapshot == str(number):
            return local  # a later success may have had nothing to commit
        return Success.of_table(version)

    def _view(self, node: Node) -> Reason | None:
        compiled = self._compiled.get(node.id)
        local = self._local.get(node.id)
        if local is not None:
            return None if compiled and compiled.fingerprint == local.fingerprint else Reason(Why.CHANGED)
        now = self._inputs.state(node)
        seen = [each.inputs[node.id] for each in self._decision.successes.values() if node.id in each.inputs]
        if not seen:
            return Reason(Why.NEW)
        return None if any(same_state(each, now) for each in seen) else Reason(Why.CHANGED)
