"""A product reads another's tables: from the catalog alone, at one snapshot, which lineage names."""

from __future__ import annotations

import json

from support.machines import CHURN, Machine


def test_rows_come_from_the_catalog_alone(second, lake):
    assert [row["customer"] for row in lake.rows("churn.at_risk")] == ["bob"]
    assert lake.rows("churn.totals") == [{"customers": 2, "orders": 2}]


def test_the_tests_of_such_sources_ran(second):
    tests = {each["job"]["name"]: each["eventType"] for each in second.lineage("churn") if each["eventType"] != "START"}
    assert tests.pop("churn") == "COMPLETE"
    assert set(tests.values()) == {"COMPLETE"}
    assert [part for part in ("not_null", "unique", "relationships", "pays_little") if part not in str(tests)] == []


def test_lineage_links_both_products_and_names_the_snapshot(first, second, lake):
    (made,) = first.complete("customer-360", "mart_customers")["outputs"]
    (read,) = second.complete("churn", "at_risk")["inputs"]
    assert (read["namespace"], read["name"]) == (made["namespace"], made["name"])
    assert read["facets"]["symlinks"]["identifiers"] == made["facets"]["symlinks"]["identifiers"]
    assert read["facets"]["symlinks"]["identifiers"][0]["name"] == "customer_360.mart_customers"
    assert read["facets"]["version"]["datasetVersion"] == made["facets"]["version"]["datasetVersion"]
    (output,) = second.complete("churn", "at_risk")["outputs"]
    (field,) = output["facets"]["columnLineage"]["fields"]["customer"]["inputFields"]
    assert (field["namespace"], field["name"], field["field"]) == (made["namespace"], made["name"], "customer")


def test_the_catalog_says_what_is_a_port(lake, first):
    mart, orders = (lake.load(f"customer_360.{name}").properties for name in ("mart_customers", "orders"))
    assert (mart["floe.product"], mart["floe.output-port"]) == ("customer-360", "mart_customers")
    assert "floe.output-port" not in orders


def test_the_next_run_reads_the_snapshot_that_is_current_then(first, second, lake):
    theirs, ours = lake.snapshot("customer_360.mart_customers"), lake.snapshot("churn.at_risk")
    second.floe("run", "churn", "--changed")
    assert lake.snapshot("churn.at_risk") == ours
    rows = "select * from (values ('ada', 120.5), ('bob', 3), ('eve', 2)) t(customer, paid)"
    (first.root / "customer-360" / "models" / "orders.sql").write_text(rows)
    first.floe("run", "customer-360")
    assert lake.snapshot("customer_360.mart_customers") != theirs
    second.floe("run", "churn", "--changed", "--select", "at_risk totals")
    assert [row["customer"] for row in lake.rows("churn.at_risk")] == ["bob", "eve"]
    assert lake.rows("churn.totals") == [{"customers": 3, "orders": 3}]
    (read,) = second.complete("churn", "at_risk")["inputs"]
    assert read["facets"]["version"]["datasetVersion"] == lake.snapshot("customer_360.mart_customers")


def test_a_plan_names_who_reads_a_column_in_another_product(first, second):
    """`paid` makes a column of churn.at_risk and decides on its rows; `totals` reads a view and no column."""
    model = first.root / "customer-360" / "models" / "mart_customers.sql"
    before = model.read_text()
    model.write_text("select customer, sum(paid)::decimal(9, 2) paid_eur from {{ ref('orders') }} group by 1")
    text = first.floe("plan", "customer-360", "--exit-code", code=11)
    (line,) = [each for each in text.splitlines() if each.startswith("breaking: ")]
    readers = line.partition("; read by ")[2]
    assert line.startswith("breaking: customer_360.mart_customers: column paid is renamed to paid_eur")
    assert "churn.at_risk.paid of the product churn, churn.at_risk of the product churn" in readers
    assert "at_risk.customer" not in readers
    model.unlink()
    text = first.floe("plan", "customer-360", "--json", code=0)
    (removed,) = json.loads(text)["removed"]
    assert removed["readers"] == ["churn.at_risk of the product churn", "churn.totals of the product churn"]
    model.write_text(before)
    assert "nothing has changed" in first.floe("plan", "customer-360")


