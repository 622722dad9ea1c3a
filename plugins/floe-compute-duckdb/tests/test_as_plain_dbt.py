"""What dbt's documentation shows, in one project that plain dbt-duckdb and floe build in turn: the same comes out."""

from __future__ import annotations

import shutil

import duckdb
import pytest
import yaml

CONFIG = {
    "vars": {"step": 1, "region": "eu"},
    "models": {"shop": {"+materialized": "table"}, "lib": {"+schema": "lib", "priced": {"+alias": "lib_priced"}}},
    "query-comment": {"comment": "{{ {'node': node.unique_id if node else 'none'} | tojson }}", "append": True},
    "dispatch": [{"macro_namespace": "dbt", "search_order": ["shop", "dbt"]}],
    "on-run-start": [
        "{{ make_and_drop() }}",
        "create or replace temp table began as select '{{ invocation_id }}' as id",
    ],
    "on-run-end": ["{{ count_results(results) }}", "{% for each in schemas %}select '{{ each }}';{% endfor %}"],
}

SEEDS = {
    "seeds/prices.csv": "Id;Full Name;amount\n1;a b;1.5\n2;c;2\n",
    "seeds/flags.csv": "k,v\n001,true\n002,\n",
    "seeds/unused.csv": "a\n1\n",
    "seeds/seeds.yml": """
seeds:
  - name: prices
    description: "{{ doc('prices') }}"
    config: {delimiter: ';', quote_columns: true, column_types: {Id: bigint, amount: "decimal(10,2)"}}
  - {name: flags, config: {column_types: {k: varchar}, alias: switches, schema: raw}}
  - {name: unused, config: {enabled: false}}
""",
}

