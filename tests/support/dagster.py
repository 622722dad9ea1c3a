"""A real Dagster: webserver, daemon and code servers by `dagster dev`, and what is asked of it through GraphQL."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from support.servers.process import Process, free_port, processes

if TYPE_CHECKING:
    from typing_extensions import Self

INSTANCE = """
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {dequeue_interval_seconds: 1}
concurrency:
  pools: {default_limit: 1, granularity: run}
run_monitoring:
  enabled: true
  poll_interval_seconds: 2
"""
"""dagster.yaml of a test: nothing is sent home; a run starts, and one whose process is gone is noticed, soon; of one
product's runs each waits for the one before it."""

AWAY = ("FLOE_", "OTEL_", "OPENLINEAGE_", "TRACEPARENT", "PYTHONPATH", "PYTHONWARNINGS")
"""What the tests' own process may have set, and a deployment has not; DAGSTER_HOME is replaced."""
ENDED = ("SUCCESS", "FAILURE", "CANCELED")


def write_home(folder: Path, instance: str = INSTANCE) -> Path:
    """A DAGSTER_HOME with its dagster.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text(instance, encoding="utf-8")
    return folder


class Refused(Exception):  # noqa: N818 - what GraphQL says, not how we fail
    """An answer that is an error, with its message."""


class Dagster:
    """One instance on a port of its own, with everything that it keeps below `folder`."""

    def __init__(self, folder: Path, workspace: Path, *, environment=None, instance=INSTANCE) -> None:
        self.home = write_home(folder / "dagster-home", instance)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program = Path(sys.executable).with_name("dagster")
        arguments = [
            "dev",
            "--workspace",
            workspace,
            "--host",
            "127.0.0.1",
            "--port",
            self.port,
            "--log-level",
            "warning",
        ]
        away = [name for name in os.environ if name.startswith(AWAY) and name not in (environment or {})]
        unset = [word for name in away for word in ("-u", name)]
        self.process = Process(
            "dagster",
            ["env", *unset, program, *arguments],
            folder / "dagster.log",
            self._answers,
            environment={"DAGSTER_HOME": str(self.home), **(environment or {})},
            stop_signal=signal.SIGINT,
        )

    def __enter__(self) -> Self:
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()
        self.until(lambda: not self.ids(), 10)

    def _answers(self) -> bool:
        return self.ask("{ version }")["version"] is not None

    def ask(self, query: str, **variables):
        """What GraphQL answers; raises Refused for an error of the query itself."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode(errors="replace")) from None
        if found.get("errors"):
            raise Refused(json.dumps(found["errors"])[:2000])
        return found["data"]

    def locations(self) -> dict[str, str]:
        """The code locations by name: "" for one that is loaded, else the message of its error."""
        entries = self.ask(_LOCATIONS)["workspaceOrError"]["locationEntries"]
        return {each["name"]: _problem(each["locationOrLoadError"]) for each in entries}

    def reload(self, location: str) -> str:
        """Load a location again; "" or the message of its error."""
        answer = self.ask(_RELOAD, name=location)["reloadRepositoryLocation"]
        return _problem(answer.get("locationOrLoadError") or answer)

    def assets(self) -> dict[str, dict]:
        """The nodes of the asset graph by key, as `a/b`; `dependencies` and `dependents` are such keys too."""
        nodes = self.ask(_ASSETS)["assetNodes"]
        return {_key(each["assetKey"]): _node(each) for each in nodes}

    def launch(self, location: str, job: str = "__ASSET_JOB", *, assets=(), checks=None, config=None) -> str:
        """Start a run, of these assets (`a/b`) where some are named; its id. `checks`, pairs of an asset and a name,
        are those of the assets unless they are given."""
        selector = {
            "repositoryLocationName": location,
            "repositoryName": "__repository__",
            "jobName": job,
        }
        if assets:
            selector["assetSelection"] = [{"path": each.split("/")} for each in assets]
        if checks is not None:
            selector["assetCheckSelection"] = [
                {"assetKey": {"path": key.split("/")}, "name": name} for key, name in checks
            ]
        parameters = {"selector": selector, "runConfigData": config or {}}
        answer = self.ask(_LAUNCH, parameters=parameters)["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise Refused(json.dumps(answer)[:2000])
        return answer["run"]["runId"]

    def run(self, run_id: str) -> dict:
        """A run: its status, tags, and what happened in it."""
        return self.ask(_RUN, id=run_id)["runOrError"]

    def wait(self, run_id: str, seconds: float = 120) -> dict:
        """The run when it has ended."""
        return self.until(lambda: (run := self.run(run_id))["status"] in ENDED and run, seconds)

    def until(self, found, seconds: float = 60):
        """What `found()` gives as soon as it is true."""
        deadline = time.monotonic() + seconds
        while not (answer := found()):
            assert time.monotonic() < deadline, f"it did not come to be within {seconds} s\n{self.process.tail()}"
            time.sleep(0.2)
        return answer

    def events(self, run_id: str) -> list[dict]:
        """All events of a run, as its page shows them."""
        events, cursor, more = [], None, True
        while more:
            page = self.ask(_EVENTS, id=run_id, cursor=cursor)["logsForRun"]
            events += page["events"]
            cursor, more = page["cursor"], page["hasMore"]
        return events

    def terminate(self, run_id: str) -> str:
        """Ask a run to end, as its button does; the type of the answer."""
        return self.ask(_TERMINATE, id=run_id)["terminateRun"]["__typename"]

    def schedule(self, location: str, name: str) -> dict:
        """A schedule and its state."""
        return self.ask(_SCHEDULE, selector=_instigator(location, "scheduleName", name))["scheduleOrError"]

    def dry_run(self, location: str, name: str) -> dict:
        """What a tick of the schedule would ask for, evaluated in its code location."""
        selector = _instigator(location, "scheduleName", name)
        answer = self.ask(_DRY_RUN, selector=selector, time=time.time())["scheduleDryRun"]
        if answer["__typename"] != "DryRunInstigationTick":
            raise Refused(json.dumps(answer)[:2000])
        return answer

    def stop_schedule(self, location: str, name: str) -> None:
        """Have it tick no more."""
        self.ask(_STOP_SCHEDULE, id=self.schedule(location, name)["scheduleState"]["id"])

    def runs(self, **tags: str) -> list[dict]:
        """The runs that carry these tags, newest first."""
        chosen = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
        return self.ask(_RUNS, filter=chosen)["runsOrError"]["results"]

    def ids(self, *words: str) -> list[int]:
        """The ids of this instance's processes on whose command line all these words stand."""
        found = []
        for each in processes(self.process.mark):
            try:
                line = Path(f"/proc/{each}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            except OSError:
                continue
            if all(word in line for word in words):
                found.append(each)
        return found


def _key(key) -> str:
    return "/".join(key["path"])


def _node(each):
    return {
        **each,
        "dependencies": sorted(_key(key) for key in each["dependencyKeys"]),
        "dependents": sorted(_key(key) for key in each["dependedByKeys"]),
    }


def _instigator(location, key, name):
    return {"repositoryLocationName": location, "repositoryName": "__repository__", key: name}


def _problem(answer) -> str:
    """What a location's error says, with its causes; "" for one that is loaded."""
    if answer is None or answer["__typename"] == "RepositoryLocation":
        return ""
    causes = [each["error"]["message"] for each in answer.get("errorChain", ())]
    return "\n".join([answer["__typename"], answer.get("message", ""), *causes])


_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
    __typename ... on PythonError { message errorChain { error { message } } } } } } } }"""
_RELOAD = """mutation ($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename
    ... on WorkspaceLocationEntry { locationOrLoadError { __typename
        ... on PythonError { message errorChain { error { message } } } } }
    ... on PythonError { message errorChain { error { message } } } } }"""
_ASSETS = """{ assetNodes { assetKey { path } dependencyKeys { path } dependedByKeys { path } groupName kinds opNames
    description isMaterializable isExecutable isObservable jobNames
    owners { ... on UserAssetOwner { email } ... on TeamAssetOwner { team } }
    tags { key value } repository { location { name } }
    freshnessPolicy: internalFreshnessPolicy { __typename ... on TimeWindowFreshnessPolicy { failWindowSeconds } }
    metadataEntries { label __typename ... on TableSchemaMetadataEntry { schema { columns { name type description } } }
        ... on TableColumnLineageMetadataEntry { lineage { columnName columnDeps { columnName assetKey { path } } } } }
    assetChecksOrError { ... on AssetChecks { checks { name description blocking } } } } }"""
_LAUNCH = """mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) { __typename
    ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } } ... on InvalidSubsetError { message }
    ... on PipelineNotFoundError { message } } }"""
_RUN = """query ($id: ID!) { runOrError(runId: $id) { __typename ... on Run { status runId jobName
    tags { key value } startTime endTime } } }"""
_EVENTS = """query ($id: ID!, $cursor: String) { logsForRun(runId: $id, afterCursor: $cursor) { __typename
    ... on EventConnection { cursor hasMore events { __typename
        ... on MessageEvent { message timestamp level eventType }
        ... on MaterializationEvent { assetKey { path } metadataEntries { label description __typename
            ... on IntMetadataEntry { intRepr } ... on FloatMetadataEntry { floatValue }
            ... on TextMetadataEntry { text } } }
        ... on AssetCheckEvaluationEvent { evaluation { checkName success severity assetKey { path }
            metadataEntries { label ... on TextMetadataEntry { text } ... on IntMetadataEntry { intRepr } } } }
        ... on ErrorEvent { error { message errorChain { error { message } } } }
        ... on ExecutionStepFailureEvent { failureMetadata { metadataEntries { label ... on TextMetadataEntry { text }
            ... on MarkdownMetadataEntry { mdStr } } } } } } } }"""
_TERMINATE = """mutation ($id: String!) { terminateRun(runId: $id) { __typename } }"""
_SCHEDULE = """query ($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) { __typename
    ... on Schedule { name cronSchedule executionTimezone pipelineName defaultStatus scheduleState { id status
        ticks(limit: 5) { status runIds } } } } }"""
_DRY_RUN = """mutation ($selector: ScheduleSelector!, $time: Float!) {
    scheduleDryRun(selectorData: $selector, timestamp: $time) { __typename ... on PythonError { message }
        ... on DryRunInstigationTick { timestamp evaluationResult { skipReason error { message }
            runRequests { runKey tags { key value } } } } } }"""
_STOP_SCHEDULE = """mutation ($id: String!) { stopRunningSchedule(id: $id) { __typename } }"""
_RUNS = """query ($filter: RunsFilter!) { runsOrError(filter: $filter) { __typename
    ... on Runs { results { runId status jobName tags { key value } } } } }"""
