"""`floe run --changed` and `floe plan` after a snapshot that no run made: a rollback, a compaction, another tool's."""

from __future__ import annotations

import pyarrow as pa

JOIN = "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region)"
TOTALS = "select name, max(amount)::bigint as amount from {{ ref('orders') }} group by name"


def orders(count):
    return "".join(["id,region,amount\n", *(f"{number},1,5\n" for number in range(1, count + 1))])


def actions(plan):
    return {node["name"]: node["action"] for node in plan["nodes"]}


def described(product, name):
    with product.catalog() as catalog:
        properties = catalog.load_table(("shop", name)).properties
    return {key: properties.get(key) for key in ("floe.sql", "floe.config")}


def test_a_table_that_went_back_is_as_it_was_described_then(product, capfd):
    """Another SQL made `totals` and was rolled back: the old SQL is current, the new one is a change with a diff."""
    before, old = product.snapshots()["totals"], described(product, "totals")
    was = (product.root / "models/totals.sql").read_text()
    product.put({"models/totals.sql": TOTALS})
    assert product.changed(capfd)[0] == {"totals"}
    new = described(product, "totals")
    assert new["floe.sql"] != old["floe.sql"]
    assert product.rollback(capfd, "totals", before) == 0
    assert described(product, "totals") == old

    (node,) = product.plan(capfd)[0]["nodes"]
    assert (node["name"], node["action"]) == ("totals", "changed")
    assert any(line.startswith("-") and "sum(amount)" in line for line in node["sql"])
    assert any(line.startswith("+") and "max(amount)" in line for line in node["sql"])
    product.put({"models/totals.sql": was})
    plan, code = product.plan(capfd, "--exit-code")
    assert (plan["nodes"], code) == ([], 0)
    assert product.changed(capfd)[0] == set()
    product.put({"models/totals.sql": TOTALS})
    assert product.changed(capfd)[0] == {"totals"}
    assert described(product, "totals") == new


def test_what_reads_a_table_that_went_back_runs_again(product, capfd):
    before = product.snapshots()["orders"]
    product.put({"models/orders.sql": JOIN + " where true"})
    product.changed(capfd)
    assert product.rollback(capfd, "orders", before) == 0
    product.put({"models/orders.sql": JOIN})
    assert actions(product.plan(capfd)[0]) == {"totals": "input changed"}
    ran = product.changed(capfd)[0]
    assert "totals" in ran
    assert "orders" not in ran
    assert product.plan(capfd)[0]["nodes"] == []


def test_a_compaction_changes_nothing(product, capfd):
    for number in range(4, 9):
        product.put({"raw/orders.csv": orders(number)})
        assert "big" in product.changed(capfd)[0]
    product.put({"models/reads_big.sql": "select count(*) as n from {{ ref('big') }}"})
    assert product.changed(capfd)[0] == {"reads_big"}
    before = product.snapshots()
    assert product.maintain(capfd) == 0
    now = product.snapshots()
    assert {name for name in now if now[name] != before[name]} == {"big"}
    assert product.plan(capfd)[0]["nodes"] == []
    assert product.changed(capfd)[0] == set()
    assert product.snapshots() == now

    product.forget()  # another machine knows it too
    assert product.changed(capfd)[0] & {"big", "reads_big"} == set()
    product.put({"models/reads_big.sql": "select count(*)::int as n from {{ ref('big') }}"})
    assert product.changed(capfd)[0] & {"big", "reads_big"} == {"reads_big"}, "its input is known by what it holds"
    assert product.plan(capfd)[0]["nodes"] == []
    product.put({"raw/orders.csv": orders(9)})
    assert {"big", "reads_big"} <= product.changed(capfd)[0]


def test_an_increment_of_nothing_on_a_compacted_table_is_no_change(product, capfd):
    """The run publishes nothing new of `big`, and who reads it later finds the input that it read."""
    for number in range(4, 9):
        product.put({"raw/orders.csv": orders(number)})
        product.changed(capfd)
    product.put({"models/reads_big.sql": "select count(*) as n from {{ ref('big') }}"})
    assert product.maintain(capfd) == 0
    assert product.floe(capfd, "run", "--select", "big reads_big")[0] == 0
    assert not {"big", "reads_big"} & set(actions(product.plan(capfd)[0]))


def test_a_snapshot_of_another_tool_is_a_change(product, capfd):
    with product.catalog() as catalog:
        table = catalog.load_table(("shop", "orders"))
        table.append(table.scan().to_arrow().slice(0, 1))
    plan = actions(product.plan(capfd)[0])
    assert plan["orders"] in ("added", "changed", "input changed"), plan
    assert plan["totals"] in ("downstream", "input changed"), plan
    assert {"orders", "totals"} <= product.changed(capfd)[0]
    with product.catalog() as catalog:
        assert catalog.load_table(("shop", "orders")).scan().count() == 3
    assert product.plan(capfd)[0]["nodes"] == []


def test_a_seed_that_another_tool_changed_comes_back(product, capfd):
    with product.catalog() as catalog:
        catalog.load_table(("shop", "regions")).append(
            pa.table({"region": pa.array([9], pa.int32()), "name": ["nowhere"]})
        )
    assert {"regions", "orders", "totals"} <= product.changed(capfd)[0]
    with product.catalog() as catalog:
        assert 9 not in catalog.load_table(("shop", "regions")).scan().to_arrow()["region"].to_pylist()
