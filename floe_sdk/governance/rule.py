"""What a rule is, and what all of them ask of a graph."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from floe_sdk.schemas.enforcement import Finding, FindingLevel
from floe_sdk.schemas.graph import Graph, Materialization, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from floe_sdk.schemas.governance import ResolvedGovernance

LAYERS = ("bronze", "silver", "gold")
_MADE = frozenset({NodeKind.MODEL, NodeKind.SEED, NodeKind.SNAPSHOT})


@dataclass(frozen=True)
class Project:
    """A graph as rules look at it; what several of them need is computed once."""

    graph: Graph

    @cached_property
    def models(self) -> tuple[Node, ...]:
        """The project's own models; those of installed packages are their authors' business."""
        return tuple(node for node in self.own if node.kind is NodeKind.MODEL)

    @cached_property
    def own(self) -> tuple[Node, ...]:
        """The project's own models, seeds and snapshots; also those of local packages, which are written beside it."""
        own = {"", self.graph.name, *self.graph.local_packages}
        return tuple(node for node in self.made if node.package in own)

    @cached_property
    def made(self) -> tuple[Node, ...]:
        """Every model, seed and snapshot whose rows a run leaves behind, also those of installed packages."""
        return tuple(
            node
            for node in self.graph.nodes
            if node.kind in _MADE and node.materialization is not Materialization.EPHEMERAL
        )

    @cached_property
    def tests(self) -> dict[str, tuple[Node, ...]]:
        """The data tests of each node, by the node's id."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.graph.nodes:
            if node.kind is NodeKind.TEST and node.test and node.test.tested:
                found[node.test.tested].append(node)
        return {tested: tuple(tests) for tested, tests in found.items()}

    def tested_columns(self, node: Node, generic: frozenset[str] | None = None) -> set[str]:
        """The columns of `node` with at least one test (of one of the generic tests `generic`), in lower case."""
        return {
            test.test.column.lower()
            for test in self.tests.get(node.id, ())
            if test.test and test.test.column and (generic is None or test.test.generic in generic)
        }


@dataclass(frozen=True)
class Rule:
    """A rule: its stable name, whether the governance asks for it, its check, and whether `transforms` alone will do.

    `policy` is the `policy_types` entry of the public documents that an override limits itself to, where there is one.
    """

    name: str
    asked: Callable[[ResolvedGovernance], bool]
    check: Callable[[Project, ResolvedGovernance], Iterable[Finding]]
    policy: str | None = None
    needs_project: bool = True


def gate_level(governance: ResolvedGovernance) -> FindingLevel:
    """The level of a quality gate's findings: `block_on_failure: false` makes them warnings."""
    return FindingLevel.ERROR if governance.quality_gates.block_on_failure else FindingLevel.WARNING


def about(
    rule: str,
    level: FindingLevel,
    node: Node,
    message: str,
    *,
    column: str | None = None,
    expected: str | None = None,
    actual: str | None = None,
    fix: str | None = None,
) -> Finding:
    """A finding about a node."""
    return Finding(
        rule=rule,
        level=level,
        subject=node.id,
        message=message,
        column=column,
        path=node.path or None,
        expected=expected,
        actual=actual,
        fix=fix,
    )


def layer_of(node: Node) -> str | None:
    """The medallion layer: the tier, else a tag, else the prefix of the name; None where nothing says it."""
    if node.tier in LAYERS:
        return node.tier
    tagged = [layer for layer in LAYERS if layer in node.tags]
    if len(tagged) == 1:
        return tagged[0]
    prefix = node.name.partition("_")[0]
    return prefix if prefix in LAYERS else None
