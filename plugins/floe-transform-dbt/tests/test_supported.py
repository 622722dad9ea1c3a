"""What can't be served is refused when the project is read: all of it at once, with the file and what to do."""

from __future__ import annotations

import pytest

from floe_sdk import FloeError

DATABASE = {"type": "duckdb", "database": "memory"}


@pytest.fixture
def refused(project):
    def read(files):
        project.write_all(files)
        with pytest.raises(FloeError) as caught:
            project.graph(profile=DATABASE)
        assert {each.code.id for each in caught.value.errors} == {"FLOE-T006"}
        assert all(each.fix for each in caught.value.errors)
        return {f"{str(each.where).removeprefix(f'{project.root}/')}: {each.problem}" for each in caught.value.errors}

    return read


def test_everything_that_is_not_supported_is_named_at_once(refused):
    project = """
        name: shop
        version: "1.0"
        profile: shop
        on-run-start: ["create table if not exists {{ target.schema }}.audit (at timestamp)", "set threads = 2"]
        on-run-end:
          - "{% if true %} DELETE FROM {{ ref('totals') }} {% endif %}"
          - "/* no */ create temp table x as select 1; Insert into audit select now()"
          - "copy (select 1) to 'out.csv'"
    """
    assert refused(
        {
            "dbt_project.yml": project,
            "models/a.sql": "{{ config(materialized='materialized_view') }} select 1 as x",
            "models/b.sql": "{{ config(materialized='external', location='b.parquet') }} select 1 as x",
            "models/c.sql": "{{ config(materialized='mine') }} select 1 as x",
            "models/d.sql": "{{ config(database='elsewhere') }} select 1 as x",
            "models/e.sql": "{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }} select",
            "models/f.sql": "{{ config(materialized='incremental', incremental_strategy='own') }} select 1 as x",
            "models/g.sql": "{{ config(iceberg={'partition_by': 'bucket(8, x)'}) }} select 1 as x",
            "models/h.sql": "{{ config(materialized='view', iceberg={'sort_by': 'x'}) }} select 1 as x",
            "models/i.sql": "{{ config(materialized='table') }} select 1 as x",
            "models/j.sql": "{{ config(materialized='table') }} select 1 as x",
            "models/more.yml": """
                sources: [{name: far, database: away, tables: [{name: t}]}]
                models:
                  - name: i
                    config: {contract: {enforced: true}}
                    constraints: [{type: foreign_key, columns: [x], to: ref('a'), to_columns: [x]}]
                    columns: [{name: x, data_type: int}]
                  - name: j
                    config: {contract: {enforced: true}}
                    columns: [{name: x, data_type: int, constraints: [{type: foreign_key, expression: "a (x)"}]}]
            """,
            "macros/mine.sql": """
                {% materialization mine, default %}{{ return({'relations': []}) }}{% endmaterialization %}
                {% materialization table, adapter='duckdb' %}{{ return({'relations': []}) }}{% endmaterialization %}
                {% macro get_incremental_own_sql(arg_dict) %}select 1{% endmacro %}
            """,
        }
    ) == {
        "dbt_project.yml: on-run-start changes a table outside its node (create table)",
        "dbt_project.yml: on-run-end changes a table outside its node (DELETE)",
        "dbt_project.yml: on-run-end changes a table outside its node (Insert)",
        "models/a.sql: a has the materialization 'materialized_view'",
        "models/b.sql: b has the materialization 'external'",
        "models/c.sql: c has the materialization 'mine'",
        "models/d.sql: d is to be in the database elsewhere, not the catalog",
        "models/e.sql: e has the incremental strategy 'insert_overwrite'",
        (
            "models/g.sql: g: partition_by 'bucket(8, x)': bucket needs a hash that DuckDB does not have; "
            "partition by year, month, day, hour or truncate"
        ),
        "models/h.sql: h is a view, which has no files",
        "models/i.sql: i has a foreign key, which the catalog's tables don't know",
        "models/j.sql: j has a foreign key, which the catalog's tables don't know",
        "models/more.yml: the source far.t is in the database away",
        "macros/mine.sql: the project redefines the materialization 'table', which would publish nothing",
    }


def test_a_disabled_node_is_not_asked_for(project):
    project.write_all({"models/a.sql": "{{ config(materialized='external', enabled=false) }} select 1 as x"})
    assert "model.shop.a" not in project.graph(profile=DATABASE).by_id()


NAMES = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"


def test_a_database_that_the_projects_own_names_leave_out_is_refused(project):
    """Where floe's macro decides, it is part of the namespace: two tables would else become one."""
    floe = {"type": "floe", "path": ":memory:", "database": "memory"}
    project.write_all({"models/d.sql": "{{ config(database='finance', schema='marts') }} select 1 as x"})
    assert project.graph(profile=floe).by_id()["model.shop.d"].namespace == "shop_finance_marts"
    project.write_all({"macros/names.sql": NAMES})
    with pytest.raises(
        FloeError, match="in the database finance, which the project's own generate_schema_name"
    ) as caught:
        project.graph(profile=floe)
    assert caught.value.code.id == "FLOE-T006"
    assert str(caught.value.where).endswith("models/d.sql")


def test_a_private_model_is_not_read_by_another_group(project):
    project.write_all(
        {
            "models/groups.yml": """
                groups: [{name: sales, owner: {name: Sales}}]
                models:
                  - {name: secret, config: {group: finance, access: private}}
                  - {name: nosy, config: {group: sales}}
            """,
            "models/secret.sql": "select 1 as x",
            "models/nosy.sql": "select * from {{ ref('secret') }}",
        }
    )
    with pytest.raises(FloeError, match="private to the 'finance' group"):
        project.graph()
