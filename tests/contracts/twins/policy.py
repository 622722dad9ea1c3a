"""Policy: every model has somebody who answers for it, and a description."""

import threading
import time
from collections.abc import Sequence

from contracts.twins.marking import base_twins, twin
from pydantic import Field

from floe_sdk import (
    Finding,
    FindingLevel,
    Graph,
    Node,
    NodeKind,
    PluginConfig,
    PluginContext,
    ResolvedGovernance,
    hookimpl,
)
from floe_sdk.testing import PolicyContract


class OwnersConfig(PluginConfig):
    level: FindingLevel = Field(default=FindingLevel.WARNING, description="How serious it is.")


class Good:
    """Models have an owner and a description."""

    Config = OwnersConfig

    def __init__(self, config: OwnersConfig, context: PluginContext) -> None:
        self.config = config

    @hookimpl
    def policy_rules(self) -> Sequence[str]:
        return ["owner", "description"]

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        return [finding for node in graph.nodes if node.kind is NodeKind.MODEL for finding in self.judge(node)]

    def judge(self, node: Node) -> Sequence[Finding]:
        lacks = {"owner": not node.owner, "description": not node.description}
        return [self.finding(rule, node.id, f"it has no {rule}") for rule, missing in lacks.items() if missing]

    def finding(self, rule: str, subject: str, message: str) -> Finding:
        return Finding(rule=rule, level=self.config.level, subject=subject, message=message)


class Suite(PolicyContract):
    slack_seconds = 0.5
    check_seconds = 1.0


@twin("test_its_rules_have_names")
class NamesTwice(Good):
    """A rule is named twice."""

    @hookimpl
    def policy_rules(self) -> Sequence[str]:
        return ["owner", "description", "owner"]


@twin("test_it_finds_something")
class FindsNothing(Good):
    """Finds nothing."""

    def judge(self, node: Node) -> Sequence[Finding]:
        return []


@twin("test_its_findings_are_of_its_rules")
class OtherRule(Good):
    """A finding is of a rule that `policy_rules` does not name."""

    def finding(self, rule: str, subject: str, message: str) -> Finding:
        return super().finding("ownership" if rule == "owner" else rule, subject, message)


@twin("test_its_findings_tell")
class SaysNothing(Good):
    """A finding has no message."""

    def finding(self, rule: str, subject: str, message: str) -> Finding:
        return super().finding(rule, subject, "")


@twin("test_the_same_graph_is_judged_alike")
class Counts(Good):
    """From the third time on, one thing is found twice."""

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        found = super().policy_check(graph, governance)
        if threading.current_thread() is threading.main_thread():
            self.asked = getattr(self, "asked", 0) + 1
            return [*found, *found[:1]] if self.asked >= 3 else found
        return found


@twin("test_the_order_of_nodes_does_not_matter")
class LooksAtTheFirst(Good):
    """The first node decides what is found."""

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        found = super().policy_check(graph, governance)
        return found[1:] if graph.nodes and graph.nodes[0].kind is NodeKind.MODEL else found


@twin("test_an_empty_product_is_judged")
class NeedsANode(Good):
    """The longest name of none is an error."""

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        max(len(node.name) for node in graph.nodes)
        return super().policy_check(graph, governance)


@twin("test_it_changes_nothing")
class LeavesANote(Good):
    """Writes into a node's `meta`."""

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        for node in graph.nodes:
            node.meta["judged"] = True
        return super().policy_check(graph, governance)


@twin("test_threads_are_told_the_same")
class OneThread(Good):
    """Finds nothing on another thread than the main one."""

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        found = super().policy_check(graph, governance)
        others = [one for one in threading.enumerate() if one.name.startswith("ThreadPoolExecutor")]
        return found if not others or threading.current_thread() is others[0] else []


@twin("test_a_large_product_is_judged_in_time")
class Slow(Good):
    """Takes a millisecond a node."""

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        if len(graph.nodes) > 1000:
            time.sleep(len(graph.nodes) / 1000)
        return super().policy_check(graph, governance)


globals().update(base_twins(Good, "policy_check"))
