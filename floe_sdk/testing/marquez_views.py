"""What the events say, in the shape in which Marquez' API tells it: jobs, runs, datasets, column lineage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from floe_sdk.testing.traffic import Request

    Event = Mapping[str, Any]

_STATES = {"START": "RUNNING", "COMPLETE": "COMPLETED", "FAIL": "FAILED", "ABORT": "ABORTED"}
_PATH = re.compile(
    r"/api/v1/namespaces/(?P<namespace>[^/]+)/(?P<kind>jobs|datasets)(?:/(?P<name>[^/]+)(?P<runs>/runs)?)?"
)


class Views:
    """Answers GET requests of `/api/v1/...` from events."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = list(events)

    def answer(self, request: Request) -> Any:
        """The document, or None: there is nothing of this name."""
        if request.path == "/api/v1/namespaces":
            return {"namespaces": [{"name": name} for name in sorted({e["job"]["namespace"] for e in self._events})]}
        if request.path == "/api/v1/column-lineage":
            return self._column_lineage(request.query.get("nodeId", ""))
        match = _PATH.fullmatch(request.path)
        if match is None:
            return None
        namespace, name = unquote(match["namespace"]), unquote(match["name"] or "")
        if match["kind"] == "jobs":
            return self._jobs(namespace, name, runs=bool(match["runs"]))
        datasets = self._datasets(namespace)
        return datasets.get(name) if name else {"datasets": list(datasets.values()), "totalCount": len(datasets)}

    def _jobs(self, namespace: str, name: str, *, runs: bool) -> Any:
        jobs: dict[str, dict[str, dict[str, Any]]] = {}
        for event in self._events:
            if event["job"]["namespace"] == namespace:
                run_id, run_facets = event["run"]["runId"], event["run"].get("facets", {})
                run = {"id": run_id, "state": _STATES.get(event["eventType"], "RUNNING"), "facets": run_facets}
                jobs.setdefault(event["job"]["name"], {})[run_id] = run
        if name and name not in jobs:
            return None
        if runs:
            return {"runs": list(jobs[name].values()), "totalCount": len(jobs[name])}
        told = {each: self._job(namespace, each, runs) for each, runs in jobs.items()}
        return told[name] if name else {"jobs": list(told.values()), "totalCount": len(told)}

    def _job(self, namespace: str, name: str, runs: Mapping[str, Any]) -> dict[str, Any]:
        own = [event for event in self._events if _id(event["job"]) == (namespace, name)]
        sides = {side: sorted({_id(each) for event in own for each in event[side]}) for side in ("inputs", "outputs")}
        return {
            "id": {"namespace": namespace, "name": name},
            "name": name,
            "namespace": namespace,
            **{side: [{"namespace": space, "name": each} for space, each in ids] for side, ids in sides.items()},
            "latestRun": list(runs.values())[-1],
            "facets": own[-1]["job"].get("facets", {}),
        }

    def _all(self) -> Iterator[Mapping[str, Any]]:
        for event in self._events:
            yield from event["inputs"]
            yield from event["outputs"]

    def _datasets(self, namespace: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for each in self._all():
            if each["namespace"] != namespace:
                continue
            facets = {**found.get(each["name"], {}).get("facets", {}), **each.get("facets", {})}
            schema = facets.get("schema", {}).get("fields", [])
            fields = [{"name": one["name"], "type": one.get("type")} for one in schema]
            name = {"namespace": namespace, "name": each["name"]}
            found[each["name"]] = {"id": name, **name, "fields": fields, "facets": facets}
        return found

    def _column_lineage(self, node: str) -> Any:
        """The fields of one dataset, each with the fields that it is made from."""
        graph = []
        for each in self._all():
            lineage = each.get("facets", {}).get("columnLineage")
            if lineage is None or node != f"dataset:{each['namespace']}:{each['name']}":
                continue
            graph = [
                {
                    "id": f"datasetField:{each['namespace']}:{each['name']}:{name}",
                    "type": "DATASET_FIELD",
                    "data": {
                        "namespace": each["namespace"],
                        "dataset": each["name"],
                        "field": name,
                        "inputFields": [
                            {"namespace": one["namespace"], "dataset": one["name"], "field": one["field"]}
                            for one in field["inputFields"]
                        ],
                    },
                }
                for name, field in lineage["fields"].items()
            ]
        return {"graph": graph}


def _id(thing: Mapping[str, Any]) -> tuple[str, str]:
    return thing["namespace"], thing["name"]
