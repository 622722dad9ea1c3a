"""Output ports are properties of tables in the catalog, and are found by them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from support.lineage import artifacts

from floe_sdk import FloeError, Node, NodeKind, Upstream
from floe_sdk.runtime.publishing.ports import marks_of, record_ports
from floe_sdk.schemas.session import ENVIRONMENT_PROPERTY, PORT_PROPERTY, PRODUCT_PROPERTY
from floe_sdk.schemas.spec import OutputPort

COLUMNS, ROWS = {"id": "long"}, [{"id": 1}]


def source(**upstream):
    named = Upstream(relation=("other", "t"), **upstream)
    return Node(id=f"source.p.{named}", name="other.t", kind=NodeKind.SOURCE, upstream=named)


def port(name="mart", product="customer-360"):
    return source(product=product, port=name)


@pytest.fixture
def publish(lake):
    """Publish a table as a product's port."""

    def publish(name, of="customer-360", as_port="mart", environment="dev"):
        namespace, table = name.split(".")
        marks = {PRODUCT_PROPERTY: of, ENVIRONMENT_PROPERTY: environment}
        lake.publisher.marks = {f"model.{table}": {**marks, **({PORT_PROPERTY: as_port} if as_port else {})}}
        lake.publisher.environment = "dev"
        return lake.publish(table, COLUMNS, ROWS, namespace=namespace)

    return publish


def found(lake, node):
    return ".".join(lake.publisher.upstream(node).table.name())


@pytest.mark.parametrize("name", ["customer_360.mart", "customer_360.mart_v2", "customer_360_marts.m", "elsewhere.x"])
def test_a_port_is_found_wherever_its_product_keeps_it(lake, publish, name):
    publish("customer_360.other", as_port="other")
    publish("shop.mart", of="shop")
    publish(name)
    assert found(lake, port()) == name


def test_of_several_environments_in_one_catalog_ones_own_is_taken(lake, publish):
    publish("customer_360_dev.mart")
    publish("customer_360_prod.mart", environment="prod")
    assert found(lake, port()) == "customer_360_dev.mart"


def test_that_of_another_environment_is_taken_where_there_is_no_other(lake, publish):
    publish("customer_360.mart", environment="prod")
    assert found(lake, port()) == "customer_360.mart"


def test_a_run_reads_one_snapshot_only(lake, publish):
    before = publish("customer_360.mart").table.current_snapshot().snapshot_id
    node = port()
    assert lake.publisher.upstream(node).table.current_snapshot().snapshot_id == before
    publish("customer_360.mart")
    assert lake.publisher.upstream(node).table.current_snapshot().snapshot_id == before


@pytest.mark.parametrize(
    ("node", "problem", "fix"),
    [
        (port("marts"), "no output port marts of the product customer-360", "did you mean mart?"),
        (port("zzzzz"), "no output port zzzzz", "its ports are mart, orders"),
        (port(product="customer-306"), "of the product customer-306", "did you mean customer-360?"),
        (port("raw", "shop"), "though it has the table shop.raw", "floe: {table: shop.raw}"),
        (port(product="zzz"), "of the product zzz", "run zzz first"),
        (source(table="customer_360.marts"), "no table customer_360.marts", "did you mean customer_360.mart?"),
        (source(table="customer.mart"), "no table customer.mart", "did you mean customer_360.mart?"),
        (source(table="q.z"), "no table q.z", "floe tables --all"),
    ],
    ids=lambda value: str(value.upstream) if isinstance(value, Node) else "",
)
def test_what_is_missing_is_said_with_the_nearest_name(lake, publish, node, problem, fix):
    publish("customer_360.mart")
    publish("customer_360.orders", as_port="orders")
    publish("shop.raw", of="shop", as_port=None)
    with pytest.raises(FloeError) as error:
        lake.publisher.upstream(node)
    assert error.value.code.id == "FLOE-K050"
    assert problem in error.value.problem
    assert fix in error.value.fix


def test_two_tables_of_one_port_are_named(lake, publish):
    publish("customer_360_a.mart")
    publish("customer_360_b.mart")
    with pytest.raises(FloeError, match=r"customer_360_a\.mart, customer_360_b\.mart"):
        lake.publisher.upstream(port())


def test_rows_that_another_engine_deleted_are_not_read(lake, publish):
    name = publish("customer_360.mart").table.name()
    metadata = Path(lake.catalog.load_table(name).metadata_location.removeprefix("file://"))
    written = metadata.with_name("99999-as-an-engine-with-merge-on-read.metadata.json")
    text = metadata.read_text()
    assert '"total-delete-files":"0"' in text
    written.write_text(text.replace('"total-delete-files":"0"', '"total-delete-files":"1"'))
    lake.catalog.drop_table(name)
    lake.catalog.register_table(name, f"file://{written}")
    with pytest.raises(FloeError) as error:
        lake.publisher.upstream(port())
    assert error.value.code.id == "FLOE-K051"


def with_ports(*names):
    columns = [{"name": "id", "type": "long"}]
    return artifacts().model_copy(
        update={"output_ports": tuple(OutputPort(name=name, schema=columns) for name in names)}
    )


def test_the_port_of_a_table_that_is_not_published_again_is_recorded_too(lake):
    lake.publish("orders", COLUMNS, ROWS)
    session = SimpleNamespace(publisher=lake.publisher)
    lake.publisher.published.clear()
    before = lake.catalog.load_table("shop.orders").current_snapshot()
    record_ports(with_ports("orders"), session)
    table = lake.catalog.load_table("shop.orders")
    assert table.properties[PORT_PROPERTY] == "orders"
    assert table.current_snapshot() == before
    written = table.metadata_location
    record_ports(with_ports("orders"), session)
    assert lake.catalog.load_table("shop.orders").metadata_location == written


def test_a_port_that_is_taken_back_goes_with_the_next_snapshot(lake):
    node = "model.shop.orders"
    for ports in (("orders",), ()):
        lake.publisher.marks = {"model.orders": marks_of(with_ports(*ports))[node]}
        lake.publish("orders", COLUMNS, ROWS)
    properties = lake.catalog.load_table("shop.orders").properties
    assert PORT_PROPERTY not in properties
    assert properties[PRODUCT_PROPERTY] == artifacts().metadata.product
