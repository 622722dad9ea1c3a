"""A client of Marquez' API, for what a catalog of data would show of a run."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

ADDRESS = "FLOE_TEST_OPENLINEAGE_URL"


class Marquez:
    """Asks the server at `uri` what it knows. A server that is busy gets a few seconds."""

    def __init__(self, uri):
        self.uri = uri.rstrip("/").removesuffix("/api/v1/lineage")

    def namespaces(self):
        return {each["name"] for each in self._get("namespaces", limit=1000)["namespaces"]}

    def jobs(self, namespace):
        """By name."""
        return {each["name"]: each for each in self._get("namespaces", namespace, "jobs", limit=1000)["jobs"]}

    def name_of(self, namespace, job, parent):
        """The name under which a job is known: some releases put the parent's before it."""
        known = self.jobs(namespace)
        return next((each for each in (job, f"{parent}.{job}") if each in known), job)

    def job(self, namespace, name):
        return self._get("namespaces", namespace, "jobs", name)

    def runs(self, namespace, job):
        return self._get("namespaces", namespace, "jobs", job, "runs", limit=1000)["runs"]

    def dataset(self, namespace, name):
        return self._get("namespaces", namespace, "datasets", name)

    def columns(self, namespace, name):
        """The columns of a dataset, each with (dataset, column) of what it is made from."""
        graph = self._get("column-lineage", nodeId=f"dataset:{namespace}:{name}", depth=1)["graph"]
        own = f"datasetField:{namespace}:{name}:"
        return {
            each["id"][len(own) :]: {(one["dataset"], one["field"]) for one in (each["data"] or {})["inputFields"]}
            for each in graph
            if each["id"].startswith(own)
        }

    def wait_for(self, namespace, job, state, seconds=20):
        """The last run of a job, once it is in this state."""
        deadline = time.monotonic() + seconds
        while True:
            runs = self.runs(namespace, job)
            if runs and runs[0]["state"] == state:
                return runs[0]
            assert time.monotonic() < deadline, runs
            time.sleep(0.2)

    def _get(self, *path, **query):
        url = f"{self.uri}/api/v1/{'/'.join(quote(each, safe='') for each in path)}"
        with urllib.request.urlopen(f"{url}?{urlencode(query)}" if query else url, timeout=30) as answer:
            return json.load(answer)
