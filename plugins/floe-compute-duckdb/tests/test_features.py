"""dbt's features as its own documentation shows them, in one project that is built three times."""

from __future__ import annotations

import datetime as dt

import pytest

PROJECT = {
    "vars": {"region": "eu", "cutoff": 2},
    "models": {"shop": {"+materialized": "table", "marts": {"+schema": "marts", "+tags": ["nightly"]}}},
    "seeds": {"shop": {"countries": {"+column_types": {"code": "varchar(2)", "since": "date"}}}},
    "data_tests": {"shop": {"+store_failures": False}},
    "on-run-start": ["create temp table if not exists run_began as select 1 as x"],
    "on-run-end": ["{% for each in results %}{% do log(each.node.name) %}{% endfor %}"],
}

FILES = {
    "packages.yml": "packages: [{local: local_utils}]\n",
    "local_utils/dbt_project.yml": "name: local_utils\nversion: '1.0'\n",
    "local_utils/macros/star.sql": """
        {% macro shout(column) %}{{ return(adapter.dispatch('shout', 'local_utils')(column)) }}{% endmacro %}
        {% macro duckdb__shout(column) %}upper({{ column }}) || '!'{% endmacro %}
        {% macro default__shout(column) %}'default'{% endmacro %}
        {% test is_positive(model, column_name) %}
        select * from {{ model }} where {{ column_name }} <= 0
        {% endtest %}
    """,
    "raw/orders.csv": "id,country,amount,placed\n1,de,5,2026-01-01\n2,fr,7,2026-01-02\n3,de,9,2026-01-03\n",
    "seeds/countries.csv": "code,name,since\nde,Germany,1990-10-03\nfr,France,\n",
    "models/sources.yml": """
sources:
  - name: raw
    config:
      freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 24, period: hour}}
      loaded_at_field: "placed::timestamp"
    tables:
      - name: orders
        config: {meta: {external_location: "read_csv('{root}/raw/{name}.csv')"}}
        columns: [{name: id, data_tests: [not_null]}]
exposures:
  - name: dashboard
    type: dashboard
    owner: {name: Finance, email: finance@example.com}
    depends_on: [ref('orders')]
groups:
  - name: finance
    owner: {name: Finance, email: finance@example.com}
models:
  - name: totals
    config: {group: finance, access: private}
    columns: [{name: amount, data_tests: [local_utils.is_positive]}]
  - name: orders
    config: {group: finance}
    columns:
      - name: id
        data_tests:
          - unique
          - relationships: {arguments: {to: ref('stg_orders'), field: id}}
      - name: country
        data_tests:
          - accepted_values: {arguments: {values: [de]}, config: {severity: warn}}
          - unique: {config: {warn_if: ">0", error_if: ">10", store_failures: true, alias: twice, tags: [stored]}}
          - not_null: {config: {where: "id < 3", limit: 1}}
  - name: agreed
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: bigint, constraints: [{type: not_null}]}
      - {name: name, data_type: varchar}
unit_tests:
  - name: totals_add_up
    model: totals
    given:
      - input: ref('orders')
        rows: [{country: de, amount: 2}, {country: de, amount: 3}]
    expect: {rows: [{country: de, amount: 5}]}
""",
    "models/stg_orders.sql": "{{ config(materialized='view') }} select * from {{ source('raw', 'orders') }}",
    "models/big.sql": "{{ config(materialized='ephemeral') }} "
    "select * from {{ ref('stg_orders') }} where id >= {{ var('cutoff') }}",
    "models/orders.sql": "select *, '{{ var('region') }}' as region from {{ ref('stg_orders') }}",
    "models/marts/totals.sql": "{{ config(alias='totals_per_country') }} "
    "select country, sum(amount)::bigint as amount from {{ ref('orders') }} group by country",
    "models/marts/names.sql": "select {{ local_utils.shout('name') }} as name from {{ ref('countries') }}",
    "models/marts/big_ids.sql": "select id from {{ ref('big') }}",
    "models/agreed.sql": "select 1::bigint as id, 'x' as name",
    "models/kept.sql": """
        {{ config(materialized='incremental', unique_key='id',
            post_hook="DELETE FROM {{ this }} WHERE placed < '2026-01-02'") }}
        select id, placed from {{ ref('stg_orders') }}
        {% if is_incremental() %} where placed >= (select max(placed) from {{ this }}) {% endif %}
    """,
    "snapshots/history.yml": """
snapshots:
  - name: orders_by_time
    relation: ref('stg_orders')
    config: {schema: history, unique_key: id, strategy: timestamp, updated_at: placed, hard_deletes: invalidate}
  - name: orders_by_check
    relation: ref('stg_orders')
    config: {unique_key: [id, country], strategy: check, check_cols: [amount], hard_deletes: new_record}
""",
    "tests/no_negative.sql": "select * from {{ ref('orders') }} where amount < 0",
}


