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
            "models/more.yml": "sources: [{name: far, database: away, tables: [{name: t}]}]",
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
        "models/more.yml: the source far.t is in the database away",
        "macros/mine.sql: the project redefines the materialization 'table', which would publish nothing",
    }


def test_a_disabled_node_is_not_asked_for(project):
    project.write_all({"models/a.sql": "{{ config(materialized='external', enabled=false) }} select 1 as x"})
    assert "model.shop.a" not in project.graph(profile=DATABASE).by_id()
