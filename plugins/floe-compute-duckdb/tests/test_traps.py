"""What goes wrong between dbt, DuckDB and Iceberg where nobody looks: one project, built twice."""

from __future__ import annotations

import logging

import pytest
from pyiceberg.exceptions import NoSuchTableError

SECOND = "{% if var('second', false) %}"
AGREED = """
  - name: {name}
    config: {{contract: {{enforced: true}}}}
    columns:
      - {{name: id, data_type: integer}}
      - {{name: email, data_type: varchar, constraints: [{{type: {constraint}}}]}}
"""

FILES = {
    "models/schema.yml": "models:"
    + AGREED.format(name="needs_email", constraint="not_null")
    + AGREED.format(name="one_email_each", constraint="unique")
    + """
  - name: orders
    columns:
      - name: customer
        data_tests: [{relationships: {arguments: {to: ref('customers'), field: id}}}]
""",
    "models/needs_email.sql": "{{ config(materialized='incremental', unique_key='id', on_schema_change='fail') }} "
    f"{SECOND} select 2 as id, null::varchar as email {{% else %}} select 1 as id, 'a' as email {{% endif %}}",
    "models/one_email_each.sql": "{{ config(materialized='incremental', unique_key='id', on_schema_change='fail') }} "
    "select {{ 2 if var('second', false) else 1 }} as id, 'a' as email",
    "models/outside.sql": "{{ config(materialized='incremental', unique_key='id', "
    "post_hook={'sql': 'delete from {{ this }} where id = 1', 'transaction': false}) }} "
    "select unnest([1, 2, {{ 4 if var('second', false) else 3 }}]) as id",
    "models/customers.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/orders.sql": "{{ config(materialized='table') }} select 1 as id, 7 as customer",
    "models/child.sql": "{{ config(materialized='table') }} select * from {{ ref('orders') }}",
    "models/grandchild.sql": "{{ config(materialized='table') }} "
    "select o.* from {{ ref('orders') }} o left join {{ ref('customers') }} c on c.id = o.customer",
    "models/turned.sql": "{{ config(materialized='view' if var('second', false) else 'table') }} select 1 as id",
    "models/reader.sql": "{{ config(materialized='table') }} select * from {{ ref('turned') }}",
    "macros/ends.sql": """
        {% macro ends() %}
        {% if execute and var('second', false) %}
        {% do run_query('create table ' ~ target.schema ~ '.audit as select 1 as x') %}
        delete from {{ target.schema }}.customers
        {% endif %}
        {% endmacro %}
    """,
}


@pytest.fixture(scope="module")
def builds(shared_product):
    product = shared_product
    product.configure(**{"on-run-end": ["{{ ends() }}"]})
    for name, text in FILES.items():
        product.write(name, text)
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger("floe.duckdb")
    logger.addHandler(handler)
    first = product.run()
    assert not any("audit" in line for line in lines)
    second = product.run("--vars", "{second: true}")
    logger.removeHandler(handler)
    return product, first, second, lines


def test_a_contract_of_an_incremental_model_refuses_nulls(builds):
    product, first, second, _ = builds
    assert (first.statuses["needs_email"], second.statuses["needs_email"]) == ("success", "error")
    assert "NOT NULL" in second.messages["needs_email"]
    assert product.rows("needs_email") == [{"id": 1, "email": "a"}]


def test_a_unique_column_is_unique_across_files(builds):
    """The touched files hold no row with the new key: only all of them show that its e-mail is taken."""
    product, first, second, _ = builds
    assert (first.statuses["one_email_each"], second.statuses["one_email_each"]) == ("success", "error")
    assert "UNIQUE" in second.messages["one_email_each"]
    assert product.rows("one_email_each") == [{"id": 1, "email": "a"}]


def test_a_hook_outside_the_transaction_is_part_of_what_is_published(builds):
    product, *_ = builds
    assert [row["id"] for row in product.rows("outside")] == [2, 3, 4]
    assert len(product.snapshots("outside")) == 2


def test_a_relationships_test_stops_who_reads_both_and_nobody_else(builds):
    """dbt's own rule: it waits for a test only where that asks for no input that the model has not."""
    _, first, *_ = builds
    assert [status for name, status in first.statuses.items() if "relationships" in name] == ["fail"]
    assert not first.success
    assert first.statuses["grandchild"] == "skipped"
    assert first.statuses["child"] == "success"


def test_a_table_that_became_a_view_leaves_the_catalog(builds):
    product, first, second, _ = builds
    assert "model.shop.turned" in first.published
    assert second.statuses["turned"] == "success"
    with pytest.raises(NoSuchTableError):
        product.rows("turned")
    assert product.rows("reader") == [{"id": 1}]


def test_on_run_end_can_not_change_a_table(builds):
    """In its own text it is refused when compiled; hidden in a macro, DuckDB refuses it and the run fails."""
    product, _, second, lines = builds
    assert second.statuses["shop-on-run-end-0"] == "error"
    assert product.rows("customers") == [{"id": 1}]
    assert [line.split(":")[0] for line in lines if "gone with the next run" in line] == ["shop.audit"]


def test_a_view_never_drops_a_table_of_somebody_else(product, lake):
    lake.publish("taken", "select 1 as id")
    product.write("models/other.sql", "{{ config(materialized='view', alias='taken') }} select 2 as id")
    outcome = product.run()
    assert outcome.statuses["other"] == "error"
    assert "FLOE-K024" in outcome.messages["other"]
    assert product.rows("taken") == [{"id": 1}]


def test_a_seed_that_the_catalog_did_not_take_is_not_called_a_hooks_table(product, caplog):
    product.write("seeds/codes.csv", "code\n1\n")
    product.write("models/codes_read.sql", "{{ config(materialized='table') }} select * from {{ ref('codes') }}")
    assert product.run().success
    (catalog,) = product.context.platform_state.rglob("catalog.db")
    spoil = f"copy (select 'no database') to '{catalog}' (format csv, use_tmp_file false)"
    product.configure(seeds={"+post-hook": spoil})
    outcome = product.run()
    assert outcome.statuses == {"codes": "error", "codes_read": "skipped"}
    assert "made by a hook" not in caplog.text
