"""`floe plan`: what it says of each kind of change, and how it ends."""

from __future__ import annotations

import json
import shutil

import pytest

from floe_sdk.cli.app import run as run_command

TOTALS = "select {} from {{{{ ref('orders') }}}} group by name"
JOIN = "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region)"
VIEW = "{{ config(materialized='view') }} "


def actions(plan):
    return {node["name"]: node["action"] for node in plan["nodes"]}


def node(plan, name):
    return next(each for each in plan["nodes"] if each["name"] == name)


def columns(plan, name):
    found = node(plan, name)["columns"]
    return {each["column"]: (each["change"], each["breaking"], tuple(each["readers"])) for each in found}


def test_nothing_has_changed(product, capfd):
    before = product.snapshots()
    plan, code = product.plan(capfd, "--exit-code")
    assert (plan["nodes"], plan["removed"], plan["changed"], code) == ([], [], False, 0)
    assert "nothing has changed: 6 nodes left out" in product.floe(capfd, "plan")[1]
    assert product.snapshots() == before


TABLE = [
    ("added", {"models/new.sql": "select 1 as one"}, {"new": "added"}, 10),
    (
        "sql",
        {"models/orders.sql": JOIN + " where true"},
        {"orders": "changed", "totals": "downstream"},
        10,
    ),
    (
        "file",
        {"raw/orders.csv": "id,region,amount\n1,1,6\n"},
        dict.fromkeys(("big", "orders"), "input changed") | {"totals": "downstream"},
        10,
    ),
    (
        "seed",
        {"seeds/regions.csv": "region,name\n1,x\n"},
        {"regions": "changed", "orders": "downstream", "totals": "downstream"},
        10,
    ),
    ("view", {"models/largest.sql": VIEW + "select 1 as most from {{ ref('totals') }}"}, {"largest": "changed"}, 10),
]


@pytest.mark.parametrize(("files", "expected", "code"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_would_run(product, capfd, files, expected, code):
    product.put(files)
    plan, ended = product.plan(capfd, "--exit-code")
    assert (actions(plan), ended) == (expected, code)


def test_the_differences_of_sql_and_configuration(product, capfd):
    product.put(
        {"models/totals.sql": "{{ config(post_hook='select 2') }} " + TOTALS.format("name, max(amount) as amount")}
    )
    plan, _ = product.plan(capfd)
    assert any(line.startswith("-") and "sum(amount)" in line for line in node(plan, "totals")["sql"])
    assert any(line.startswith("+") and "max(amount)" in line for line in node(plan, "totals")["sql"])
    assert node(plan, "totals")["config"]["post-hook"]["after"][0]["sql"] == "select 2"
    text = product.floe(capfd, "plan")[1]
    assert "~ changed        table totals (SQL, configuration)" in text


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("name, sum(amount)::bigint as total", {"amount": ("renamed", True, ("largest.most",))}),
        ("name", {"amount": ("removed", True, ("largest.most",))}),
        ("name, sum(amount)::integer as amount", {"amount": ("narrowed", True, ("largest.most",))}),
        ("name, sum(amount)::varchar as amount", {"amount": ("changed", True, ("largest.most",))}),
        ("name, sum(amount)::bigint as amount, 1 as one", {"one": ("added", False, ())}),
    ],
    ids=["renamed", "removed", "narrowed", "another type", "added"],
)
def test_columns_and_who_reads_them(product, capfd, sql, expected):
    product.put({"models/totals.sql": TOTALS.format(sql)})
    plan, code = product.plan(capfd, "--exit-code")
    assert columns(plan, "totals") == expected
    assert code == (11 if any(breaking for _, breaking, _ in expected.values()) else 10)


def test_who_reads_a_column_through_a_view(product, capfd):
    product.put({"models/last.sql": "select most from {{ ref('largest') }}"})
    assert product.floe(capfd, "run", "--changed")[0] == 0
    product.put({"models/totals.sql": TOTALS.format("name")})
    text = product.floe(capfd, "plan")[1]
    assert "breaking: shop.totals: column amount (long) is removed; read by largest.most, last.most" in text


