"""`floe plan`: that it says of each change what has changed, in the order of a run, and of nothing else."""

from __future__ import annotations

import shutil

VIEW = "{{ config(materialized='view') }} "
BIG = (
    "{{ config(materialized='incremental') }} select id, amount from {{ ref('stg_orders') }} "
    "{%% if is_incremental() %%} where id %s (select max(id) from {{ this }}) {%% endif %%}"
)


def said(product, capfd, *arguments):
    return product.floe(capfd, "plan", *arguments)[1]


def test_nodes_come_in_the_order_of_a_run(product, capfd):
    product.put({"models/stg_orders.sql": VIEW + "select id, region, amount from {{ source('raw', 'orders') }}"})
    names = [each["name"] for each in product.plan(capfd)[0]["nodes"]]
    assert names[0] == "stg_orders"
    assert names.index("orders") < names.index("totals")


def test_the_difference_of_a_view_is_known_where_it_was_made(product, capfd):
    product.put({"models/largest.sql": VIEW + "select min(amount) as most from {{ ref('totals') }}"})
    text = said(product, capfd)
    assert "~ changed        view largest (SQL)" in text
    assert "-" in text.split("view largest (SQL)")[1].splitlines()[2][:5]
    assert "min(amount)" in text


def test_the_difference_of_an_increment_is_that_of_what_is_written(product, capfd):
    product.put(
        {"models/big.sql": BIG % ">="}
    )  # before, and in a table that is there: not as it is compiled without one
    text = said(product, capfd)
    assert "+{{ config(materialized='incremental') }}" in text
    assert "-{{ config(materialized='incremental') }}" in text
    assert product.changed(capfd)[0] == {"big"}
    product.put({"models/big.sql": BIG % ">"})
    difference = said(product, capfd).split("incremental big (SQL)")[1]
    assert "where id >= (select max(id)" in difference, "what ran last had nothing to commit, and is what is compared"


def test_rows_of_a_seed_and_a_macro_are_named_as_such(product, capfd):
    product.put(
        {
            "macros/largest.sql": "{% macro largest() %}max(id){% endmacro %}",
            "models/big.sql": (BIG % ">").replace("max(id)", "{{ largest() }}"),
        }
    )
    assert product.floe(capfd, "run", "--changed")[0] == 0
    product.put(
        {
            "macros/largest.sql": "{% macro largest() %}max(id) + 0{% endmacro %}",
            "seeds/regions.csv": "region,name\n1,north\n2,west\n",
        }
    )
    text = said(product, capfd)
    assert "~ changed        seed regions (its rows)" in text
    assert "~ changed        incremental big (a macro or a variable that it uses)" in text


def test_who_follows_a_renamed_column_reads_the_old_one_no_more(product, capfd):
    product.put(
        {
            "models/totals.sql": "select name, sum(amount)::bigint as total from {{ ref('orders') }} group by name",
            "models/largest.sql": VIEW + "select max(total) as most from {{ ref('totals') }}",
        }
    )
    text = said(product, capfd)
    assert "shop.totals: column amount is renamed to total; nothing that the catalog knows of reads it" in text


def test_a_table_under_another_name_is_said_to_be_there(product, capfd):
    product.put({"models/totals.sql": "{{ config(alias='sums') }} select name from {{ ref('orders') }} group by name"})
    assert "- removed        table shop.totals: its node makes shop.sums now" in said(product, capfd)


def test_an_artifact_without_sql_is_said_to_be_that(product, capfd, tmp_path):
    assert product.floe(capfd, "compile")[0] == 0
    main = tmp_path / "main.json"
    shutil.copy(product.root / "target" / "compiled_artifacts.json", main)
    product.forget()
    product.put({"models/new.sql": "select 1 as one"})
    assert "main.json holds no compiled SQL to show differences of: `floe compile --sql`" in said(
        product, capfd, "--against", main
    )
