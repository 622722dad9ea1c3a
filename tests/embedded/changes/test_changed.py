"""`floe run --changed`: what runs after what kind of change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = {"unique_orders_id", "not_null_orders_id"}
ORDERS = "id,region,amount\n1,1,5\n2,2,7\n3,1,{}\n"


def test_nothing_changed_makes_no_snapshot_and_starts_no_engine(product, capfd):
    product.changed(capfd)  # compiles
    before = product.snapshots()
    code = (
        "import sys; from floe_sdk.cli.app import run; code = run(['run', sys.argv[1], '--changed']); "
        "assert 'dbt' not in sys.modules and 'duckdb' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, product.root], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "8 nodes left out" in done.stdout
    assert product.snapshots() == before


PROJECT = 'name: shop\nversion: "1.0"\nprofile: shop\nmodels: {{shop: {{+materialized: table, {}}}}}\n'
VIEW = "{{ config(materialized='view') }} "
JOIN = "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region)"
TOTALS = "select name, {}(amount)::bigint as amount from {{{{ ref('orders') }}}} group by name"
INCREMENT = (
    "{{ config(materialized='incremental') }} select id, amount from {{ ref('stg_orders') }} "
    "{% if is_incremental() %} where id >= (select max(id) from {{ this }}) {% endif %}"
)
TABLE = [
    ("sql", "models/totals.sql", TOTALS.format("max"), {"totals"}),
    ("comment", "models/totals.sql", "{# because #} " + TOTALS.format("sum"), set()),
    ("comments", "models/totals.sql", "{# a #}\n\n" + TOTALS.format("sum") + "  -- why\n/* how */", set()),
    ("comment in a view", "models/largest.sql", VIEW + "select max(amount) as most\n from {{ ref('totals') }}", set()),
    ("another's variable", "dbt_project.yml", PROJECT.format("") + "vars: {days: 3, shop: {weeks: 1}}\n", set()),
    ("upstream sql", "models/orders.sql", JOIN + " where true", {"orders", "totals", *TESTS}),
    ("seed", "seeds/regions.csv", "region,name\n1,north\n2,west\n", {"regions", "orders", "totals", *TESTS}),
    ("file", "raw/orders.csv", ORDERS.format(2), {"orders", "totals", "big", *TESTS}),
    (
        "view",
        "models/stg_orders.sql",
        VIEW + "select id, region, amount from {{ source('raw', 'orders') }}",
        {"stg_orders", "orders", "totals", "big", *TESTS},
    ),
    ("last view", "models/largest.sql", VIEW + "select min(amount) as most from {{ ref('totals') }}", {"largest"}),
    ("added", "models/added.sql", "select * from {{ ref('totals') }}", {"added"}),
    ("configuration", "dbt_project.yml", PROJECT.format('totals: {+pre-hook: "select 1"}'), {"totals"}),
    ("tags", "dbt_project.yml", PROJECT.format("+tags: [gold]"), set()),
    ("increment", "models/big.sql", INCREMENT, {"big"}),
    ("comments in an increment", "models/big.sql", "-- a\n{# b #}\n" + INCREMENT.replace(">=", "/* c */\n>"), set()),
]


@pytest.mark.parametrize(("name", "text", "ran"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_runs_after_a_change(product, capfd, name, text, ran):
    before = product.snapshots()
    product.put({name: text})
    assert product.changed(capfd)[0] == ran
    now = product.snapshots()
    built = {name for name in now if now[name] != before.get(name)}
    nothing_new = {"big"} - built  # an increment without rows commits nothing, and is current all the same
    assert built == ran - TESTS - {"stg_orders", "largest"} - nothing_new
    assert product.changed(capfd)[0] == set()


def test_a_file_that_was_only_touched_is_the_same(product, capfd):
    os.utime(product.root / "raw" / "orders.csv")
    assert product.changed(capfd)[0] == set()


def test_a_file_of_the_same_size_and_time_is_not(product, capfd):
    path = product.root / "raw" / "orders.csv"
    product.changed(capfd)
    before = path.stat()
    path.write_text(ORDERS.format(9))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert "orders" in product.changed(capfd)[0]


def test_another_machine_knows_what_was_built(product, capfd):
    before = product.snapshots()
    shutil.rmtree(product.state)
    shutil.rmtree(product.root / "target")
    ran, _ = product.changed(capfd)
    assert ran == {
        *TESTS,
        "largest",
    }  # what leaves nothing in the catalog: results of tests, a view that no table reads
    assert product.snapshots() == before
    assert product.changed(capfd)[0] == set()


def test_a_source_of_unknown_state_counts_as_changed_and_is_named(product, capfd):
    path = product.root / "models" / "schema.yml"
    path.write_text(
        path.read_text().replace("read_csv('raw/orders.csv')", "(select * from read_csv('raw/orders.csv'))")
    )
    product.changed(capfd)
    ran, text = product.changed(capfd)
    assert ran == {"orders", "totals", "big", *TESTS}
    assert "the state of source raw.orders is not known" in text


def test_one_table_that_cannot_be_read_stops_no_other(product, capfd):
    """The tables are listed, the plan is made, and a run builds what it can."""
    with product.catalog() as catalog:
        metadata = catalog.load_table(("shop", "orders")).metadata_location
    Path(metadata.removeprefix("file://")).write_text("{")
    code, text = product.floe(capfd, "tables", "--json")
    said = json.loads(text)
    assert {each["table"] for each in said["tables"]} == {"regions", "big", "totals"}
    assert [(each["code"], "shop.orders: " in each["problem"]) for each in said["errors"]] == [("FLOE-K012", True)]
    code, text = product.floe(capfd, "tables")
    assert (code, text.count("shop.orders"), "fix: restore it from a backup" in text) == (1, 2, True)
    planned, code = product.plan(capfd)
    actions = {each["name"]: each["action"] for each in planned["nodes"]}
    assert (code, actions["orders"], actions["totals"]) == (0, "unknown input", "unknown input")
    assert {"big", "regions"}.isdisjoint(actions)
    assert "FLOE-K012" in planned["unknown"]["orders"]
    code, text = product.floe(capfd, "run", "--changed")
    assert (code, "the table of orders can't be read" in text) == (1, True), text
    assert product.floe(capfd, "run", "--select", "big")[0] == 0


def test_a_failed_test_runs_again_and_holds_back_what_is_downstream(product, capfd):
    product.put({"raw/orders.csv": "id,region,amount\n1,1,5\n1,2,7\n"})
    assert product.floe(capfd, "run", "--changed")[0] == 1
    code, text = product.floe(capfd, "run", "--changed")
    assert code == 1
    assert "test unique_orders_id" in text
    assert "table orders" not in text
    product.put({"raw/orders.csv": ORDERS.format(1)})
    assert product.changed(capfd)[0] >= {"orders", "totals", *TESTS}


def test_it_narrows_a_selection(product, capfd):
    product.put({"raw/orders.csv": ORDERS.format(2)})
    assert product.changed(capfd, "--select", "big")[0] == {"big"}
    assert product.changed(capfd)[0] == {"orders", "totals", *TESTS}


UNIT = """
    unit_tests:
      - name: adds_up
        model: totals
        given:
          - {{input: ref('orders'), rows: [{{name: north, amount: 1}}, {{name: north, amount: 2}}]}}
        expect: {{rows: [{{name: north, amount: {}}}]}}
