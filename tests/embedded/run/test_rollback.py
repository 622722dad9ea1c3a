"""A rollback between two runs of dbt."""

import json


def test_the_next_run_works_after_a_rollback(product):
    assert product.run() == 0, product.err
    totals = product.rows("totals")
    with (product.root / "raw" / "orders.csv").open("a") as file:
        file.write("4,2,100\n")
    assert product.run("--select", "stg_orders+") == 0, product.err
    assert product.rows("totals") != totals

    assert product.floe("tables", product.root, "--history", "totals", "--json") == 0
    newest, oldest = json.loads(product.out)["snapshots"]
    assert product.floe("rollback", "totals", product.root, "--to", oldest["run_id"], "--yes") == 0, product.err
    assert product.rows("totals") == totals
    assert (
        product.floe("query", "select sum(amount)::int as n from totals", "--product", product.root, "--format", "json")
        == 0
    )
    assert json.loads(product.out) == [{"n": sum(row["amount"] for row in totals)}]

    assert product.run("--select", "totals") == 0, product.err
    assert sum(row["amount"] for row in product.rows("totals")) == sum(row["amount"] for row in totals) + 100
    assert product.floe("rollback", "totals", product.root, "--to", newest["snapshot_id"], "--yes") == 0, product.err
