"""A rule of the house."""

from collections.abc import Sequence

from floe_sdk import Finding, FindingLevel, Graph, Node, NodeKind, PluginType, ResolvedGovernance, hookimpl
from floe_sdk.testing import loaded


class HouseRules:
    """Models say which team answers for them."""

    @hookimpl
    def policy_rules(self) -> Sequence[str]:
        return ["team"]

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        return [
            Finding(rule="team", level=FindingLevel.WARNING, subject=node.id, message="`meta: {team: ...}` is missing")
            for node in graph.nodes
            if node.kind is NodeKind.MODEL and "team" not in node.meta
        ]


graph = Graph(
    name="shop",
    engine="dbt",
    engine_version="1.11",
    project_hash="0",
    nodes=(
        Node(id="model.shop.mart", name="mart", kind=NodeKind.MODEL, meta={"team": "sales"}),
        Node(id="model.shop.orders", name="orders", kind=NodeKind.MODEL),
    ),
)

# policy_rules
with loaded(policy=HouseRules) as platform:
    (name, rules) = platform.each(PluginType.POLICY)[0]
    print(name, list(rules.policy_rules()))
    # => house-rules ['team']

# policy_check
with loaded(policy=HouseRules) as platform:
    rules = dict(platform.each(PluginType.POLICY))["house-rules"]
    for finding in rules.policy_check(graph=graph, governance=ResolvedGovernance()):
        print(finding.subject, finding.level.value, finding.message)
        # => model.shop.orders warning `meta: {team: ...}` is missing