MODELS = {
    "models/docs.md": "{% docs prices %}What it *costs*; it's documented{% enddocs %}",
    "models/base.sql": "select i as id, 'c' || i % 2 as c, {{ var('step') }} as n from range(4) r(i)",
    "models/dim_v1.sql": "{{ config(materialized='view') }} select 1 as id, 'one' as name",
    "models/dim_v2.sql": "select 1 as id, 'two' as full_name",
    "models/dim_next.sql": "select 3 as id, 'x' as y",
    "models/versions.sql": "select (select count(*) from {{ ref('dim') }}) as a, "
    "(select name from {{ ref('dim', v=1) }}) as b, "
    "(select y from {{ ref('shop', 'dim', version=3) }}) as c, (select v from {{ ref('lib', 'both', v=1) }}) as d",
    "models/off.sql": "{{ config(enabled=false) }} select nothing",
    "models/documented.sql": "{{ config(persist_docs={'relation': true, 'columns': true}, "
    "grants={'select': ['reader']}, "
    "indexes=[{'columns': ['id'], 'unique': true}]) }} select 1 as id, 'a' as \"Odd Name\"",
    "models/agreed.sql": "{{ config(materialized='incremental', unique_key='id', "
    "on_schema_change='append_new_columns') }} "
    "select {{ var('step') }}::int as id, 'x' as name, 10 + {{ var('step') }} as age, "
    "{'a': 1, 'b': [1.5::decimal(5,2)]} as s",
    "models/pivoted.sql": "-- depends_on: {{ ref('base') }}\nselect {% for each in values_of(ref('base'), 'c') %}"
    "sum(case when c = '{{ each }}' then n end)::bigint as {{ each }}, {% endfor %}1 as k from {{ ref('base') }}",
    "models/stars.sql": "select {{ lib.star(ref('base'), except=['n']) }}, "
    "{{ lib.flavour() }} as flavour from {{ ref('base') }}",
    "models/outside.sql": "select * from {{ source('raw', 'orders') }} "
    "union all by name select * from {{ source('raw', 'more') }}",
    "models/asked.sql": """-- depends_on: {{ ref('base') }}
        {% set there = adapter.get_relation(database=this.database, schema=this.schema, identifier='base') %}
        {% set columns = adapter.get_columns_in_relation(ref('base')) %}
        select '{{ there.type }}' as kind, '{{ columns | map(attribute="name") | join(",") }}' as names,
        '{{ columns | map(attribute="dtype") | join(",") }}' as types, 1 as {{ adapter.quote('x y') }},
        {{ (adapter.get_relation(this.database, this.schema, 'not_there') is none) | lower }} as missing,
        {{ adapter.check_schema_exists(this.database, 'nope') | lower }} as nope,
        {{ (load_relation(ref('base')) is not none) | lower }} as loaded, '{{ target.type }} {{ this }}' as me""",
    "models/context.sql": "{{ config(sql_header='set variable xx = 42;', tags=['a']) }} select getvariable('xx') as x, "
    '\'{{ graph.nodes.values() | selectattr("resource_type", "equalto", "seed") | map(attribute="name") | sort | '
    "join(\",\") if execute }}' as seeds, '{{ model.unique_id }} {{ model.tags | join }} {{ flags.FULL_REFRESH }} "
    "{{ invocation_args_dict.which }}' as me, "
    "{{ dbt.safe_cast(\"'7'\", api.Column.translate_type('integer')) }} as seven, "
    "'{{ model.config.meta.owner if execute }}' as owner",
    "models/hooked.sql": "select 1 as i",
    "models/prefixed.sql": "{{ config(materialized='view', schema='Fin') }} select 1 as q",
    "models/inner.sql": "{{ config(materialized='ephemeral') }} "
    "with x as (select * from {{ ref('base') }}) select id from x",
    "models/changed_by_hooks.sql": "{{ config(materialized='incremental', unique_key='id', "
    "pre_hook=['create or replace temp table ten as select 10 as z', {'sql': 'select 1', 'transaction': false}], "
    "post_hook='update {{ this }} set id = id + (select z from ten) where id < 2') }} "
    "with x as (select * from {{ ref('inner') }}) select id from x",
    "models/joined.sql": "select b.id, p.\"Full Name\" as name from {{ ref('base') }} b "
    "join {{ ref('prices') }} p on p.\"Id\" = b.id",
    "models/newest.sql": "{{ config(materialized='incremental', unique_key='id') }} select id, {{ stamp() }} as t "
    "from {{ ref('base') }} {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
    "models/models.yml": """
models:
  - name: dim
    latest_version: 2
    config: {access: public}
    columns: [{name: id, data_tests: [unique]}]
    versions:
      - {v: 1, config: {alias: dim_old}, columns: [{include: all}, {name: name, data_type: varchar}]}
      - v: 2
      - {v: 3, defined_in: dim_next}
  - {name: context, config: {meta: {owner: me}}}
  - name: documented
    description: "it's {{ doc('prices') }}"
    columns: [{name: id, description: "{{ doc('prices') }}"}, {name: "Odd Name", quote: true, description: odd}]
  - name: hooked
    config:
      post_hook: ["insert into {{ this }} values (2)", "alter table {{ this }} add column j integer default 5"]
  - name: agreed
    config: {contract: {enforced: true}}
    constraints: [{type: primary_key, columns: [id]}, {type: check, expression: "age < 100", name: young}]
    columns:
      - {name: id, data_type: int, constraints: [{type: not_null}]}
      - {name: name, data_type: varchar, constraints: [{type: check, expression: "length(name) > 0"}]}
      - {name: age, data_type: int, constraints: [{type: unique}]}
      - {name: s, data_type: "struct(a integer, b decimal(5,2)[])"}
  - name: base
    data_tests: [{unique: {arguments: {column_name: id}, name: one_row_each}}]
    columns:
      - name: id
        data_tests:
          - within: {arguments: {lo: 1, hi: 2}, config: {error_if: ">5", warn_if: ">0"}}
          - within: {name: within_where, arguments: {lo: 1, hi: 3}, config: {where: "id > 0"}}
          - accepted_values:
              arguments: {values: [0, 1], quote: false}
              config: {severity: warn, store_failures: true, limit: 1}
          - not_null: {config: {enabled: false}}
sources:
  - name: raw
    config: {meta: {external_location: "read_csv('raw/{identifier}.csv')"}}
    tables: [{name: orders}, {name: more, identifier: others}]
unit_tests:
  - name: by_csv
    model: joined
    given:
      - {input: ref('base'), format: csv, rows: "id\\n1\\n2"}
      - {input: ref('prices'), format: csv, fixture: some_prices}
    expect: {format: csv, fixture: some_names}
  - name: by_sql
    model: joined
    given:
      - {input: ref('base'), format: sql, rows: "select 5 as id"}
      - {input: ref('prices'), format: sql, fixture: one_price}
    expect: {rows: [{id: 5, name: five}]}
    overrides: {vars: {step: 9}}
  - name: as_incremental
    model: newest
    overrides: {macros: {is_incremental: true, stamp: "timestamp '2026-05-05'"}}
    given:
      - {input: ref('base'), rows: [{id: 1}, {id: 9}]}
      - {input: this, rows: [{id: 5, t: 2026-01-01 00:00:00}]}
    expect: {rows: [{id: 9, t: 2026-05-05 00:00:00}]}
  - {name: of_a_version, model: dim, versions: {include: [1]}, given: [], expect: {rows: [{id: 1, name: one}]}}
""",
    "raw/orders.csv": "a,b\n1,x\n",
    "raw/others.csv": "a,d\n9,z\n",
    "tests/fixtures/some_prices.csv": "Id,Full Name\n1,one\n3,three\n",
    "tests/fixtures/some_names.csv": "id,name\n1,one\n",
    "tests/fixtures/one_price.sql": 'select 5 as "Id", \'five\' as "Full Name"',
    "tests/generic/within.sql": "{% test within(model, column_name, lo=0, hi=10) %}"
    "{{ config(fail_calc='sum(n)') }} select "
    "count(*) as n from {{ model }} where {{ column_name }} not between {{ lo }} and {{ hi }}{% endtest %}",
    "tests/kept.sql": "{{ config(severity='warn', store_failures_as='table') }} "
    "select * from {{ ref('base') }} where id > 0",
    "tests/limited.sql": "{{ config(severity='warn', limit=2) }} select * from {{ ref('base') }} where id > 0",
    "macros/macros.sql": """
{% macro stamp() %}timestamp '2026-02-02'{% endmacro %}
{% macro values_of(relation, column) %}
  {%- if not execute -%}{{ return([]) }}{%- endif -%}
  {{ return(run_query('select distinct ' ~ column ~ ' from ' ~ relation ~ ' order by 1').columns[0].values() | list) }}
{% endmacro %}
{% macro make_and_drop() %}
  {%- do adapter.create_schema(api.Relation.create(database=target.database, schema='extra')) -%}
  {%- set where = {'database': target.database, 'schema': 'extra', 'identifier': 't', 'type': 'table'} -%}
  {%- do adapter.drop_relation(api.Relation.create(**where)) -%}
  {%- do adapter.drop_schema(api.Relation.create(database=target.database, schema='extra')) -%}
{% endmacro %}
{% macro count_results(results) %}
  {%- set done = results | selectattr('status', 'equalto', 'success') | list | length -%}
  {%- do run_query('create or replace temp table counted as select ' ~ done ~ ' as n') -%}
{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {{ 'x_' ~ node.name if node.name == 'prefixed' else default__generate_alias_name(custom_alias_name, node) }}
{%- endmacro %}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ target.schema ~ ('__' ~ custom_schema_name | trim if custom_schema_name else '') }}
{%- endmacro %}
""",
}

