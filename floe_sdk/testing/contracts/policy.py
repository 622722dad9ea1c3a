"""The contract of a policy plugin: it judges the graph that it is given, alike each time, and changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.enforcement import Finding
from floe_sdk.schemas.governance import ResolvedGovernance
from floe_sdk.schemas.graph import Column, Graph, Materialization, Node, NodeKind, TestInfo
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.gaps import Feature
from floe_sdk.testing.contracts.telling import assert_words, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.host import Platform

_AT_ONCE = 8
_MANY = 2000


class PolicyContract(PluginContract):
    """Inherit it and name the plugin; give `graph` where the plugin finds nothing in the one that is here.

    `check_seconds` bounds what judging 2,000 models may take.
    """

    kind = PluginType.POLICY
    features: ClassVar[Mapping[str, Feature]] = {
        "health": Feature("plugin_health", asked=False),
        "unreachable": Feature(asked=False),
    }
    check_seconds: ClassVar[float] = 5.0

    @pytest.fixture
    def graph(self) -> Graph:
        """A product in which the plugin finds something."""
        return sample()

    @pytest.fixture
    def governance(self) -> ResolvedGovernance:
        """What the manifest says."""
        return ResolvedGovernance()

    @pytest.fixture(autouse=True)
    def _judged(self, graph: Graph, governance: ResolvedGovernance, record: PluginRecord) -> None:
        self._name, self._graph, self._governance = record.name, graph, governance

    def use(self, platform: Platform) -> None:
        _check(platform, self._name, self._graph, self._governance)

    @staticmethod
    def facts(platform: Platform, *arguments: Any) -> Any:
        name, graph, governance = arguments
        found = _check(platform, name, Graph.model_validate(graph), ResolvedGovernance.model_validate(governance))
        return [finding.model_dump(mode="json") for finding in found]

    def fact_arguments(self) -> tuple[Any, ...]:
        return self._name, self._graph.model_dump(mode="json"), self._governance.model_dump(mode="json")

    def _check(self, platform: Platform, graph: Graph | None = None) -> Sequence[Finding]:
        return _check(platform, self._name, graph or self._graph, self._governance)

    def test_its_rules_have_names(self, platform: Platform) -> None:
        """`policy_rules` gives at least one name, each once, of the form that waivers can hold."""
        rules = list(_hooks(platform, self._name).policy_rules())
        assert rules
        assert len(set(rules)) == len(rules), "a rule is named twice"
        assert [rule for rule in rules if not rule or rule != rule.strip() or " " in rule] == []

    def test_it_finds_something(self, platform: Platform) -> None:
        """In `graph` there is something to find, and it is found."""
        assert self._check(platform), "it finds nothing in `graph`: give a fixture `graph`, in which there is something"

    def test_its_findings_are_of_its_rules(self, platform: Platform) -> None:
        """Each finding's `rule` is one that `policy_rules` names: a waiver could not name it otherwise."""
        rules = set(_hooks(platform, self._name).policy_rules())
        assert {finding.rule for finding in self._check(platform)} <= rules

    def test_its_findings_tell(self, platform: Platform) -> None:
        """Each finding has a message, and is about a node of the graph or the product."""
        subjects = {*self._graph.by_id(), self._graph.name}
        for finding in self._check(platform):
            assert isinstance(finding, Finding)
            assert_words(finding.message)
            assert finding.subject in subjects, f"there is no {finding.subject!r} in the graph"

    def test_the_same_graph_is_judged_alike(self, platform: Platform) -> None:
        """Asked again it finds the same, in the same order: a report that changes by itself is no report."""
        assert [self._check(platform), self._check(platform)] == [self._check(platform)] * 2

    def test_the_order_of_nodes_does_not_matter(self, platform: Platform) -> None:
        """Of the nodes in another order it finds the same."""
        turned = self._graph.model_copy(update={"nodes": self._graph.nodes[::-1]})
        assert sorted(map(str, self._check(platform, turned))) == sorted(map(str, self._check(platform)))

    def test_an_empty_product_is_judged(self, platform: Platform) -> None:
        """A product without nodes is no error, and nothing is found of nodes that it does not have."""
        found = self._check(platform, self._graph.model_copy(update={"nodes": ()}))
        assert [finding for finding in found if finding.subject in self._graph.by_id()] == []

    def test_it_changes_nothing(self, platform: Platform) -> None:
        """Graph and governance are as before: the next plugin judges them too."""
        before = self._graph.model_dump(), self._governance.model_dump()
        self._check(platform)
        assert (self._graph.model_dump(), self._governance.model_dump()) == before

    def test_threads_are_told_the_same(self, platform: Platform) -> None:
        """Several compiles in one process ask at once."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(lambda _: self._check(platform), range(2 * _AT_ONCE)))
        assert all(answer == answers[0] for answer in answers)

    def test_a_large_product_is_judged_in_time(self, platform: Platform) -> None:
        """2,000 models are judged within `check_seconds`."""
        graph = sample(_MANY)
        with within(self.check_seconds, 0.0, "policy_check of 2,000 models"):
            self._check(platform, graph)


def sample(models: int = 4) -> Graph:
    """A product whose models lack descriptions, tests and owners, but for every fourth."""
    nodes = [_model(number, good=number % 4 == 0) for number in range(models)]
    tests = [_test(node) for node in nodes[::4]]
    ordered = tuple(sorted([*nodes, *tests], key=lambda node: node.id))
    return Graph(name="orders", engine="dbt", engine_version="1.11", project_hash="0" * 64, nodes=ordered)


def _model(number: int, *, good: bool) -> Node:
    name = f"stg_orders_{number:05}" if good else f"Orders{number:05}"
    return Node(
        id=f"model.orders.{name}",
        name=name,
        kind=NodeKind.MODEL,
        package="orders",
        materialization=Materialization.TABLE,
        namespace="orders",
        table=name.lower(),
        path=f"models/{name}.sql",
        description="One row an order." if good else "",
        owner="sales" if good else None,
        columns=(Column(name="id", description="The order's number." if good else ""), Column(name="email")),
        depends_on=(f"model.orders.stg_orders_{number - number % 4:05}",) if number % 4 else (),
    )


def _test(tested: Node) -> Node:
    return Node(
        id=f"test.orders.unique_{tested.name}_id",
        name=f"unique_{tested.name}_id",
        kind=NodeKind.TEST,
        package="orders",
        materialization=Materialization.TEST,
        depends_on=(tested.id,),
        test=TestInfo(generic="unique", column="id", tested=tested.id),
    )


def _hooks(platform: Platform, name: str) -> Any:
    return dict(platform.each(PluginType.POLICY))[name]


def _check(platform: Platform, name: str, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
    found: Sequence[Finding] = _hooks(platform, name).policy_check(graph=graph, governance=governance)
    return found
