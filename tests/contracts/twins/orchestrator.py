"""Orchestrator: a belt that takes products from a list."""

import importlib
import json
import os
from contextlib import suppress
from dataclasses import replace

from contracts.twins.marking import base_twins, twin
from pydantic import Field

from floe_sdk import FloeError, PluginConfig, PluginContext, RunFinished, RunStatus, execute, hookimpl
from floe_sdk.testing import OrchestratorContract

LIST, PRODUCT = "products.json", "product.json"


class BeltConfig(PluginConfig):
    queue: str = Field(default="default", description="Where products wait for their run.")


class Good:
    """Says in a file where the artifact is, and in another one which products there are."""

    Config = BeltConfig
    not_supported = {
        "health": "nothing runs but floe",
        "unreachable": "nothing runs but floe",
    }

    def __init__(self, config: BeltConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context

    @hookimpl
    def orchestrator_generate(self, artifacts, folder, shared):
        told = {
            "product": artifacts.metadata.product,
            "queue": self.config.queue,
            "artifact": "../compiled_artifacts.json",
        }
        return {PRODUCT: json.dumps(told)}

    @hookimpl
    def orchestrator_workspace(self, artifacts, folder, shared):
        known = self.there(shared)
        known[artifacts.metadata.product] = os.path.relpath(folder / PRODUCT, shared)
        return {LIST: json.dumps(dict(sorted(known.items())))}

    @hookimpl
    def orchestrator_commands(self, artifacts):
        return {"belt": ["python", "-m", "belt", "--product", artifacts.metadata.product]}

    @hookimpl
    def orchestrator_run(self, request) -> RunFinished:
        return execute(request)

    @hookimpl
    def plugin_close(self) -> None: ...

    def there(self, shared):
        """The products of the list whose files are still there."""
        with suppress(FileNotFoundError):
            listed = json.loads((shared / LIST).read_text())
            return {name: path for name, path in listed.items() if (shared / path).is_file()}
        return {}


class Suite(OrchestratorContract):
    slack_seconds = 0.5


class _Runs(Good):
    """A run that is asked for in another way."""

    def asked(self, request):
        return request

    @hookimpl
    def orchestrator_run(self, request) -> RunFinished:
        return execute(self.asked(request))


@twin("test_a_run_ends_as_one_of_floe_does")
class NoNodes(Good):
    """The nodes are left out of what comes back."""

    @hookimpl
    def orchestrator_run(self, request) -> RunFinished:
        return replace(execute(request), nodes=())


@twin("test_a_run_is_told_to_lineage")
class WithoutLineage(_Runs):
    """The plugins for lineage are left out of a run."""

    def asked(self, request):
        plugins = tuple(each for each in request.artifacts.plugins if each.type != "lineage")
        return replace(request, artifacts=request.artifacts.model_copy(update={"plugins": plugins}))


@twin("test_what_is_asked_for_runs")
class ExcludesNothing(_Runs):
    """`exclude` is left out of the request."""

    def asked(self, request):
        return replace(request, exclude=())


@twin("test_who_shows_the_run_hears_of_it")
class NobodyHears(_Runs):
    """The listeners are left out of the request."""

    def asked(self, request):
        return replace(request, listeners=())


@twin("test_a_run_has_the_id_that_it_was_given")
class OwnId(_Runs):
    """The run's id is left out of the request."""

    def asked(self, request):
        return replace(request, run_id=None)


@twin("test_a_node_that_fails_fails_the_run")
class SucceedsAlways(Good):
    """A run that failed has succeeded."""

    @hookimpl
    def orchestrator_run(self, request) -> RunFinished:
        finished = execute(request)
        return replace(finished, status=RunStatus.SUCCESS) if finished.status is RunStatus.FAILED else finished


@twin("test_an_interrupted_run_is_aborted")
class InterruptIsAFailure(Good):
    """A run that was interrupted has failed."""

    @hookimpl
    def orchestrator_run(self, request) -> RunFinished:
        finished = execute(request)
        return replace(finished, status=RunStatus.FAILED) if finished.status is RunStatus.ABORTED else finished


@twin("test_a_run_that_can_not_begin_is_told")
class CodeIsLost(Good):
    """Where a run can't begin, an error of Python's comes out."""

    @hookimpl
    def orchestrator_run(self, request) -> RunFinished:
        try:
            return execute(request)
        except FloeError as error:
            raise RuntimeError(error.problem) from error


globals().update(base_twins(Good, "orchestrator_generate"))
importlib.import_module("contracts.twins.orchestrator_files")