PACKAGE = {
    "packages.yml": "packages: [{local: local/lib}]\n",
    "local/lib/dbt_project.yml": "name: lib\nversion: '1.0'\nvars: {lib: {factor: 3}}\n",
    "local/lib/models/priced.sql": "select 5 * {{ var('factor') }} as n",
    "local/lib/models/both_v1.sql": "select 1 as v",
    "local/lib/models/both_v2.sql": "select 2 as v",
    "local/lib/models/lib.yml": "models: [{name: both, latest_version: 2, config: {access: public}, "
    "versions: [{v: 1}, {v: 2}]}]\n",
    "local/lib/macros/lib.sql": """
{% macro star(from, except=[]) %}{% for each in adapter.get_columns_in_relation(from) if each.name not in except -%}
{{ adapter.quote(each.name) }}{{ ', ' if not loop.last }}{%- endfor %}{% endmacro %}
{% macro flavour() %}{{ return(adapter.dispatch('flavour', 'lib')()) }}{% endmacro %}
{% macro default__flavour() %}'default'{% endmacro %}
{% macro duckdb__flavour() %}'duckdb'{% endmacro %}
""",
}

OLD = "select i as id, 'old' as v, 1 as n, timestamp '2026-01-01' + interval (i) day as ts from range(6) r(i)"
NEW = "select i as id, 'new' as v, 2 as n, timestamp '2026-01-01' + interval (i) day as ts from range(4, 9) r(i)"
STRATEGIES = {
    "merged": "unique_key='id', incremental_strategy='merge'",
    "merged_without_key": "incremental_strategy='merge'",
    "merged_some": "unique_key='id', incremental_strategy='merge', merge_update_columns=['v']",
    "merged_others": "unique_key='id', incremental_strategy='merge', merge_exclude_columns=['v']",
    "merged_if": "unique_key='id', incremental_strategy='merge', "
    "incremental_predicates=[\"DBT_INTERNAL_DEST.ts > timestamp '2026-01-05'\"]",
    "merged_where": "unique_key='id', incremental_strategy='merge', "
    "merge_update_condition='DBT_INTERNAL_SOURCE.id > 4', "
    "merge_insert_condition='DBT_INTERNAL_SOURCE.id < 8'",
    "merged_sum": "unique_key='id', incremental_strategy='merge', "
    "merge_update_set_expressions={'n': 'DBT_INTERNAL_DEST.n + DBT_INTERNAL_SOURCE.n'}",
    "replaced_if": "unique_key='id', incremental_strategy='delete+insert', "
    "incremental_predicates=[\"ts > timestamp '2026-01-05 12:00:00'\"]",
    "replaced": "unique_key=['id', 'n']",
    "appended": "incremental_strategy='append'",
    "never_anew": "unique_key='id', full_refresh=false",
    "own": "incremental_strategy='loud'",
}
INCREMENTAL = {
    **{
        f"models/inc/{name}.sql": f"{{{{ config(materialized='incremental', {config}) }}}} "
        f"{{% if is_incremental() %}}{NEW}{{% else %}}{OLD}{{% endif %}}"
        for name, config in STRATEGIES.items()
    },
    "macros/loud.sql": "{% macro get_incremental_loud_sql(arguments) %}insert into {{ arguments['target_relation'] }} "
    "select id, upper(v), n, ts from {{ arguments['temp_relation'] }}{% endmacro %}",
    "models/inc/events.sql": "{{ config(event_time='happened') }} select i as id, {{ var('step') }} as v, "
    "timestamp '2026-01-01' + interval (i * 6) hour as happened from range(20) r(i)",
    "models/inc/batches.sql": "{{ config(materialized='incremental', incremental_strategy='microbatch', "
    "event_time='happened', batch_size='day', begin='2026-01-01', lookback=2) }} select * from {{ ref('events') }}",
}

