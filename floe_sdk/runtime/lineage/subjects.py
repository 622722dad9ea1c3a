"""The `run` and the `job` of an event: what is told of, on whose behalf, and from which file it is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk.runtime.lineage import facets
from floe_sdk.runtime.lineage.ids import Jobs, node_run_id, scheduled_for, scheduler_run
from floe_sdk.runtime.lineage.source_code import SourceCode

if TYPE_CHECKING:
    from floe_sdk.schemas.artifacts import CompiledArtifacts


class Subjects:
    """Those of one run: the run itself is `""`, the others are nodes by their ids."""

    def __init__(self, artifacts: CompiledArtifacts, run_id: str, product_root: Path) -> None:
        self._artifacts = artifacts
        self._nodes = artifacts.transforms.by_id()
        self._jobs = Jobs.of(artifacts)
        self._spec = product_root / "floe.yaml"
        self._project = Path(os.path.normpath(product_root / artifacts.transforms.root))
        self._code = SourceCode.of(self._project)
        self._run_ids = {"": run_id}
        self._of_run, self._of_nodes = self._run_facets(run_id)
        self._of_jobs: dict[str, dict[str, facets.Facet]] = {}

    @property
    def namespace(self) -> str:
        """That of all jobs."""
        return self._jobs.namespace

    def run(self, node_id: str) -> dict[str, Any]:
        """The run, which is the caller's to add facets to."""
        if node_id not in self._run_ids:
            self._run_ids[node_id] = node_run_id(self._run_ids[""], node_id)
        return {"runId": self._run_ids[node_id], "facets": dict(self._of_nodes if node_id else self._of_run)}

    def job(self, node_id: str) -> dict[str, Any]:
        """The job, as `run`."""
        name = self._jobs.nodes[node_id] if node_id else self._jobs.product
        if node_id not in self._of_jobs:
            self._of_jobs[node_id] = self._job_facets(node_id)
        return {"namespace": self._jobs.namespace, "name": name, "facets": dict(self._of_jobs[node_id])}

    def _run_facets(self, run_id: str) -> tuple[dict[str, facets.Facet], dict[str, facets.Facet]]:
        """Those of the run, and those that each of its nodes has."""
        parent, root = scheduler_run(os.environ)
        own = {"namespace": self._jobs.namespace, "name": self._jobs.product, "runId": run_id}
        common = self._common_facets()
        above = {"parent": facets.parent(parent, root or own)} if parent else {}
        return {**common, **above}, {**common, "parent": facets.parent(own, root or own)}

    def _common_facets(self) -> dict[str, facets.Facet]:
        metadata, graph = self._artifacts.metadata, self._artifacts.transforms
        nominal = scheduled_for(os.environ)
        return {
            **({"nominalTime": facets.nominal_time(nominal)} if nominal else {}),
            "processing_engine": facets.processing_engine(graph.engine, graph.engine_version, metadata.floe_version),
            "tags": facets.run_tags(
                environment=self._artifacts.environment,
                product=metadata.product,
                product_version=metadata.product_version,
                platform=metadata.platform,
            ),
        }

    def _job_facets(self, node_id: str) -> dict[str, facets.Facet]:
        metadata = self._artifacts.metadata
        if not node_id:
            return {**facets.run_job_facets(metadata.description, metadata.owner), **self._source_code(self._spec)}
        node = self._nodes[node_id]
        own = facets.node_job_facets(node, metadata.owner, self._artifacts.transforms.engine)
        return own | (self._source_code(self._project / node.path) if node.path else {})

    def _source_code(self, file: Path) -> dict[str, facets.Facet]:
        """Where a file is in the repository that this machine has checked out; nothing where it is in none."""
        path = self._code.path_of(file) if self._code else None
        if self._code is None or path is None:
            return {}
        code = self._code
        where = facets.source_code(code.url_of(path), code.address, path, code.commit, code.branch)
        return {"sourceCodeLocation": where}
