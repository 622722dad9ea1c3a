"""OpenLineage's facets as plain JSON, with the versions of the spec that each follows.

openlineage-python's classes would cost 0.6 s of imports for what is a dictionary; tests validate against the spec.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from floe_sdk.schemas.events import NodeFinished, NodeStatus, PublishedTable
from floe_sdk.schemas.graph import Column, Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Facet = dict[str, Any]
PRODUCER = f"https://floe.dev/floe-sdk/{version('floe-sdk')}"
_SPEC = "https://openlineage.io/spec"
EVENT_SCHEMA = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_JOB_TYPES = {NodeKind.UNIT_TEST: "TEST"}


def _facet(name: str, spec_version: str, /, **fields: Any) -> Facet:
    schema = f"{_SPEC}/facets/{spec_version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": schema, **fields}


def parent(run: Mapping[str, str], root: Mapping[str, str]) -> Facet:
    """`run` and `root` have the keys namespace, name and runId."""
    return _facet("ParentRunFacet", "1-2-0", **_link(run), root=_link(root))


def nominal_time(start: str) -> Facet:
    """When a scheduler meant the run to be."""
    return _facet("NominalTimeRunFacet", "1-0-1", nominalStartTime=start)


def _link(run: Mapping[str, str]) -> dict[str, Any]:
    return {"run": {"runId": run["runId"]}, "job": {"namespace": run["namespace"], "name": run["name"]}}


def processing_engine(name: str, engine_version: str, floe_version: str) -> Facet:
    """What ran the SQL."""
    return _facet(
        "ProcessingEngineRunFacet",
        "1-1-1",
        version=engine_version,
        name=name,
        openlineageAdapterVersion=floe_version,
    )


def error_message(message: str, stack: str = "") -> Facet:
    """Why it failed; the emitter redacts the whole event."""
    language = {"programmingLanguage": "PYTHON", "stackTrace": stack} if stack else {"programmingLanguage": "SQL"}
    return _facet("ErrorMessageRunFacet", "1-0-1", message=message, **language)


def extraction_error(total: int, problems: Mapping[str, str]) -> Facet:
    """Which columns (of `total`) have no lineage, and why."""
    errors = [{"errorMessage": reason, "task": task} for task, reason in problems.items()]
    return _facet("ExtractionErrorRunFacet", "1-1-2", totalTasks=total, failedTasks=len(errors), errors=errors)


def run_tags(**tags: str) -> Facet:
    """Tags of a run, by floe."""
    return _facet("TagsRunFacet", "1-0-0", tags=_tags(tags))


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value, "source": "FLOE"} for key, value in tags.items()]


def run_job_facets(description: str, owner: str | None) -> dict[str, Facet]:
    """Of the job that a whole run is."""
    return _job_facets("JOB", "FLOE", description, owner, ())


def node_job_facets(node: Node, owner: str | None, engine: str) -> dict[str, Facet]:
    """Of the job that a node is."""
    kind = _JOB_TYPES.get(node.kind, node.kind.name)
    return _job_facets(kind, engine.upper(), node.description, node.owner or owner, node.tags)


def _job_facets(
    kind: str, integration: str, description: str, owner: str | None, tags: Sequence[str]
) -> dict[str, Facet]:
    job_type = _facet("JobTypeJobFacet", "2-0-4", processingType="BATCH", integration=integration, jobType=kind)
    facets = {"jobType": job_type}
    if description:
        facets["documentation"] = _facet("DocumentationJobFacet", "1-1-0", description=description)
    if owner:
        facets["ownership"] = _facet("OwnershipJobFacet", "1-0-1", owners=[{"name": owner, "type": "owner"}])
    if tags:
        facets["tags"] = _facet("TagsJobFacet", "1-0-0", tags=_tags(dict.fromkeys(tags, "true")))
    return facets


def source_code(url: str, repository: str, path: str, commit: str, branch: str | None) -> Facet:
    """The file that a job was made from."""
    where = {"url": url, "repoUrl": repository, "path": path, "version": commit}
    return _facet("SourceCodeLocationJobFacet", "1-1-0", type="git", **where, **({"branch": branch} if branch else {}))


def sql(query: str, dialect: str) -> Facet:
    """The compiled SQL."""
    return _facet("SQLJobFacet", "1-1-0", query=query, dialect=dialect)


def schema(columns: Sequence[tuple[str, str]], descriptions: Mapping[str, str]) -> Facet:
    """The columns of a dataset."""
    fields = [
        {
            "name": name,
            **({"type": kind} if kind else {}),
            "ordinal_position": position,
            **({"description": descriptions[name]} if descriptions.get(name) else {}),
        }
        for position, (name, kind) in enumerate(columns, 1)
    ]
    return _facet("SchemaDatasetFacet", "1-2-0", fields=fields)


def documentation(description: str) -> Facet:
    """What a dataset is."""
    return _facet("DocumentationDatasetFacet", "1-1-0", description=description)


def ownership(owner: str) -> Facet:
    """Whose dataset it is."""
    return _facet("OwnershipDatasetFacet", "1-0-1", owners=[{"name": owner, "type": "owner"}])


def dataset_tags(tags: Iterable[str], columns: Iterable[Column]) -> Facet | None:
    """Tags of a dataset and of its columns; None without any."""
    all_tags = [{"key": tag, "value": "true", "source": "FLOE"} for tag in tags]
    all_tags += [
        {"key": tag, "value": "true", "source": "FLOE", "field": column.name}
        for column in columns
        for tag in column.tags
    ]
    return _facet("TagsDatasetFacet", "1-0-0", tags=all_tags) if all_tags else None


def dataset_version(snapshot_id: int) -> Facet:
    """The Iceberg snapshot."""
    return _facet("DatasetVersionDatasetFacet", "1-0-1", datasetVersion=str(snapshot_id))


def data_source(name: str, uri: str) -> Facet:
    """Where a dataset is."""
    return _facet("DatasourceDatasetFacet", "1-0-1", name=name, uri=uri)


def dataset_type(kind: str) -> Facet:
    """TABLE, VIEW or FILE."""
    return _facet("DatasetTypeDatasetFacet", "1-0-1", datasetType=kind)


def symlinks(namespace: str, name: str) -> Facet:
    """The identity of a table in its catalog, beside its physical name."""
    identifiers = [{"namespace": namespace, "name": name, "type": "TABLE"}]
    return _facet("SymlinksDatasetFacet", "1-0-1", identifiers=identifiers)


def storage() -> Facet:
    """How tables are stored."""
    return _facet("StorageDatasetFacet", "1-0-1", storageLayer="iceberg", fileFormat="parquet")


def catalog(kind: str, name: str, metadata_uri: str, warehouse_uri: str | None) -> Facet:
    """The catalog that knows a table."""
    warehouse = {"warehouseUri": warehouse_uri} if warehouse_uri else {}
    return _facet(
        "CatalogDatasetFacet",
        "1-1-0",
        framework="iceberg",
        type=kind,
        name=name,
        metadataUri=metadata_uri,
        **warehouse,
        source="floe",
    )


def lifecycle(operation: str) -> Facet | None:
    """What became of the dataset as such; rows that were added changed nothing of that."""
    change = {"create": "CREATE", "overwrite": "OVERWRITE"}.get(operation)
    return _facet("LifecycleStateChangeDatasetFacet", "1-0-1", lifecycleStateChange=change) if change else None


def output_statistics(published: PublishedTable) -> Facet:
    """What the commit wrote."""
    return _facet(
        "OutputStatisticsOutputDatasetFacet",
        "1-0-2",
        rowCount=published.rows,
        size=published.bytes,
        fileCount=published.files,
    )


def column_lineage(fields: Mapping[str, Any], dataset: Sequence[Any]) -> Facet:
    """Where columns come from."""
    return _facet("ColumnLineageDatasetFacet", "1-2-0", fields=dict(fields), dataset=list(dataset))


def _assertion(node: Node, event: NodeFinished) -> dict[str, Any]:
    test = node.test
    return {
        "assertion": (test.generic if test else None) or "custom_sql",
        "success": event.status is NodeStatus.SUCCESS,
        "severity": test.severity.value if test else "error",
        "name": node.name,
        **({"column": test.column} if test and test.column else {}),
        **({"description": node.description} if node.description else {}),
        **({"expected": "0", "actual": str(event.failures)} if event.failures is not None else {}),
    }


def assertions(node: Node, event: NodeFinished) -> Facet:
    """A test's answer, for the dataset that it tested."""
    return _facet("DataQualityAssertionsDatasetFacet", "1-1-0", assertions=[_assertion(node, event)])


def quality_metrics(node: Node, event: NodeFinished, rows: int) -> Facet:
    """How many rows a test looked at, and how many of them are null where it counted these."""
    test, columns = node.test, {}
    if test and test.column and test.generic == "not_null" and event.failures is not None:
        columns = {test.column: {"nullCount": event.failures}}
    return _facet("DataQualityMetricsInputDatasetFacet", "1-0-3", rowCount=rows, columnMetrics=columns)


def test_result(node: Node, event: NodeFinished) -> Facet:
    """A test's answer, for its own run; one that could not be executed has none."""
    answer = _assertion(node, event)
    kind, column = answer.pop("assertion"), answer.pop("column", None)
    status = "pass" if answer.pop("success") else "fail"
    params = {"params": {"column": column}} if column else {}
    return _facet("TestRunFacet", "1-0-1", tests=[{**answer, "type": kind, "status": status, **params}])
