"""`floe plan`: that it says of each change what has changed, in the order of a run, and of nothing else."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version

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
            "macros/largest.sql": "{% macro largest() %}max(id){% endmacro %}{% macro nothing(x) %}{% endmacro %}",
            "models/big.sql": (BIG % ">").replace("max(id)", "{{ nothing({'a': {'b': 1}}) ~ largest() }}"),
        }
    )
    assert product.changed(capfd)[0] == {"big"}
    assert product.changed(capfd)[0] == set(), "the macro is called in an increment only, and counted always"
    product.put(
        {
            "macros/largest.sql": "{% macro largest() %}max(id) + 0{% endmacro %}{% macro nothing(x) %}{% endmacro %}",
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


def test_a_column_that_a_view_loses_breaks_who_reads_it(product, capfd):
    product.put({"models/stg_orders.sql": VIEW + "select id, region from {{ source('raw', 'orders') }}"})
    plan, code = product.plan(capfd, "--exit-code")
    (column,) = next(each["columns"] for each in plan["nodes"] if each["name"] == "stg_orders")
    assert (column["column"], column["breaking"], code) == ("amount", True, 11)
    assert {"orders.amount", "big.amount"} <= set(column["readers"])
    untold = [note.split()[3] for note in plan["notes"] if note.startswith("the columns that ")]
    assert untold == ["big", "totals"]


def test_a_column_of_a_view_that_nobody_reads_breaks_nothing(product, capfd):
    product.put({"models/largest.sql": VIEW + "select max(amount) as top from {{ ref('totals') }}"})
    plan, code = product.plan(capfd, "--exit-code")
    ((change, breaking),) = [(each["change"], each["breaking"]) for each in plan["nodes"][0]["columns"]]
    assert (change, breaking, code) == ("renamed", False, 10)


def test_an_incremental_model_that_changes_says_what_it_leaves(product, capfd):
    kept = "rows that a run does not touch stay as they are; `floe run --full-refresh` makes all anew"
    wider = (BIG % ">").replace("id, amount", "id, amount, region")
    product.put({"models/big.sql": wider})
    assert [kept, "the table does not get the column region: on_schema_change is ignore"] == notes(product, capfd)
    product.put({"models/big.sql": wider.replace("'incremental'", "'incremental', on_schema_change='fail'")})
    assert notes(product, capfd)[1].startswith("its columns are others now, and on_schema_change is fail")
    product.put(
        {"models/big.sql": wider.replace("'incremental'", "'incremental', on_schema_change='append_new_columns'")}
    )
    assert notes(product, capfd) == [kept]
    (added,) = product.plan(capfd)[0]["nodes"][0]["columns"]
    assert (added["column"], added["change"], added["breaking"]) == ("region", "added", False)
    product.put({"models/big.sql": wider.replace("'incremental'", "'table'")})
    assert notes(product, capfd) == []


def notes(product, capfd):
    (node,) = product.plan(capfd)[0]["nodes"]
    return node["notes"]


STRICT = "\ngovernance: {policy_enforcement_level: strict, quality_gates: {require_descriptions: true}}\n"


def test_a_plan_and_a_run_go_by_a_baseline(product, capfd, tmp_path):
    known = tmp_path / "baseline.json"
    product.put({"floe.yaml": (product.root / "floe.yaml").read_text() + STRICT})
    assert product.floe(capfd, "compile", "--write-baseline", known)[0] == 0
    assert [product.floe(capfd, each)[0] for each in ("plan", "run")] == [3, 3]
    assert "nothing has changed" in said(product, capfd, "--baseline", known)
    assert product.floe(capfd, "run", "--changed", "--baseline", known)[0] == 0
    product.put({"models/new.sql": "select 1 as one"})
    code, text = product.floe(capfd, "run", "--baseline", known)
    assert (code, "1 finding of level error" in text) == (3, True)
    code, text = product.floe(capfd, "run", "--artifact", known, "--baseline", known)
    assert (code, "--baseline and --artifact contradict each other" in text) == (2, True)


def test_what_another_version_of_the_engine_compiled_is_not_taken_from_the_cache(product, capfd):
    assert product.floe(capfd, "plan")[0] == 0
    caches = list(product.state.rglob("compiled-*.json"))
    assert caches
    for cache in caches:
        nodes = json.loads(cache.read_text())
        nodes["model.shop.big"]["code"] = "as another version says it"
        cache.rename(cache.with_name(cache.name.replace(f"-{version('floe-transform-dbt')}-", "-0.0.1-"))).write_text(
            json.dumps(nodes)
        )
    assert "nothing has changed" in said(product, capfd)
