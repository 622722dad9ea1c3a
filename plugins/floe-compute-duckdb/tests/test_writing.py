"""Nothing is committed that is not whole, and a failure leaves nothing behind."""

from __future__ import annotations

import duckdb
import pytest

from floe_compute_duckdb.version import check_version
from floe_sdk import COMMIT_CONFLICT, COMPUTE_VERSION, ROWS_DIFFER, FloeError

LOSES_ROWS_IN_2_0_0 = """
create table s as select i, i * 2 b from range(300000) t(i);
begin;
create table d as select * from s limit 0;
insert into d select * from s;
commit;
"""


def test_why_duckdb_2_is_refused_a_table_filled_in_its_own_transaction_is_read_whole(lake):
    """On 2.0.0 count(*) gives 300000 and COPY writes 0 rows. This DuckDB must get it right."""
    lake.connection.execute(LOSES_ROWS_IN_2_0_0)
    (staged,) = lake.connection.execute("select count(*) from d").fetchone()
    version = lake.publish("d", "select * from d", staged_rows=staged)
    assert staged == 300_000
    assert version.table.scan().count() == 300_000


@pytest.mark.parametrize("version", ["2.0.0", "2.1.0", "1.4.4"])
def test_other_versions_of_duckdb_are_refused_with_the_reason(version):
    with pytest.raises(FloeError, match=version) as caught:
        check_version(version)
    assert caught.value.code is COMPUTE_VERSION
    assert caught.value.fix == 'pip install "duckdb>=1.5,<2"'
    check_version(duckdb.__version__)


def test_a_commit_is_refused_when_the_file_lacks_rows_that_were_staged(lake):
    lake.publish("t", "select 1 as id")
    files = lake.data_files()
    with pytest.raises(FloeError, match="300000 rows were staged and the files hold 2") as caught:
        lake.publish("t", "select * from range(2) r(id)", staged_rows=300_000)
    assert caught.value.code is ROWS_DIFFER
    assert lake.product.rows("t") == [{"id": 1}]
    assert lake.data_files() == files


def test_a_copy_that_fails_leaves_neither_file_nor_snapshot(lake):
    lake.publish("t", "select 1 as id")
    files = lake.data_files()
    with pytest.raises(duckdb.Error):
        lake.publish(
            "t", "select cast(case when i = 150000 then 'x' else '1' end as integer) id from range(200000) r(i)"
        )
    assert lake.product.rows("t") == [{"id": 1}]
    assert lake.data_files() == files
    assert len(lake.product.snapshots("t")) == 1


def test_a_table_changed_meanwhile_is_not_overwritten(lake):
    lake.publish("t", "select 1 as id")
    publication = lake.session.publisher.begin("shop", "t", "model.shop.t")
    lake.publish("t", "select 2 as id", removed=())
    files = lake.data_files()
    from floe_compute_duckdb.writing import publish

    with pytest.raises(FloeError) as caught:
        publish(lake.connection.execute, publication, "select 3 as id", store=lake.store, removed=None)
    assert caught.value.code is COMMIT_CONFLICT
    assert lake.product.rows("t") == [{"id": 1}, {"id": 2}]
    assert lake.data_files() == files


def test_a_failed_node_keeps_the_old_table_and_the_view_of_it(product):
    hook = "{{ 'select error(1)' if var('bad', false) }}"
    text = f"{{{{ config(materialized='incremental', unique_key='id', post_hook=\"{hook}\") }}}}"
    product.write("models/t.sql", text + " select 1 as id, '{{ var('v', 'old') }}' as v")
    product.write("models/reader.sql", "{{ config(materialized='table') }} select v from {{ ref('t') }}")
    assert product.run().success
    outcome = product.run("--vars", "{bad: true, v: new}")
    assert outcome.statuses == {"t": "error", "reader": "skipped"}
    assert product.rows("t") == [{"id": 1, "v": "old"}]
    assert len(product.snapshots("t")) == 1
    with duckdb.connect(str(product.database), read_only=True) as connection:
        assert connection.execute("select v from shop.t").fetchall() == [("old",)]
    assert len(list(product.context.platform_state.rglob("*.parquet"))) == 2


def test_parsing_needs_no_run(product, tmp_path):
    import json

    from dbt.cli.main import dbtRunner

    product.write("models/t.sql", "{{ config(materialized='table') }} select '{{ target.type }}' as a")
    profile = {"p": {"target": "dev", "outputs": {"dev": dict(product.compute.compute_profile("shop"))}}}
    (tmp_path / "profiles.yml").write_text(json.dumps(profile))
    folders = [f"--project-dir={product.root}", f"--profiles-dir={tmp_path}", f"--target-path={tmp_path}/target"]
    assert dbtRunner().invoke([f"--log-path={tmp_path}", "-q", "parse", *folders]).success
    product.close_dbt_log()
    result = dbtRunner().invoke([f"--log-path={tmp_path}", "-q", "run", *folders])
    assert not result.success
    assert "start the engine through `floe run`" in str(result.exception or result.result.results[0].message)


def test_health_computes_within_the_configured_limits(make_product):
    health = make_product(threads=1, memory_limit="100MB").compute.plugin_health()
    assert health.ok
    assert duckdb.__version__ in health.message
