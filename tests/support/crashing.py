"""A product whose runs are killed, and what has to be true of it then; its engine is a small installed package."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from pyiceberg.catalog.sql import SqlCatalog

from support.workspace import MANIFEST, SPEC, Workspace

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = '''
    """A transform that publishes rows written with PyArrow through the run's session, as a compute would.

    models.json is a list of {name, kind, generation}: `table` holds rows of its generation and replaces the table,
    `incremental` adds the ids that the table lacks.
    """
    import hashlib, json
    from datetime import datetime, timezone
    import floe_sdk
    from floe_sdk import (
        Graph, Materialization, Node, NodeFinished, NodeKind, NodeStarted, NodeStatus, PluginConfig, TransformResult,
        fault, hookimpl,
    )

    class Transform:
        @hookimpl
        def transform_fingerprint(self, request):
            return hashlib.sha256((request.project_dir / "models.json").read_bytes()).hexdigest()

        @hookimpl
        def transform_graph(self, request):
            nodes = [
                Node(
                    id=f"model.shop.{model['name']}", name=model["name"], kind=NodeKind.MODEL, package="shop",
                    materialization=Materialization(model["kind"]), namespace=request.namespace, table=model["name"],
                    path=f"models/{model['name']}.sql",
                )
                for model in json.loads((request.project_dir / "models.json").read_text())
            ]
            nodes.sort(key=lambda node: node.id)
            return Graph(
                name="shop", engine="shelf", engine_version="1", nodes=tuple(nodes),
                project_hash=self.transform_fingerprint(request),
            )

        @hookimpl
        def transform_run(self, request, session, listener):
            models = json.loads((request.project_dir / "models.json").read_text())
            listener.planned(tuple(f"model.shop.{model['name']}" for model in models))
            for model in models:
                name, started = f"model.shop.{model['name']}", datetime.now(timezone.utc)
                listener.node_started(NodeStarted(name, started))
                status, message = NodeStatus.SUCCESS, ""
                try:
                    publish(session, name, model)
                except floe_sdk.FloeError as error:
                    status, message = NodeStatus.ERROR, error.render()
                now = datetime.now(timezone.utc)
                listener.node_finished(NodeFinished(name, status, started, now, message=message))
            return TransformResult(success=True)

    def publish(session, node_id, model):
        import pyarrow as pa
        import pyarrow.parquet as pq
        from pyiceberg.io.pyarrow import schema_to_pyarrow
        from pyiceberg.schema import Schema
        from pyiceberg.types import LongType, NestedField, StringType

        table, generation = model["name"], model["generation"]
        publication = session.publisher.begin(session.namespace, table, node_id)
        append = model["kind"] == "incremental" and publication.current is not None
        ids = range(100 * generation) if model["kind"] == "incremental" else range(50)
        if append:
            assert publication.current.files
            known = set(publication.current.table.scan().to_arrow()["id"].to_pylist())
            ids = [each for each in ids if each not in known]
        rows = [{"id": each, "text": f"{table} {each if append or len(ids) != 50 else generation}"} for each in ids]
        columns = Schema(NestedField(1, "id", LongType(), required=False),
                         NestedField(2, "text", StringType(), required=False))
        try:
            schema = schema_to_pyarrow(publication.prepare(columns, () if append else None))
            with pq.ParquetWriter(publication.new_file().removeprefix("file://"), schema) as writer:
                for start in range(0, len(rows), 20):
                    writer.write_table(pa.Table.from_pylist(rows[start : start + 20], schema))
                    if start:
                        fault("during-copy", node_id)
            publication.commit(len(rows))
        except BaseException:
            publication.abandon()
            raise

    class Compute:
        @hookimpl
        def compute_profile(self, namespace):
            return {"type": "shelf", "schema": namespace}

        @hookimpl
        def compute_query(self, request):
            raise RuntimeError("not asked here")
'''
PLUGINS = {"compute/shelf": "Compute", "transform/shelf": "Transform"}
PLATFORM = {
    "plugins": {
        "compute": {"type": "shelf"},
        "transform": {"type": "shelf"},
        "catalog": {"type": "sql"},
        "storage": {"type": "local"},
    },
    "observability": {"lineage": {"transport": "file"}, "tracing": {"exporter": "none"}},
}


class Shelf(Workspace):
    """The product on disk. `site` has the engine installed."""

    def set_up(self, models, *, recovery="strict"):
        """Write the documents for `models`: {name: (kind, generation)}."""
        plain = [{"name": name, "kind": kind, "generation": number} for name, (kind, number) in models.items()]
        governance = {"policy_enforcement_level": "off", "stale_table_recovery_mode": recovery}
        self.write(manifest={**PLATFORM, "governance": governance}, models=plain)


class Evidence:
    """What bare PyIceberg and the folder say about a platform at `root` and its product at `product`.

    `uri` is the catalog's database, where it isn't the platform's own. A subclass says where tables are otherwise:
    `catalog` and `stored`.
    """

    def __init__(self, root: Path, product: Path, namespace: str = "shop", uri: str | None = None) -> None:
        self.folder = root / ".floe" / "dev"
        self.warehouse = self.folder / "warehouse"
        self.state = product / ".floe"
        self.namespace, self.uri = namespace, uri
        self._reachable: dict[str, set[str]] = {}

    def catalog(self):
        """Bare PyIceberg's."""
        uri = self.uri or f"sqlite:///{self.folder}/catalog.db"
        return SqlCatalog("floe", uri=uri, warehouse=f"file://{self.warehouse}")

    def stored(self):
        """The URIs of all that is where tables are."""
        return {f"file://{path}" for path in self.warehouse.rglob("*") if path.is_file()}

    def each(self):
        catalog = self.catalog()
        try:
            for identifier in sorted(catalog.list_tables(self.namespace)):
                yield identifier[-1], catalog.load_table(identifier)
        finally:
            catalog.close()

    def tables(self):
        """Every row of every table."""
        rows = {name: table.scan().to_arrow().to_pylist() for name, table in self.each()}
        return {name: sorted(each, key=str) for name, each in rows.items()}

    def unreferred(self):
        """What is stored and no snapshot and no table refers to."""
        known = set()
        for _, table in self.each():
            known |= _metadata_files(table)
            for snapshot in table.snapshots():
                known |= self._of_manifest_list(snapshot, table.io)
        return sorted(self.stored() - known)

    def _of_manifest_list(self, snapshot, io):
        """It and what it leads to; these files never change."""
        if snapshot.manifest_list not in self._reachable:
            known = {snapshot.manifest_list}
            for manifest in snapshot.manifests(io):
                if manifest.manifest_path not in self._reachable:
                    entries = manifest.fetch_manifest_entry(io, discard_deleted=False)
                    self._reachable[manifest.manifest_path] = {entry.data_file.file_path for entry in entries}
                known |= {manifest.manifest_path, *self._reachable[manifest.manifest_path]}
            self._reachable[snapshot.manifest_list] = known
        return self._reachable[snapshot.manifest_list]

    def lineage(self):
        path = self.state / "lineage.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def seconds_from_first_node(self):
        """From the last run's first node to its end."""
        last = self.lineage()[-1]
        run = last["run"]["runId"]
        nodes = [
            each for each in self.lineage() if each["run"]["facets"].get("parent", {}).get("run", {}) == {"runId": run}
        ]
        started = min(datetime.fromisoformat(each["eventTime"].replace("Z", "+00:00")) for each in nodes)
        return (datetime.fromisoformat(last["eventTime"].replace("Z", "+00:00")) - started).total_seconds()

    def check_lineage(self):
        """One START and one end for everything, in this order, and the run's end after those of its nodes."""
        events: dict[str, list[str]] = {}
        ends: list[tuple[str, str]] = []
        for event in self.lineage():
            run = event["run"]
            events.setdefault(run["runId"], []).append(event["eventType"])
            if event["eventType"] != "START":
                ends.append((run["runId"], run["facets"].get("parent", {}).get("run", {}).get("runId", "")))
        ok = (["START", "COMPLETE"], ["START", "FAIL"], ["START", "ABORT"])
        wrong = {run: kinds for run, kinds in events.items() if kinds not in ok}
        assert not wrong, wrong
        order = {run: number for number, (run, _) in enumerate(ends)}
        assert all(order[run] < order[parent] for run, parent in ends if parent)

    def open_starts(self):
        """STARTs on disk, told or not, that have no end; by the name of the job."""
        spooled = [json.loads(line) for path in (self.state / "spool").glob("*/*.jsonl") for line in _whole_lines(path)]
        ended = {event["run"]["runId"] for event in spooled if event["eventType"] != "START"}
        return sorted(event["job"]["name"] for event in spooled if event["run"]["runId"] not in ended)

    def journals(self):
        return [path.name for path in (self.state / "runs").glob("*.files")]

    def private(self):
        folder = self.state / "private"
        return sorted(folder.iterdir()) if folder.exists() else []


def _metadata_files(table):
    """The metadata files of all that the table was: each remembers a hundred, and the oldest of these its own."""
    known, oldest, log = {table.metadata_location}, None, [each.metadata_file for each in table.metadata.metadata_log]
    while log and log[0] != oldest:
        known |= set(log)
        oldest = log[0]
        with table.io.new_input(oldest).open() as stream:
            document = json.loads(stream.read())
        log = [each["metadata-file"] for each in document.get("metadata-log", ())]
    return known


def _whole_lines(path):
    return [line for line in path.read_text().split("\n")[:-1] if line.startswith("{")]


__all__ = ["ENGINE", "MANIFEST", "PLUGINS", "SPEC", "Evidence", "Shelf"]
