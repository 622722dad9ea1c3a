"""Every materialization of dbt, run in process with the real adapter; read back with bare PyIceberg."""

from __future__ import annotations

import gc
from decimal import Decimal

import duckdb
import pytest

TABLE = "{{ config(materialized='table') }} "
VIEW = "{{ config(materialized='view') }} "
EPHEMERAL = "{{ config(materialized='ephemeral') }} "


def opened(product):
    return duckdb.connect(str(product.database), read_only=True)


def test_a_table_is_one_file_and_one_snapshot_with_the_run_and_the_node(product):
    product.write("models/t.sql", TABLE + "select i as id, i * 2 as n from range(5) r(i)")
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
    assert outcome.nodes["model.shop.t"].adapter_response["snapshot_id"] == str(snapshot.snapshot_id)


def test_a_table_is_replaced_in_one_snapshot_also_when_its_columns_change(product):
    product.write("models/t.sql", TABLE + "select 1 as a, 'x' as b, 2 as c")
    product.run()
    product.write("models/t.sql", TABLE + "select 'now text' as c, 1.5::decimal(4,2) as d, 7 as a")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("t") == [{"c": "now text", "d": Decimal("1.50"), "a": 7}]
    table = product.catalog().load_table(("shop", "t"))
    assert [field.name for field in table.schema().fields] == ["c", "d", "a"]
    first, second = product.snapshots("t")
    assert second.parent_snapshot_id == first.snapshot_id
    assert table.scan(snapshot_id=first.snapshot_id).to_arrow().to_pylist() == [{"a": 1, "b": "x", "c": 2}]
    assert opened(product).execute("select * from shop.t").fetchall() == [("now text", Decimal("1.50"), 7)]


def test_views_and_ephemerals_stay_what_they_are(product):
    product.write("models/base.sql", TABLE + "select i as id from range(10) r(i)")
    product.write("models/even.sql", EPHEMERAL + "select * from {{ ref('base') }} where id % 2 = 0")
    product.write("models/small.sql", VIEW + "select * from {{ ref('even') }} where id < 5")
    product.write("models/top.sql", TABLE + "select max(id) as top from {{ ref('small') }}")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("top") == [{"top": 4}]
    assert sorted(each[-1] for each in product.catalog().list_tables("shop")) == ["base", "top"]
    assert opened(product).execute("select count(*) from shop.small").fetchall() == [(3,)]


VIEW_IS_TESTED = """
unit_tests:
  - name: adds_one
    model: v
    given: [{input: ref('t'), rows: [{n: 5}]}]
    expect: {rows: [{n: 6}]}
"""


def test_a_view_that_a_unit_test_or_a_hook_reads_before_its_node_runs_is_built(product):
    """Both need it before: it is there when the node begins, and dbt does not know of it."""
    hook = "{% set w = ref('w') %}{% if var('hook', false) %}select n from {{ w }}{% endif %}"
    product.configure(**{"on-run-start": [hook]})
    product.write("models/t.sql", TABLE + "select 1 as n")
    product.write("models/v.sql", "select n + 1 as n from {{ ref('t') }}")
    product.write("models/w.sql", "select n + 2 as n from {{ ref('t') }}")
    product.write("models/r.sql", TABLE + "select v.n as v, w.n as w from {{ ref('v') }} v, {{ ref('w') }} w")
    product.write("models/tests.yml", VIEW_IS_TESTED)
    for arguments in ((), ("--vars", "{hook: true}")):
        outcome = product.run(*arguments)
        assert outcome.success, outcome.messages
        assert outcome.statuses["adds_one"] == "pass"
        assert product.rows("r") == [{"v": 2, "w": 3}]


DOCUMENTED = """
models:
  - name: t
    description: %s
    config: {persist_docs: {relation: true, columns: true}}
    columns: [{name: ID, description: The %s.}, {name: v}]
  - {name: plain, description: not asked for, columns: [{name: id, description: nor this}]}
"""


