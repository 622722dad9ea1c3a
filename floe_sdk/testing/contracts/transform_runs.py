"""Tests of a transform plugin: what a run of its nodes says, in which order, and what it leaves."""

from __future__ import annotations

import _thread
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from floe_sdk import NodeStatus
from floe_sdk.testing.contracts import rows
from floe_sdk.testing.contracts.gaps import needs
from floe_sdk.testing.contracts.listening import Heard
from floe_sdk.testing.contracts.shelf import Model
from floe_sdk.testing.contracts.telling import assert_no_secret, assert_words
from floe_sdk.testing.contracts.transform_project import MODELS, ProjectFixtures

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk import CompiledNode, Platform

FAILING = (Model("orders", fails=True), Model("totals", ("orders",)), Model("report", ("totals",)), Model("customers"))
ROWS = {"orders": 3, "customers": 2, "totals": 6, "report": 11}
MANY = tuple(Model(name, fails=True) for name in ("orders", "customers", "returns", "stock"))
"""Nothing of these is published, which would take long: it is told that they ran."""
ONE = (Model("orders"),)
_PASSWORD = "planted-contract-password"  # noqa: S105 - it is looked for


class RunTests(ProjectFixtures):
    """A run has the nodes executed in this process and hears of each."""

    def test_the_nodes_that_will_run_are_told_first(self, platform: Platform, ids: dict[str, str]) -> None:
        """`planned` comes once, before the first node starts, with all that will run."""
        said = self.outcome(platform, MODELS).heard.said
        assert [each.what for each in said].index("planned") < [each.what for each in said].index("started")
        (planned,) = [each.given for each in said if each.what == "planned"]
        assert set(ids.values()) <= set(planned)
        assert {each.given.node_id for each in said if each.what == "started"} <= set(planned)

    def test_each_node_starts_once_and_ends_once(self, platform: Platform, ids: dict[str, str]) -> None:
        """The end after the start."""
        said = self.outcome(platform, MODELS).heard.said
        for node in ids.values():
            own = [each.what for each in said if each.what != "planned" and each.given.node_id == node]
            assert own == ["started", "finished"], node

    def test_a_node_starts_when_what_it_reads_has_ended(self, platform: Platform, ids: dict[str, str]) -> None:
        """The order is that of the graph."""
        said = self.outcome(platform, MODELS).heard.said
        order = [(each.what, each.given.node_id) for each in said if each.what != "planned"]
        for model in MODELS:
            for parent in model.reads:
                assert order.index(("finished", ids[parent])) < order.index(("started", ids[model.name]))

    def test_times_are_utc_and_in_order(self, platform: Platform) -> None:
        """Aware times, and no node ends before it starts."""
        heard = self.outcome(platform, MODELS).heard
        for event in heard.all_of("finished"):
            assert event.started_at.utcoffset() == event.finished_at.utcoffset() == timedelta(0)
            assert event.started_at <= event.finished_at
        assert {event.at.utcoffset() for event in heard.all_of("started")} == {timedelta(0)}

    def test_what_ran_is_published(self, platform: Platform) -> None:
        """Each table is in the catalog, through the run's session, with the rows that the project says."""
        outcome = self.outcome(platform, MODELS)
        assert outcome.result.success
        assert outcome.result.error is None
        assert outcome.rows == ROWS

    def test_a_node_that_fails_says_why(self, platform: Platform) -> None:
        """Its end is an error in the engine's words, it publishes nothing, and the run is no success."""
        outcome = self.outcome(platform, FAILING)
        ends = _by_name(outcome.heard)
        assert ends["orders"].status is NodeStatus.ERROR
        assert_words(ends["orders"].message)
        assert "orders" not in outcome.rows
        assert not outcome.result.success or any(each.status.failed for each in ends.values())

    def test_what_reads_a_failed_node_is_skipped(self, platform: Platform) -> None:
        """Also indirectly; what does not read it runs."""
        statuses = {name: end.status for name, end in _by_name(self.outcome(platform, FAILING).heard).items()}
        assert statuses["totals"] is NodeStatus.SKIPPED
        assert statuses["report"] is NodeStatus.SKIPPED
        assert statuses["customers"] is NodeStatus.SUCCESS

    def test_a_selection_runs_and_nothing_else(self, platform: Platform) -> None:
        """`select` is the engine's own selector."""
        chosen = (self.selects("orders"), self.selects("customers"))
        assert self.ran(platform, MANY, select=chosen) == {"orders", "customers"}

    def test_what_is_excluded_does_not_run(self, platform: Platform) -> None:
        """`exclude` takes from what is selected; from everything, where nothing is."""
        excluded = (self.selects("returns"), self.selects("stock"))
        assert self.ran(platform, MANY, exclude=excluded) == {"orders", "customers"}

    def test_only_the_nodes_that_may_run_do(self, platform: Platform) -> None:
        """`only` is exact: of what is selected, nodes that it lacks don't run (`floe run --changed`)."""
        self.write(platform.context.product_root, MANY)
        graph = platform.transform.transform_graph(request=self.request(platform.context))
        may = frozenset(node.id for node in graph.nodes if node.name in ("orders", "stock"))
        assert self.ran(platform, MANY, only=may) == {"orders", "stock"}
        assert self.ran(platform, MANY, only=may, select=(self.selects("orders"),)) == {"orders"}
        assert self.ran(platform, MANY, only=may, exact=True) == {"orders", "stock"}

    def test_a_second_run_is_like_the_first(self, platform: Platform) -> None:
        """Nothing of a run stays in the process that the next one would stumble on."""
        self.write(platform.context.product_root, ONE)
        first, second = self.run(platform, Heard()), self.run(platform, Heard())
        assert first.result.success == second.result.success
        assert list(_by_name(second.heard)) == list(_by_name(first.heard))
        assert second.rows == first.rows

    def test_what_a_listener_raises_ends_the_run(self, platform: Platform) -> None:
        """It comes out as it is, at the latest when the engine has ended: who shows a run may end it."""
        self.write(platform.context.product_root, MANY)
        with pytest.raises(_Refused, match="no further"):
            self.run(platform, Heard(_refuse))

    def test_an_interrupt_ends_the_run(self, platform: Platform) -> None:
        """Ctrl-C while a node runs comes out as KeyboardInterrupt, and is no failure: the run says ABORT."""
        self.write(platform.context.product_root, MANY)
        with pytest.raises(KeyboardInterrupt):
            self.run(platform, Heard(_interrupt), threads=1)

    def test_one_thread_at_a_time_speaks(self, platform: Platform) -> None:
        """Nodes may run side by side; what a listener is told comes from one of them at a time."""
        self.write(platform.context.product_root, MANY)
        heard = Heard()
        self.run(platform, heard, threads=len(MANY))
        assert len(heard.ends()) == len(MANY)
        assert heard.at_once == 0

    def test_a_run_leaves_the_project_as_it_is(self, platform: Platform) -> None:
        """What the engine writes goes into the folders that the request names; the project may not be writable."""
        root = platform.context.product_root
        self.write(root, ONE)
        before = rows.files_in(root)
        self.run(platform, Heard())
        assert rows.files_in(root) == before

    def test_a_secret_of_the_profile_stays_private(
        self, platform: Platform, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """A profile has values at last: they stand in `private_dir` alone, which is removed, and are not printed."""
        self.write(platform.context.product_root, ONE)
        heard = Heard()
        self.run(platform, heard, password=_PASSWORD)
        printed = "".join(capfd.readouterr())
        assert_no_secret([_PASSWORD], "the output", printed)
        assert_no_secret([_PASSWORD], "the log", "\n".join(heard.lines))
        for path in (each for each in tmp_path.rglob("*") if each.is_file()):
            assert_no_secret([_PASSWORD], path.name, path.read_bytes().decode("latin-1"))

    @needs("compile")
    def test_a_run_tells_what_it_executes(self, platform: Platform) -> None:
        """`compiled` hears of each node before it is executed, as `transform_compile` describes it."""
        self.write(platform.context.product_root, ONE)
        told: dict[str, CompiledNode] = {}
        late: list[str] = []

        def hear(what: str, event: Any) -> None:
            if what == "finished" and event.node_id not in told:
                late.append(event.node_id)

        self.run(platform, Heard(hear), compiled=told.__setitem__)
        assert not late
        known = platform.transform.transform_compile(request=self.request(platform.context)) or {}
        assert {node: one.fingerprint for node, one in told.items()} == {node: known[node].fingerprint for node in told}

    def ran(self, platform: Platform, models: tuple[Model, ...], **changes: Any) -> set[str]:
        """The names of the models that a run executes."""
        self.write(platform.context.product_root, models)
        return set(_by_name(self.run(platform, Heard(), **changes).heard))


class _Refused(Exception):  # noqa: N818 - what a listener may raise
    """Of a listener that has heard enough."""


def _refuse(what: str, _event: Any) -> None:
    if what == "finished":
        message = "no further"
        raise _Refused(message)


def _interrupt(what: str, _event: Any) -> None:
    if what == "started":
        _thread.interrupt_main()


def _by_name(heard: Heard) -> dict[str, Any]:
    """The ends of the models' nodes by the last part of their ids."""
    return {node.rpartition(".")[2]: end for node, end in heard.ends().items()}