def test_a_table_that_nobody_makes_any_more(product, capfd):
    (product.root / "models" / "big.sql").unlink()
    plan, code = product.plan(capfd, "--exit-code")
    assert [(each["table"], each["node_id"]) for each in plan["removed"]] == [("shop.big", "model.shop.big")]
    assert (plan["breaking"], code) == (True, 11)


def test_against_the_artifact_of_another_branch(product, capfd, tmp_path):
    assert product.floe(capfd, "compile", "--sql")[0] == 0
    main = tmp_path / "main.json"
    shutil.copy(product.root / "target" / "compiled_artifacts.json", main)
    assert product.plan(capfd, "--against", main, "--exit-code")[1] == 0
    (product.root / "models" / "big.sql").unlink()
    product.put(
        {"models/totals.sql": TOTALS.format("name, max(amount)::bigint as amount"), "models/new.sql": "select 1 as a"}
    )
    shutil.rmtree(product.state)
    plan, code = product.plan(capfd, "--against", main, "--exit-code")
    assert actions(plan) == {"totals": "changed", "new": "added"}
    assert any("sum(amount)" in line for line in node(plan, "totals")["sql"])
    assert (plan["removed"][0]["table"], code) == ("shop.big", 11)


def test_against_an_artifact_without_sql(product, capfd, tmp_path):
    assert product.floe(capfd, "compile")[0] == 0
    main = tmp_path / "main.json"
    shutil.copy(product.root / "target" / "compiled_artifacts.json", main)
    assert json.loads(main.read_bytes())["compiled"] == {}
    shutil.rmtree(product.state)
    product.put({"models/totals.sql": TOTALS.format("name, max(amount)::bigint as amount")})
    plan, _ = product.plan(capfd, "--against", main)
    assert actions(plan) == {"totals": "changed"}
    assert "is not known" in node(plan, "totals")["undiffed"]


def test_findings_that_are_new(product, capfd, tmp_path):
    governance = "governance:\n  policy_enforcement_level: warn\n  quality_gates: {require_descriptions: true}\n"
    path = product.root / "floe.yaml"
    path.write_text(path.read_text() + governance)
    assert product.floe(capfd, "compile")[0] == 0
    main = tmp_path / "main.json"
    shutil.copy(product.root / "target" / "compiled_artifacts.json", main)
    product.put({"models/new.sql": "select 1 as one"})
    for arguments in ((), ("--against", main)):
        plan, _ = product.plan(capfd, *arguments)
        assert {finding["subject"] for finding in plan["findings"]} == {"model.shop.new"}
        said = "governance: error model-descriptions: model.shop.new (models/new.sql): the model has no description"
        assert said in product.floe(capfd, "plan", *arguments)[1]


def test_another_product_is_refused_and_another_environment_is_said(product, capfd, tmp_path):
    assert product.floe(capfd, "compile")[0] == 0
    main = tmp_path / "main.json"
    shutil.copy(product.root / "target" / "compiled_artifacts.json", main)
    spec = product.root / "floe.yaml"
    spec.write_text(spec.read_text().replace("name: shop", "name: shop2"))
    code, text = product.floe(capfd, "plan", "--against", main)
    assert code == 2
    assert "error[FLOE-C013]: the artifact is of the product shop, this is shop2" in text
    spec.write_text(spec.read_text().replace("name: shop2", "name: shop"))
    manifest = product.platform / "manifest.yaml"
    manifest.write_text(manifest.read_text() + "environments: {ci: {}}\n")
    code, text = product.floe(capfd, "plan", "--against", main, "--env", "ci")
    assert code == 0
    assert "main.json was compiled for dev, this plan is for ci" in text


def test_before_the_first_run_everything_is_new(product, capfd):
    shutil.rmtree(product.platform / ".floe")
    shutil.rmtree(product.state)
    plan, code = product.plan(capfd, "--exit-code")
    names = ("regions", "stg_orders", "orders", "totals", "largest", "big")
    assert (actions(plan), code) == (dict.fromkeys(names, "added"), 10)


def test_on_another_machine_only_a_view_is_not_known(product, capfd):
    shutil.rmtree(product.state)
    plan, code = product.plan(capfd, "--exit-code")
    assert (actions(plan), code) == ({"largest": "not seen here"}, 0)