@pytest.mark.parametrize("config", ["materialized='table'", "materialized='incremental', unique_key='id'"])
def test_persisted_descriptions_are_the_tables_and_columns_comments(product, config):
    def comments(name):
        table = product.catalog().load_table(("shop", name))
        return table.properties.get("comment"), {each.name: each.doc for each in table.schema().fields}

    product.write("models/t.sql", f"{{{{ config({config}) }}}} select 1 as id, 'x' as v")
    product.write("models/plain.sql", TABLE + "select 1 as id")
    for text in ("first", "second"):
        product.write("models/docs.yml", DOCUMENTED % (text, text))
        outcome = product.run()
        assert outcome.success, outcome.messages
        assert comments("t") == (text, {"id": f"The {text}.", "v": None})
    assert comments("plain") == (None, {"id": None})
    assert product.rows("t") == [{"id": 1, "v": "x"}]
    assert len({each.schema_id for each in product.snapshots("t")}) == 2


def test_a_seed_is_a_table(product):
    product.write("seeds/countries.csv", "code,name\nde,Germany\nfr,France\n")
    assert product.run().success
    assert product.rows("countries") == [{"code": "de", "name": "Germany"}, {"code": "fr", "name": "France"}]
    product.write("seeds/countries.csv", "code,name\nde,Deutschland\n")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("countries") == [{"code": "de", "name": "Deutschland"}]
    assert len(product.snapshots("countries")) == 2


SNAPSHOT = """{% snapshot s %}
{{ config(target_schema='shop', unique_key='id', strategy='check', check_cols='all') }}
select * from {{ ref('src') }}
{% endsnapshot %}"""


def test_a_snapshot_keeps_history(product):
    product.write("models/src.sql", TABLE + "select 1 as id, 'a' as v union all select 2, 'b'")
    product.write("snapshots/s.sql", SNAPSHOT)
    assert product.run().success
    product.write(
        "models/src.sql", TABLE + "select 1 as id, 'changed' as v, true as extra union all select 2, 'b', true"
    )
    outcome = product.run()
    assert outcome.success, outcome.messages
    rows = [(row["id"], row["v"], row["dbt_valid_to"] is None, row["extra"]) for row in product.rows("s")]
    assert sorted(rows, key=str) == sorted(
        [(1, "a", False, None), (1, "changed", True, True), (2, "b", False, None), (2, "b", True, True)], key=str
    )
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert len(product.snapshots("s")) == 2, "nothing changed, so nothing is committed"
    assert outcome.published["snapshot.shop.s"].operation == "none"


def test_a_failed_test_stops_what_is_downstream(product):
    product.write("models/t.sql", TABLE + "select 1 as id union all select 1")
    product.write("models/child.sql", TABLE + "select * from {{ ref('t') }}")
    product.write("models/schema.yml", "models: [{name: t, columns: [{name: id, data_tests: [unique]}]}]")
    outcome = product.run()
    assert not outcome.success
    assert outcome.statuses["child"] == "skipped"
    assert "model.shop.child" not in outcome.published


def test_stored_failures_are_a_table(product):
    product.write("models/t.sql", TABLE + "select 1 as id union all select 1")
    product.write(
        "models/schema.yml",
        "models: [{name: t, columns: [{name: id, data_tests: [{unique: {config: {store_failures: true}}}]}]}]",
    )
    outcome = product.run()
    assert [status for name, status in outcome.statuses.items() if "unique" in name] == ["fail"]
    assert product.rows("unique_t_id", "shop_dbt_test__audit") == [{"unique_field": 1, "n_records": 2}]


@pytest.mark.parametrize("strategy", ["table", "incremental"])
def test_a_post_hook_that_changes_this_is_part_of_what_is_published(product, strategy):
    product.write(
        "models/t.sql",
        f"{{{{ config(materialized='{strategy}', unique_key='id', "
        "pre_hook='create or replace temp table before as select 1', "
        "post_hook='delete from {{ this }} where id > 3') }} select i as id from range(10) r(i)",
    )
    for _ in range(2):
        outcome = product.run()
        assert outcome.success, outcome.messages
        assert product.rows("t") == [{"id": i} for i in range(4)]
    assert len(product.snapshots("t")) == 2


def test_post_hooks_of_seeds_and_snapshots_are_part_of_what_is_published(product):
    """That of the snapshot changes a row of a file which the new row alone would leave as it is."""
    product.write("seeds/s.csv", "id,v\n1,a\n2,b\n3,c\n")
    product.write("seeds/s.yml", "seeds: [{name: s, config: {post_hook: 'delete from {{ this }} where id = 2'}}]")
    product.write(
        "snapshots/h.yml",
        "snapshots: [{name: h, relation: ref('s'), config: {unique_key: id, strategy: check, check_cols: all, "
        "post_hook: 'delete from {{ this }} where id = 3 and (select count(*) from {{ this }}) > 2'}}]",
    )
    assert product.run().success
    assert [row["id"] for row in product.rows("s")] == [row["id"] for row in product.rows("h")] == [1, 3]
    product.write("seeds/s.csv", "id,v\n1,a\n3,c\n4,d\n")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert [row["id"] for row in product.rows("h")] == [1, 4]