CUSTOMERS = {
    1: "id,c,n,ts\n1,a,5,2026-01-01\n2,b,6,2026-01-02\n3,c,7,2026-01-03\n",
    2: "id,c,n,ts\n1,a,9,2026-02-01\n3,c,7,2026-01-03\n4,d,1,2026-02-02\n",
    3: "id,c,n,ts,extra\n1,a,9,2026-02-01,x\n2,b,6,2026-03-01,y\n4,e,1,2026-03-02,z\n",
}
SNAPSHOTS = {
    "models/customers.sql": "{{ config(materialized='view') }} select * from read_csv('raw/customers.csv')",
    "snapshots/snapshots.yml": """
snapshots:
  - name: invalidated
    relation: ref('customers')
    config: {unique_key: id, strategy: timestamp, updated_at: ts, hard_deletes: invalidate}
  - name: recorded
    relation: ref('customers')
    config:
      unique_key: id
      strategy: timestamp
      updated_at: ts
      hard_deletes: new_record
      dbt_valid_to_current: "'9999-12-31'::timestamp"
      snapshot_meta_column_names: {dbt_valid_from: start_date, dbt_valid_to: end_date, dbt_scd_id: scd_id,
        dbt_updated_at: modified_at, dbt_is_deleted: is_deleted}
  - name: kept
    relation: ref('customers')
    config: {unique_key: [id, c], strategy: check, check_cols: all, alias: kept_as, schema: history}
""",
    "snapshots/block.sql": "{% snapshot block %}{{ config(unique_key='id', strategy='check', check_cols=['v'], "
    "invalidate_hard_deletes=True) }} select id, {{ var('step') }} as v "
    "from range(5 - {{ var('step') }}) t(id){% endsnapshot %}",
}

