"""A product whose run can be told event by event, what it leaves on disk, and the judge of its events."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone

from floe_sdk import LineageEmitter
from floe_sdk.runtime.lineage.checking import SpecChecker
from floe_sdk.schemas.artifacts import ArtifactMetadata, CompiledArtifacts
from floe_sdk.schemas.enforcement import Enforcement
from floe_sdk.schemas.events import (
    NodeFinished,
    NodeStarted,
    NodeStatus,
    PublishedTable,
    RunFinished,
    RunStarted,
    RunStatus,
)
from floe_sdk.schemas.governance import ResolvedGovernance
from floe_sdk.schemas.graph import Column, Graph, Materialization, Node, NodeKind, Severity, TestInfo
from floe_sdk.schemas.observability import ObservabilityConfig

RUN_ID = "01a2093d-8faf-707b-a4e7-92b4c65ff08e"
NEXT = "01a2093d-9000-7000-8000-000000000002"
BEGAN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

NODES = (
    Node(
        id="source.shop.raw.orders",
        name="raw.orders",
        kind=NodeKind.SOURCE,
        namespace="raw",
        table="orders",
        source_location="read_csv('raw/orders.csv', header = true)",
        columns=(Column(name="id", description="Identifies it."), Column(name="amount"), Column(name="region")),
    ),
    Node(
        id="seed.shop.regions",
        name="regions",
        kind=NodeKind.SEED,
        materialization=Materialization.SEED,
        namespace="shop",
        table="regions",
        path="seeds/regions.csv",
    ),
    Node(
        id="model.shop.stg_orders",
        name="stg_orders",
        kind=NodeKind.MODEL,
        materialization=Materialization.VIEW,
        namespace="shop",
        table="stg_orders",
        depends_on=("source.shop.raw.orders",),
    ),
    Node(
        id="model.shop.orders",
        name="orders",
        kind=NodeKind.MODEL,
        materialization=Materialization.TABLE,
        namespace="shop",
        table="orders",
        description="Every order.",
        owner="orders@example.com",
        tags=("gold",),
        columns=(Column(name="id", description="Identifies it.", tags=("key",)),),
        depends_on=("model.shop.stg_orders", "seed.shop.regions"),
    ),
    Node(
        id="test.shop.unique_orders_id.abc",
        name="unique_orders_id",
        kind=NodeKind.TEST,
        materialization=Materialization.TEST,
        depends_on=("model.shop.orders",),
        test=TestInfo(generic="unique", column="id", tested="model.shop.orders", severity=Severity.ERROR),
    ),
)
SQL = {
    "model.shop.stg_orders": "select * from read_csv('raw/orders.csv', header = true)",
    "model.shop.orders": """
        select o.id, o.amount * 100 as cents, r.name
        from "floe"."shop"."stg_orders" o join "floe"."shop"."regions" r using (region)""",
    "test.shop.unique_orders_id.abc": 'select id from "floe"."shop"."orders" group by id having count(*) > 1',
}
COLUMNS = {
    "regions": (("region", "int"), ("name", "string")),
    "orders": (("id", "int"), ("cents", "int"), ("name", "string")),
}


def artifacts(**lineage):
    """The product `shop` of the platform `acme`, with lineage on."""
    return CompiledArtifacts(
        metadata=ArtifactMetadata(
            product="shop",
            product_slug="shop",
            product_version="1.2.3",
            description="What is sold.",
            owner="team@example.com",
            platform="acme",
            platform_version="1",
            platform_root="..",
            manifest="../manifest.yaml",
            floe_version="0.1.0",
            project_hash="x",
        ),
        environment="staging",
        namespace="shop",
        plugins=(),
        transforms=Graph(name="shop", engine="dbt", engine_version="1.11.0", project_hash="x", nodes=NODES),
        profiles={},
        governance=ResolvedGovernance(),
        enforcement=Enforcement(level="warn"),
        observability=ObservabilityConfig.model_validate({"lineage": {"enabled": True, **lineage}}),
    )


def at(seconds):
    return BEGAN + timedelta(seconds=seconds)


def started(run_id=RUN_ID):
    return RunStarted(run_id, "shop", "staging", BEGAN)


def ended(status, message="", run_id=RUN_ID):
    return RunFinished(run_id, "shop", "staging", status, BEGAN, at(60), message=message)


def node_started(name):
    return NodeStarted(node_id(name), at(1))


def node_finished(name, status=NodeStatus.SUCCESS, message="", failures=None, sql=None):
    identity = node_id(name)
    columns = COLUMNS.get(name, ())
    published = None
    if columns and status is NodeStatus.SUCCESS:
        location = f"file:///lake/shop/{name}"
        published = PublishedTable("shop", name, location, 7000000000000000001, 3, 900, 1, 3, columns)
    return NodeFinished(
        node_id=identity,
        status=status,
        started_at=at(1),
        finished_at=at(2),
        message=message,
        failures=failures,
        compiled_sql=sql or SQL.get(identity),
        published=published,
    )


def node_id(name):
    return next(node.id for node in NODES if node.name == name)


class Judge:
    """Holds events against the spec, and against the version of it that floe says it follows."""

    def __init__(self) -> None:
        self._spec = SpecChecker()

    def check(self, event) -> None:
        assert self._spec.problems(event) == []
        assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"


def judge():
    return Judge()


def check_states(events) -> None:
    """Each run has one START, then exactly one end; the run's own end is the last event of all."""
    states: dict[str, list[str]] = {}
    for event in events:
        states.setdefault(event["run"]["runId"], []).append(event["eventType"])
    for run_id, kinds in states.items():
        assert kinds[0] == "START", (run_id, kinds)
        assert len(kinds) == 2, (run_id, kinds)
        assert kinds[1] in ("COMPLETE", "FAIL", "ABORT"), (run_id, kinds)
    assert events[-1]["run"]["runId"] == events[0]["run"]["runId"]


def emitter(folder, run_id, **sinks):
    return LineageEmitter(artifacts(), run_id, state_dir=folder, product_root=folder, sinks=sinks)


def tell(one, run_id):
    one.emit_start(started(run_id))
    one.emit_end(node_finished("regions"))
    one.emit_end(ended(RunStatus.SUCCESS, run_id=run_id))


def spooled(folder):
    return sorted(path.name for path in spool(folder).iterdir() if path.suffix in (".jsonl", ".done"))


def spool(folder):
    return folder / "spool" / "staging"


def refuse_to_answer(event):
    raise ConnectionRefusedError("nobody there")


class Moody:
    """A sink that raises what it is told to, in turn; `taken` is what got through."""

    def __init__(self, *moods):
        self.moods, self.taken, self.asked, self.at = list(moods), [], [], []

    def __call__(self, event):
        self.asked.append(event)
        self.at.append(time.monotonic())
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood
        self.taken.append(event)


def events_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]
