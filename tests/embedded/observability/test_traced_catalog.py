"""Calls to a real catalog as spans: what they say, what counts as an error, and commits that are tried again."""

import pyarrow as pa
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError

from floe_sdk.observability import metrics
from floe_sdk.observability.spans import STATE
from floe_sdk.runtime.storage.traced_catalog import traced


@pytest.fixture
def catalog(tmp_path):
    made = SqlCatalog("floe", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")
    yield made
    made.close()


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    STATE.tracer = provider.get_tracer("test")
    yield exporter
    STATE.tracer = STATE.root = None


@pytest.fixture
def retries():
    """How many commits were tried again."""
    reader = InMemoryMetricReader()
    metrics.start(MeterProvider([reader], shutdown_on_exit=False).get_meter("test"), dict, dict)

    def count():
        data = reader.get_metrics_data()
        scopes = [scope for each in (data.resource_metrics if data else []) for scope in each.scope_metrics]
        found = [metric for scope in scopes for metric in scope.metrics if metric.name == metrics.COMMIT_RETRIES]
        return sum(point.value for metric in found for point in metric.data.data_points)

    yield count
    metrics.stop()


def test_calls_carry_the_attributes_of_databases(catalog, spans):
    traced(catalog)
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", pa.schema([("x", pa.int64())]))
    table.append(pa.table({"x": [1]}))
    done = {span.name: span for span in spans.get_finished_spans()}
    commit = done["catalog.commit_table"]
    assert "catalog.load_table" not in done, "what SqlCatalog itself calls while it commits is a part of the commit"
    assert dict(commit.attributes) == {
        "db.system.name": "iceberg",
        "db.namespace": "shop",
        "db.collection.name": "orders",
        "db.operation.name": "commit_table",
    }
    assert commit.kind.name == "CLIENT"
    assert dict(done["catalog.create_namespace"].attributes)["db.namespace"] == "shop"
    assert {span.status.status_code.name for span in done.values()} == {"UNSET"}


def test_that_a_table_is_not_there_is_an_answer_and_no_error(catalog, spans):
    traced(catalog)
    with pytest.raises(NoSuchTableError):
        catalog.load_table(("shop", "none"))
    (span,) = spans.get_finished_spans()
    assert span.status.status_code.name == "UNSET"
    assert span.attributes["db.response.status_code"] == "NoSuchTableError"
    with pytest.raises(TypeError):
        catalog.create_table(("shop", "wrong"))
    failed = spans.get_finished_spans()[-1]
    assert (failed.status.status_code.name, failed.attributes["error.type"]) == ("ERROR", "TypeError")


def test_a_commit_that_lost_a_race_and_is_tried_again_is_counted(catalog, spans, retries):
    catalog.create_namespace("shop")
    table = traced(catalog).create_table("shop.orders", pa.schema([("x", pa.int64())]))
    other = catalog.load_table("shop.orders")
    other.append(pa.table({"x": [2]}))
    assert retries() == 0
    table.append(pa.table({"x": [1]}))  # PyIceberg itself looks again and commits once more
    assert sorted(catalog.load_table("shop.orders").scan().to_arrow()["x"].to_pylist()) == [1, 2]
    commits = [span for span in spans.get_finished_spans() if span.name == "catalog.commit_table"]
    assert [span.status.status_code.name for span in commits] == ["UNSET", "ERROR", "UNSET"]
    assert retries() == 1


def test_without_telemetry_a_catalog_is_left_as_it_is(catalog):
    assert "commit_table" not in vars(traced(catalog))