MISSING = {
    "no_table": ("{table: customer_360.order}", "the catalog has no table customer_360.order", "customer_360.orders?"),
    "no_port": ("{product: customer-360, port: mart_customer}", "has no output port mart_customer", "mart_customers?"),
    "no_grant": (
        "{product: customer-360, port: orders}",
        "though it has the table customer_360.orders",
        "output_ports",
    ),
}


def test_what_is_missing_fails_who_reads_it_and_names_the_nearest(second, lake):
    tables = [f"{{name: {name}, meta: {{floe: {said}}}}}" for name, (said, _, _) in MISSING.items()]
    files = {f"models/m_{name}.sql": f"select * from {{{{ source('them', '{name}') }}}}" for name in MISSING}
    files["models/fine.sql"] = "select 1 as id"
    files["models/sources.yml"] = f"sources: [{{name: them, tables: [{', '.join(tables)}]}}]"
    second.product("lost", {"dbt_project.yml": CHURN["dbt_project.yml"].replace("churn", "lost"), **files})
    output = " ".join(second.floe("run", "lost", code=1).split())
    for _, problem, near in MISSING.values():
        assert problem in output
        assert near in output
    assert "FLOE-K050" in output
    assert lake.rows("lost.fine") == [{"id": 1}]


SOURCES = """\
sources:
  - name: a
    meta: {floe: {product: customer-360}}
    tables:
      - name: fine
      - name: text
        meta:
          floe: customer_360.orders
      - {name: one_part, meta: {floe: {table: orders}}}
      - {name: three_parts, config: {meta: {floe: {table: lake.customer_360.orders}}}}
      - {name: key, meta: {floe: {tabel: customer_360.orders}}}
      - {name: both, meta: {floe: {table: customer_360.orders, port: orders}}}
      - {name: files, meta: {floe: {port: x}, external_location: raw/x.csv}}
  - name: b
    schema: wrong
    tables:
      - {name: port_alone, meta: {floe: {port: orders}}}
      - {name: own, meta: {floe: {table: wrong.mart}}}
      - {name: mart, meta: {floe: {table: customer_360.orders}}}
"""
REFUSED = {
    8: "source a.text: `floe` is to be a mapping, not 'customer_360.orders'",
    9: "source a.one_part: `floe.table` is to be NAMESPACE.TABLE, not 'orders'",
    10: "source a.three_parts: `floe.table` is to be NAMESPACE.TABLE, not 'lake.customer_360.orders'",
    11: "source a.key: `floe` has no `tabel`",
    12: "source a.both: `floe` names a table and a product's port",
    13: "source a.files: it is a table of the catalog and files (`external_location`) at once",
    17: "source b.port_alone: `floe.port` needs the product whose port it is",
    18: "source b.own: wrong.mart is what this product publishes itself",
    19: "source b.mart: its name in SQL, wrong.mart, is also that of mart",
}


def test_what_is_malformed_is_refused_with_its_line(tmp_path):
    machine = Machine(tmp_path / "platform", tmp_path / "lake")
    project = CHURN["dbt_project.yml"].replace("churn", "wrong")
    files = {"dbt_project.yml": project, "models/sources.yml": SOURCES, "models/mart.sql": "select 1 as id"}
    machine.product("wrong", files)
    output = machine.floe("compile", "wrong", code=2)
    lines = [line.partition("sources.yml:")[2] for line in output.splitlines() if "sources.yml:" in line]
    shown = {int(line.split(":")[0]): line.partition("]: ")[2] for line in lines}
    assert shown == REFUSED


def test_freshness_of_such_a_source_is_checked(second):
    found = json.loads(second.floe("freshness", "churn", "--json"))["sources"]
    assert [(each["name"], each["status"], each["message"]) for each in found] == [
        ("customers.mart_customers", "pass", None)
    ]
    assert 0 <= found[0]["age_seconds"] < 60