def test_a_product_whose_name_begins_like_this_one_is_another_product(product, capfd):
    other = product.platform / "shop-eu"
    shutil.copytree(product.root, other, ignore=shutil.ignore_patterns(".floe", "target"))
    spec = other / "floe.yaml"
    spec.write_text(spec.read_text().replace("name: shop", "name: shop-eu"))
    assert run_command(["run", str(other)]) == 0
    plan, code = product.plan(capfd, "--exit-code")
    assert (plan["removed"], code) == ([], 0)
    assert "shop_eu" not in product.floe(capfd, "tables")[1]
    assert "shop_eu" in product.floe(capfd, "tables", "--all")[1]
    code, text = product.floe(capfd, "tables", "--history", "shop_eu.orders")
    assert code == 2
    assert "shop_eu.orders is a table of the product shop-eu, not of shop" in text


def test_everybody_who_reads_a_column_is_named(product, capfd):
    product.put(
        {
            "models/paid.sql": "select name from {{ ref('totals') }} where amount > 1",
            "models/totals.yml": "models: [{name: totals, columns: [{name: amount, data_tests: [not_null]}]}]",
        }
    )
    spec = product.root / "floe.yaml"
    spec.write_text(spec.read_text() + "output_ports: [{name: totals, schema: [{name: amount, type: long}]}]\n")
    assert product.floe(capfd, "run", "--changed")[0] == 0
    product.put({"models/totals.sql": TOTALS.format("name")})
    _, _, readers = columns(product.plan(capfd)[0], "totals")["amount"]
    assert set(readers) == {"largest.most", "paid", "test not_null_totals_amount", "output port totals"}


def test_a_table_that_becomes_a_view_is_removed_and_its_readers_are_named(product, capfd):
    product.put({"models/totals.sql": VIEW + TOTALS.format("name, sum(amount)::bigint as amount")})
    plan, code = product.plan(capfd, "--exit-code")
    (removed,) = plan["removed"]
    assert (removed["table"], removed["readers"], removed["now"]) == ("shop.totals", ["largest"], "the view totals")
    assert code == 11


def test_the_failures_that_a_test_stores_are_no_removed_table(product, capfd):
    product.put(
        {
            "tests/small.sql": "{{ config(severity='warn', store_failures=true) }} "
            "select * from {{ ref('totals') }} where amount < 1000000"
        }
    )
    assert product.floe(capfd, "run", "--changed")[0] == 0
    plan, code = product.plan(capfd, "--exit-code")
    assert (plan["removed"], code) == ([], 0)
    (product.root / "tests" / "small.sql").unlink()
    plan, _ = product.plan(capfd, "--exit-code")
    assert [each["table"] for each in plan["removed"]] == ["shop_dbt_test__audit.small"]


def test_a_wider_column_breaks_nobody(product, capfd):
    product.put({"models/totals.sql": TOTALS.format("name, sum(amount)::integer as amount")})
    assert product.floe(capfd, "run", "--changed", "--full-refresh")[0] == 0
    product.put({"models/totals.sql": TOTALS.format("name, sum(amount)::bigint as amount")})
    plan, code = product.plan(capfd, "--exit-code")
    assert (columns(plan, "totals"), code) == ({"amount": ("widened", False, ())}, 10)


def test_an_incremental_table_keeps_the_columns_that_it_has(product, capfd):
    increment = "{{ config(materialized='incremental') }} select id from {{ ref('stg_orders') }}"
    product.put({"models/big.sql": increment})
    plan, code = product.plan(capfd, "--exit-code")
    assert (actions(plan), node(plan, "big")["columns"], code) == ({"big": "changed"}, [], 10)


def test_a_plan_names_sources_whose_state_is_not_known(product, capfd):
    path = product.root / "models" / "schema.yml"
    path.write_text(
        path.read_text().replace("read_csv('raw/orders.csv')", "(select * from read_csv('raw/orders.csv'))")
    )
    assert "unknown: source raw.orders: " in product.floe(capfd, "plan")[1]


def test_changes_end_with_zero_where_nobody_asks_for_the_exit_code(product, capfd):
    product.put({"models/new.sql": "select 1 as one"})
    assert product.plan(capfd)[1] == 0