def test_a_pre_hook_sees_the_rows_that_are_published(product):
    product.write("models/log.sql", TABLE + "select 0 as n")
    product.write(
        "models/t.sql",
        "{{ config(materialized='incremental', unique_key='id', pre_hook='update {{ this }} set n = n + 100') }} "
        "-- depends_on: {{ ref('log') }}\nselect 1 as id, 1 as n {% if is_incremental() %} where false {% endif %}",
    )
    assert product.run("--full-refresh", "--exclude", "t").success
    product.write("models/t.sql", product.root.joinpath("models/t.sql").read_text())
    first = product.run("--select", "t")
    assert not first.success, "there is no table to update yet, as with plain dbt-duckdb"
    product.write("models/t.sql", "{{ config(materialized='incremental', unique_key='id') }} select 1 as id, 1 as n")
    assert product.run("--select", "t").success
    product.write(
        "models/t.sql",
        "{{ config(materialized='incremental', unique_key='id', pre_hook='update {{ this }} set n = n + 100') }} "
        "select 1 as id, 1 as n {% if is_incremental() %} where false {% endif %}",
    )
    outcome = product.run("--select", "t")
    assert outcome.success, outcome.messages
    assert product.rows("t") == [{"id": 1, "n": 101}]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # dbt-duckdb leaves an event loop open
def test_python_models(product):
    product.write("models/base.sql", TABLE + "select i as id from range({{ var('n', 3) }}) r(i)")
    product.write(
        "models/p.py",
        "def model(dbt, session):\n    dbt.config(materialized='table')\n    return dbt.ref('base').filter('id > 0')\n",
    )
    product.write(
        "models/grows.py",
        """
def model(dbt, session):
    dbt.config(materialized='incremental', unique_key='id')
    rows = dbt.ref('base')
    if dbt.is_incremental:
        rows = rows.filter(f'id > (select max(id) from {dbt.this})')
    return rows.project('id, {} as again'.format(dbt.is_incremental))
""",
    )
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("p") == [{"id": 1}, {"id": 2}]
    assert product.rows("grows") == [{"id": each, "again": False} for each in range(3)]
    outcome = product.run("--vars", "{n: 5}")
    assert outcome.success, outcome.messages
    assert product.rows("p") == [{"id": each} for each in range(1, 5)]
    assert [row["id"] for row in product.rows("grows") if row["again"]] == [3, 4]
    assert outcome.published["model.shop.grows"].rows == 2
    gc.collect()  # the loops go here, not in a test that demands more


def test_target_type_reads_duckdb_and_duckdb_macros_are_dispatched_to(product):
    product.write(
        "macros/which.sql",
        "{% macro which() %}{{ return(adapter.dispatch('which')()) }}{% endmacro %}"
        "{% macro duckdb__which() %}'duckdb'{% endmacro %}{% macro default__which() %}'default'{% endmacro %}",
    )
    product.write("models/t.sql", TABLE + "select '{{ target.type }}' as target, {{ which() }} as macro")
    assert product.run().success
    assert product.rows("t") == [{"target": "duckdb", "macro": "duckdb"}]


def test_a_contract_is_enforced(product):
    product.write("models/t.sql", TABLE + "select 1 as id, null::varchar as name")
    contract = (
        "models: [{name: t, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}, "
        "{name: name, data_type: varchar, constraints: [{type: not_null}]}]}]"
    )
    product.write("models/schema.yml", contract)
    outcome = product.run()
    assert not outcome.success
    assert "NOT NULL" in outcome.messages["t"]
    assert product.catalog().list_namespaces() == []


def test_an_empty_result_is_an_empty_table(product):
    product.write("models/t.sql", TABLE + "select i as id, null as nothing from range(0) r(i)")
    product.write("models/child.sql", TABLE + "select count(*) as n from {{ ref('t') }}")
    outcome = product.run()
    assert outcome.success, outcome.messages
    assert product.rows("t") == []
    assert product.rows("child") == [{"n": 0}]
    assert outcome.published["model.shop.t"].files == 0