CHANGING = {
    "dbt_updated_at",
    "dbt_valid_from",
    "dbt_valid_to",
    "dbt_scd_id",
    "scd_id",
    "start_date",
    "end_date",
    "modified_at",
}
"""Of a row that is gone, these hold the time of the run."""


class Plain:
    """The same project, built by dbt-duckdb alone."""

    def __init__(self, product):
        self.product = product
        self.root = product.state / "plain"
        self.root.mkdir(parents=True)
        self.database = self.root / "floe.duckdb"
        outputs = {"dev": {"type": "duckdb", "path": str(self.database), "schema": "shop", "threads": 1}}
        profile = {"p": {"target": "dev", "outputs": outputs}}
        (self.root / "profiles.yml").write_text(yaml.safe_dump(profile))

    def run(self, *arguments):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        folders = [f"--project-dir={self.product.root}", f"--profiles-dir={self.root}", f"--target-path={self.root}"]
        invoked = dbtRunner().invoke([f"--log-path={self.root}", "-q", "build", *folders, *arguments])
        self.product.close_dbt_log()
        DuckDBConnectionManager.close_all_connections()
        results = {each.node.unique_id: each for each in getattr(invoked.result, "results", None) or []}
        return invoked.success, statuses(results), {name: str(each.message) for name, each in results.items()}


def statuses(results):
    """By node; the adapter's own hooks aside."""
    return {
        result.node.unique_id: (str(result.status), result.failures)
        for result in results.values()
        if result.node.package_name in ("shop", "lib")
    }


def relations(database):
    """Columns and rows of all relations, without what holds the time of a run."""
    with duckdb.connect(str(database)) as connection:
        names = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
        return {f"{schema}.{name}": _relation(connection, schema, name) for schema, name in names}


def _relation(connection, schema, name):
    rows = connection.execute(f'select * from "{schema}"."{name}"')
    columns = [each[0] for each in rows.description]
    kept = [number for number, column in enumerate(columns) if column not in CHANGING]
    return columns, sorted([repr([row[number] for number in kept]) for row in rows.fetchall()])


PERIOD = ("--event-time-start", "2026-01-01", "--event-time-end", "2026-01-06")
STEPS = {
    1: (*PERIOD, "--exclude", "as_incremental"),  # `this` is not there yet, as in dbt
    2: ("--event-time-start", "2026-01-02", "--event-time-end", "2026-01-04"),
    3: (*PERIOD, "--full-refresh"),
}


@pytest.fixture
def both(product, monkeypatch):
    """The project for both; what they write is apart."""
    monkeypatch.chdir(product.root)
    product.configure(**CONFIG)
    for files in (SEEDS, MODELS, PACKAGE, INCREMENTAL, SNAPSHOTS):
        for name, text in files.items():
            product.write(name, text)
    shutil.copytree(product.root / "local", product.root / "dbt_packages")
    return product, Plain(product)


def test_statuses_relations_columns_and_rows_are_those_of_plain_dbt(both):
    product, plain = both
    for step, arguments in STEPS.items():
        product.write("raw/customers.csv", CUSTOMERS[step])
        given = (*arguments, "--vars", f"{{step: {step}}}")
        success, expected, messages = plain.run(*given)
        outcome = product.run(*given)
        assert statuses(outcome.nodes) == expected, (messages, outcome.messages, outcome.error)
        assert outcome.success == success
        assert success, messages
        there, wanted = relations(product.database), relations(plain.database)
        assert there.keys() == wanted.keys()
        assert there == wanted
        assert len(there) > 40
