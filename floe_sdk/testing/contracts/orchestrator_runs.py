"""Tests of an orchestrator plugin: a run by it is the run that `floe_sdk.execute` makes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from floe_sdk import FloeError, RunStatus
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.testing.contracts.listening import Heard
from floe_sdk.testing.contracts.orchestrator_project import MODELS, Compiled, ProductFixtures
from floe_sdk.testing.contracts.shelf import Model, write_models
from floe_sdk.testing.contracts.telling import assert_told

if TYPE_CHECKING:
    from floe_sdk import RunFinished
    from floe_sdk.testing.contracts.orchestrator_project import Compiles

FAILING = (Model("orders", fails=True), Model("totals", ("orders",)))
INTERRUPTED = (Model("orders", interrupts=True), Model("totals", ("orders",)))


class RunTests(ProductFixtures):
    """A run, whoever starts it, is driven by floe."""

    def test_a_run_ends_as_one_of_floe_does(self, compiled: Compiled) -> None:
        """What comes back is what `execute` says of the same artifact: status, nodes, tables and rows."""
        from floe_sdk import RunRequest, execute

        floe = execute(RunRequest(compiled.artifacts, compiled.root))
        assert _told(compiled.run()) == _told(floe)

    def test_a_run_is_told_to_lineage(self, compiled: Compiled) -> None:
        """A START and a COMPLETE of the run and of each node."""
        compiled.run()
        told: dict[str, list[str]] = {}
        for line in (compiled.root / ".floe" / "lineage.jsonl").read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            told.setdefault(event["run"]["runId"], []).append(event["eventType"])
        assert list(told.values()) == [["START", "COMPLETE"]] * (1 + len(MODELS))

    def test_what_is_asked_for_runs(self, compiled: Compiled) -> None:
        """Of the request nothing is left out: selection, exclusion, and exact nodes."""
        compiled.run(select=("orders", "totals"), exclude=("totals",))
        assert self.tables(compiled) == {"orders"}
        compiled.run(nodes=frozenset({"model.shelf.totals"}))
        assert self.tables(compiled) == {"orders", "totals"}

    def test_who_shows_the_run_hears_of_it(self, compiled: Compiled) -> None:
        """The request's listeners are told of each node."""
        heard = Heard()
        compiled.run(listeners=(heard,))
        assert set(heard.ends()) == {model.id for model in MODELS}

    def test_a_run_has_the_id_that_it_was_given(self, compiled: Compiled) -> None:
        """Somebody had to know it before the run began."""
        run_id = new_run_id()
        assert compiled.run(run_id=run_id).run_id == run_id

    def test_a_node_that_fails_fails_the_run(self, compiles: Compiles) -> None:
        """A failed node is an outcome with the exit code 1, not an exception."""
        finished = compiles(FAILING).run()
        assert finished.status is RunStatus.FAILED
        assert finished.exit_code == 1

    def test_an_interrupted_run_is_aborted(self, compiles: Compiles) -> None:
        """Ctrl-C is an outcome with the exit code 130."""
        finished = compiles(INTERRUPTED).run()
        assert finished.status is RunStatus.ABORTED

    def test_a_run_that_can_not_begin_is_told(self, compiled: Compiled) -> None:
        """Here: the project was changed since it was compiled. FloeError, and nothing runs."""
        write_models(compiled.root, MODELS[:1])
        with pytest.raises(FloeError) as caught:
            compiled.run()
        assert_told(caught.value)

    @staticmethod
    def tables(compiled: Compiled) -> set[str]:
        """The names of the product's tables in the catalog."""
        storage = compiled.platform.storage.storage_access()
        catalog = compiled.platform.catalog.catalog_connect(storage=storage)
        return {name for _, name in catalog.list_tables(compiled.artifacts.namespace)}


def _told(finished: RunFinished) -> dict[str, Any]:
    """All but times and ids."""
    return {
        "run": (finished.product, finished.environment, finished.status, finished.exit_code, finished.message),
        "nodes": sorted((each.node_id, each.status, each.message) for each in finished.nodes),
        "tables": sorted((each.published.table, each.published.rows) for each in finished.nodes if each.published),
    }
