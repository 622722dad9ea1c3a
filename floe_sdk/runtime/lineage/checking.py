"""Events held against OpenLineage's own JSON Schemas, and against what may follow what."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.lineage import VALIDATOR_MISSING
from floe_sdk.runtime.lineage.spool_file import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Event = Mapping[str, Any]

_SPEC = Path(__file__).parent / "spec"
_HOME = "https://openlineage.io/spec/"
_EVENT = f"{_HOME}2-0-2/OpenLineage.json#/$defs/RunEvent"
_HOLDERS = ("facets", "inputFacets", "outputFacets")


class SpecChecker:
    """What is wrong with an event by the spec: the event itself, and each facet by the file that it names.

    Raises FloeError (FLOE-L001) where jsonschema is not installed. Facets that are nobody's but their producer's are
    checked for what the spec asks of every facet.
    """

    def __init__(self) -> None:
        try:
            from jsonschema import Draft202012Validator
            from referencing import Registry, Resource
        except ImportError:
            raise FloeError(VALIDATOR_MISSING, VALIDATOR_MISSING.cause, fix=VALIDATOR_MISSING.remedy) from None
        files = [json.loads(path.read_bytes()) for path in sorted(_SPEC.rglob("*.json"))]
        self._schemas = {file["$id"]: file for file in files}
        resources = ((key, Resource.from_contents(schema)) for key, schema in self._schemas.items())
        self._registry: Any = Registry().with_resources(resources)
        self._validator = Draft202012Validator
        self._made: dict[str, Any] = {}

    def problems(self, event: Event) -> list[str]:
        """One line each; none for an event that is valid."""
        found = list(self._invalid(_EVENT, event, "event"))
        if found:
            return found
        found += _wrong_time(event)
        holders = {"run": event["run"], "job": event["job"]}
        for kind in ("inputs", "outputs"):
            holders |= {f"{kind}[{number}]": each for number, each in enumerate(event.get(kind) or ())}
        for where, holder in holders.items():
            for kind in _HOLDERS:
                for name, facet in (holder.get(kind) or {}).items():
                    found += self._facet(name, facet, f"{where}.{kind}.{name}")
        return found

    def _facet(self, name: str, facet: Mapping[str, Any], where: str) -> Iterator[str]:
        reference = facet["_schemaURL"]
        file, _, _ = reference.partition("#")
        if file in self._schemas:
            yield from self._invalid(reference, facet, where)
        elif reference.startswith(_HOME):
            yield f"{where}: {file} is not a file of the spec that is known here"
            return
        names = self._schemas.get(file, {}).get("properties")  # the event's own file has none: RunFacet, BaseFacet, ...
        if names is not None and name not in names:
            yield f"{where}: {name} is not the name of the facet of {file}"
        elif names is None and "_" not in name:
            yield f"{where}: a facet that is not the spec's has its producer's prefix (`prefix_name`)"

    def _invalid(self, reference: str, data: Any, where: str) -> Iterator[str]:
        from referencing.exceptions import Unresolvable

        try:
            for error in self._of(reference).iter_errors(data):
                path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
                yield f"{where}{path}: {error.message[:300]}"
        except Unresolvable:
            yield f"{where}: {reference} is no place in the spec"

    def _of(self, reference: str) -> Any:
        if reference not in self._made:
            checks = self._validator.FORMAT_CHECKER
            self._made[reference] = self._validator({"$ref": reference}, registry=self._registry, format_checker=checks)
        return self._made[reference]


def _wrong_time(event: Event) -> list[str]:
    """The format, which jsonschema checks with another package only."""
    try:
        moment = datetime.fromisoformat(str(event["eventTime"]).replace("Z", "+00:00"))
    except ValueError:
        return [f"event.eventTime: {event['eventTime']!r} is no date and time"]
    return [] if moment.tzinfo else [f"event.eventTime: {event['eventTime']!r} has no time zone"]


class StateMachine:
    """What is wrong with the order of events: START before the end, one of each, the parent known and not ended.

    `known` are ids of runs that others have started; with `strangers` a parent that is its own root may be another such
    run. An event that comes again, as after a lost answer, is no fault.
    """

    def __init__(self, known: Iterable[str] = (), *, strangers: bool = False) -> None:
        self._known, self._strangers = set(known), strangers
        self._states: dict[str, list[str]] = {}
        self._seen: set[str] = set()
        self._parents: dict[str, str] = {}
        self._jobs: dict[str, tuple[str, str]] = {}
        self.repeated = 0

    def problems(self, event: Event) -> list[str]:
        """Take the next event; one line for each fault."""
        text = json.dumps(event, sort_keys=True)
        if text in self._seen:
            self.repeated += 1
            return []
        self._seen.add(text)
        run_id, kind = event["run"]["runId"], event.get("eventType", "OTHER")
        job = (event["job"]["namespace"], event["job"]["name"])
        who, states = f"{job[1]} ({run_id})", self._states.setdefault(run_id, [])
        found = []
        if self._jobs.setdefault(run_id, job) != job:
            found.append(f"{who}: the run was {self._jobs[run_id][1]} before")
        if kind == "START" and states:
            found.append(f"{who}: a second START")
        if kind != "START" and not states:
            found.append(f"{who}: {kind} without a START")
        if (ended := TERMINAL.intersection(states)) and kind != "OTHER":
            found.append(f"{who}: {kind} after {', '.join(ended)}")
        states.append(kind)
        return found + self._parent(event, run_id, kind, who)

    def _parent(self, event: Event, run_id: str, kind: str, who: str) -> list[str]:
        facet = event["run"].get("facets", {}).get("parent")
        if facet is None:
            return []
        parent, root = facet["run"]["runId"], facet.get("root", {}).get("run", {}).get("runId")
        if self._parents.setdefault(run_id, parent) != parent:
            return [f"{who}: its parent was {self._parents[run_id]} and is {parent}"]
        states = self._states.get(parent)
        if states is None:
            fine = parent in self._known or (self._strangers and parent == root)
            return [] if fine else [f"{who}: its parent {parent} is not known"]
        return [f"{who}: {kind} after its parent's end"] if TERMINAL.intersection(states) else []

    def open(self) -> list[str]:
        """The runs that have no end yet."""
        left = [run for run, states in self._states.items() if not TERMINAL.intersection(states)]
        return [f"{self._jobs[run][1]} ({run}): no end" for run in left]


class Checker:
    """Both, over a sequence of events."""

    def __init__(self, known: Iterable[str] = (), *, strangers: bool = False) -> None:
        self.states = StateMachine(known, strangers=strangers)

    @cached_property
    def _spec(self) -> SpecChecker:
        return SpecChecker()

    def problems(self, event: Event) -> list[str]:
        """What is wrong with the next event; the order of one that is invalid is not looked at."""
        return self._spec.problems(event) or self.states.problems(event)