CHECKS = """
models:
  - name: t
    columns:
      - name: id
        data_tests:
          - unique: {name: below, config: {error_if: ">2", warn_if: ">1"}}
          - unique: {name: between, config: {error_if: ">2", warn_if: ">0"}}
          - unique: {name: above, config: {error_if: ">0"}}
          - unique: {name: only_warns, config: {severity: warn, error_if: ">0"}}
          - unique: {name: not_counted, config: {where: "id < 0"}}
unit_tests:
  - name: counts_right
    model: counted
    given: [{input: ref('t'), rows: [{id: 7}, {id: 7}]}]
    expect: {rows: [{n: 2}]}
  - name: counts_wrong
    model: miscounted
    given: [{input: ref('t'), rows: [{id: 7}, {id: 7}]}]
    expect: {rows: [{n: 3}]}
"""


def test_thresholds_singular_and_unit_tests_decide_on_what_is_built(product):
    """`t` has one id twice: one failure of each `unique` test."""
    product.write("models/t.sql", TABLE + "select unnest([1, 1, 2]) as id")
    product.write("models/counted.sql", TABLE + "select count(*) as n from {{ ref('t') }}")
    product.write("models/miscounted.sql", TABLE + "select count(*) as n from {{ ref('t') }}")
    product.write("models/checks.yml", CHECKS)
    product.write("tests/no_two.sql", "select * from {{ ref('t') }} where id = 2")
    built = product.run("--select", "t", "--exclude", "resource_type:test")
    assert built.success, built.messages
    outcome = product.run("--select", "resource_type:test")
    statuses = {name.split(".")[2] if "." in name else name: text for name, text in outcome.statuses.items()}
    assert statuses == {
        "below": "pass",
        "between": "warn",
        "above": "fail",
        "only_warns": "warn",
        "not_counted": "pass",
        "no_two": "fail",
    }
    outcome = product.run("--select", "+miscounted", "counted", "--exclude", "above", "no_two")
    assert (outcome.statuses["counts_right"], outcome.statuses["counted"]) == ("pass", "success")
    assert (outcome.statuses["counts_wrong"], outcome.statuses["miscounted"]) == ("fail", "skipped")
    assert "model.shop.miscounted" not in outcome.published


def test_a_contract_whose_types_differ_publishes_nothing(product):
    product.write("models/t.sql", TABLE + "select 'x' as id")
    product.write(
        "models/schema.yml",
        "models: [{name: t, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}]}]",
    )
    outcome = product.run()
    assert not outcome.success
    assert "data type mismatch" in outcome.messages["t"]
    assert product.catalog().list_namespaces() == []


def test_a_database_of_a_nodes_own_is_part_of_its_namespace(product):
    product.configure(models={"shop": {"+materialized": "table", "finance": {"+database": "finance"}}})
    product.write("models/finance/t.sql", "select 1 as id")
    product.write(
        "models/finance/m.sql", "{{ config(schema='marts', alias='t') }} select id + 1 as id from {{ ref('t') }}"
    )
    product.write("models/same.sql", "{{ config(database=target.database, alias='t') }} select 0 as id")
    product.write("seeds/s.csv", "id\n7\n")
    product.write("seeds/seeds.yml", "seeds: [{name: s, config: {database: finance}}]")
    product.write(
        "snapshots/h.yml",
        "snapshots: [{name: h, relation: ref('t'), "
        "config: {database: finance, unique_key: id, strategy: check, check_cols: all}}]",
    )
    product.write(
        "models/reader.sql",
        "select * from {{ ref('t') }} union all select * from {{ ref('m') }} union all from {{ ref('s') }}",
    )
    for _ in range(2):
        outcome = product.run()
        assert outcome.success, outcome.messages
    assert product.rows("t", "shop_finance") == [{"id": 1}]
    assert product.rows("t", "shop_finance_marts") == [{"id": 2}]
    assert product.rows("t") == [{"id": 0}]
    assert product.rows("reader") == [{"id": 1}, {"id": 2}, {"id": 7}]
    assert {name for _, name in product.catalog().list_tables("shop_finance")} == {"t", "s", "h"}


def test_a_custom_schema_is_a_namespace_of_its_own(product):
    product.write("models/t.sql", "{{ config(materialized='table', schema='marts', alias='final') }} select 1 as id")
    assert product.run().success
    assert product.rows("final", "shop_marts") == [{"id": 1}]
