from __future__ import annotations


def test_a_table_is_one_file_and_one_snapshot_with_the_run_and_the_node(product):
    product.write("models/t.sql", "{{ config(materialized='table') }} select i as id, i * 2 as n from range(5) r(i)")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("t") == [{"id": i, "n": i * 2} for i in range(5)]
    (snapshot,) = product.snapshots("t")
    properties = snapshot.summary.additional_properties
    assert properties["floe.run-id"] == outcome.run_id
    assert properties["floe.node-id"] == "model.shop.t"
    assert properties["added-data-files"] == "1"
    published = outcome.published["model.shop.t"]
    assert (published.rows, published.total_rows, published.snapshot_id) == (5, 5, snapshot.snapshot_id)
    assert published.columns == (("id", "long"), ("n", "long"))