@pytest.fixture(scope="module")
def builds(shared_product):
    """The project built: as it is; after its source changed; with variables of the command line and a full refresh."""
    from dbt.cli.main import dbtRunner

    product = shared_product
    product.configure(**PROJECT)
    for name, text in FILES.items():
        product.write(name, text.replace("{root}", str(product.root)))
    log = f"--log-path={product.state}"
    assert dbtRunner().invoke([log, "-q", "deps", f"--project-dir={product.root}"]).success
    product.close_dbt_log()
    first = product.run("--threads", "2")
    product.write(
        "raw/orders.csv", "id,country,amount,placed\n1,de,6,2026-01-04\n3,de,9,2026-01-03\n4,fr,1,2026-01-05\n"
    )
    second = product.run()
    third = product.run(
        "--vars", "{region: us}", "--full-refresh", "--select", "orders", "kept", "path:models/marts", "twice"
    )
    return product, first, second, third


def test_everything_is_built_and_tested(builds):
    _, *outcomes = builds
    for outcome in outcomes:
        assert outcome.success, {
            name: text for name, text in outcome.messages.items() if outcome.statuses[name] in ("error", "fail")
        }
    statuses = outcomes[0].statuses
    warned = {name for name, status in statuses.items() if status == "warn"}
    assert {name.split(".")[2].split("_")[0] for name in warned} == {"accepted", "unique"}
    assert {status for name, status in statuses.items() if name not in warned} == {"success", "pass", "no-op"}
    kinds = {str(each.node.resource_type) for each in outcomes[0].nodes.values()}
    assert kinds == {"model", "seed", "snapshot", "test", "unit_test", "operation", "exposure"}


def test_a_seed_has_the_types_of_its_configuration(builds):
    product, *_ = builds
    assert {row["code"]: row["since"] for row in product.rows("countries")} == {"de": dt.date(1990, 10, 3), "fr": None}


def test_schemas_and_aliases_are_namespaces_and_tables(builds):
    product, *_ = builds
    tables = {space: {name for _, name in product.catalog().list_tables(space)} for space in ("shop", "shop_marts")}
    assert tables["shop_marts"] == {"totals_per_country", "names", "big_ids"}
    assert tables["shop"] == {"orders", "agreed", "kept", "countries", "orders_by_check"}
    assert {name for _, name in product.catalog().list_tables("shop_history")} == {"orders_by_time"}


def test_macros_of_a_local_package_dispatch_to_duckdb(builds):
    product, *_ = builds
    assert product.rows("names", "shop_marts") == [{"name": "FRANCE!"}, {"name": "GERMANY!"}]


def test_variables_of_the_project_and_of_the_command_line(builds):
    product, *_ = builds
    assert {row["region"] for row in product.rows("orders")} == {"us"}
    orders = product.catalog().load_table(("shop", "orders"))
    first = orders.scan(snapshot_id=orders.snapshots()[0].snapshot_id).to_arrow().to_pylist()
    assert {row["region"] for row in first} == {"eu"}
    assert [row["id"] for row in product.rows("big_ids", "shop_marts")] == [3, 4]


def test_a_retention_hook_is_part_of_what_is_published(builds):
    product, *_ = builds
    kept = product.catalog().load_table(("shop", "kept"))
    states = [kept.scan(snapshot_id=each.snapshot_id).to_arrow() for each in kept.snapshots()]
    assert [sorted(state["id"].to_pylist()) for state in states] == [[2, 3], [1, 2, 3, 4], [1, 3, 4]]


def test_stored_failures_are_a_table(builds):
    product, *_ = builds
    rows = product.rows("twice", "shop_dbt_test__audit")
    assert rows == [{"unique_field": "de", "n_records": 2}]


def test_snapshots_by_timestamp_and_by_check(builds):
    product, *_ = builds
    by_time = {
        (row["id"], row["amount"], row["dbt_valid_to"] is None)
        for row in product.rows("orders_by_time", "shop_history")
    }
    assert by_time == {(1, 5, False), (1, 6, True), (2, 7, False), (3, 9, True), (4, 1, True)}
    by_check = [
        (row["id"], row["amount"], row["dbt_valid_to"] is None, row["dbt_is_deleted"])
        for row in product.rows("orders_by_check")
    ]
    assert sorted(by_check) == [
        (1, 5, False, "False"),
        (1, 6, True, "False"),
        (2, 7, False, "False"),
        (2, 7, True, "True"),
        (3, 9, True, "False"),
        (4, 1, True, "False"),
    ]