"""


def test_a_unit_test_runs_with_its_model_and_then_is_current(product, capfd):
    product.put({"models/unit.yml": UNIT.format(3)})
    plan, _ = product.plan(capfd)
    assert [(each["name"], each["action"], each["because"]) for each in plan["nodes"]] == [
        ("totals", "downstream", ["adds_up"])
    ]
    assert plan["tests"] == ["adds_up"]
    code, text = product.floe(capfd, "run", "--changed")
    assert code == 0
    assert "1/2 OK    test adds_up" in text
    assert "2/2 OK    table totals" in text
    assert product.changed(capfd)[0] == set()
    plan, code = product.plan(capfd, "--exit-code")
    assert (plan["nodes"], plan["tests"], code) == ([], [], 0)


def test_a_unit_test_that_fails_runs_again(product, capfd):
    product.put({"models/unit.yml": UNIT.format(4)})
    for _ in range(2):
        code, text = product.floe(capfd, "run", "--changed")
        assert code == 1
        assert "FAIL  " in text
        assert "SKIP  table totals" in text
    product.put({"models/unit.yml": UNIT.format(3)})
    assert product.changed(capfd)[0] == {"totals"}
    assert product.changed(capfd)[0] == set()


def test_on_another_machine_the_table_vouches_for_its_unit_test(product, capfd):
    product.put({"models/unit.yml": UNIT.format(3)})
    product.changed(capfd)
    shutil.rmtree(product.state)
    assert product.changed(capfd)[0] == {*TESTS, "largest"}
