"""`floe run` of a dbt project whose tables are in a bucket, in both of DuckDB's ways."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from support.products import make_product, manifest_text, write_files

FLOE = Path(sys.executable).with_name("floe")
MODELS = {
    "models/events.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select id, region, amount + {{ var('more', 0) }} as amount from {{ ref('stg_orders') }}
        {% if is_incremental() %} where id > 2 {% endif %}
    """,
    "snapshots/orders_history.sql": """
        {% snapshot orders_history %}
        {{ config(unique_key='id', strategy='check', check_cols=['amount'], target_schema='shop') }}
        select * from {{ ref('events') }}
        {% endsnapshot %}
    """,
}


class Product:
    """A product on disk whose storage is the bucket."""

    def __init__(self, folder, way, s3_server, bucket, **governance):
        self.s3_server, self.bucket = s3_server, bucket
        config = {"bucket": bucket, "endpoint": s3_server.endpoint, "prefix": "lake"}
        keys = {"access_key_id": {"env": "BUCKET_KEY"}, "secret_access_key": {"env": "BUCKET_SECRET"}}
        storage = {"type": "s3", "config": {**config, **keys}}
        text = manifest_text(extra="governance: " + json.dumps(governance) if governance else "")
        text = text.replace("storage: {type: local}", f"storage: {json.dumps(storage)}")
        text = text.replace("compute: {type: duckdb}", f"compute: {{type: duckdb, config: {{object_storage: {way}}}}}")
        self.folder = make_product(folder, manifest=text)
        write_files(self.folder, MODELS)
        self.outputs = []

    def floe(self, *arguments, fails=False):
        keys = {"BUCKET_KEY": self.s3_server.access_key_id, "BUCKET_SECRET": self.s3_server.secret_access_key}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "AWS_"))}
        done = subprocess.run(
            [FLOE, *arguments], cwd=self.folder, env={**kept, **keys}, capture_output=True, text=True, check=False
        )
        self.outputs.append(done.stdout + done.stderr)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def ask(self, sql):
        return json.loads(self.floe("query", "--format", "json", sql))


@pytest.fixture
def product(tmp_path, way, s3_server, bucket):
    return Product(tmp_path / "platform", way, s3_server, bucket)


def test_it_is_published_read_again_and_holds_no_secret(product, tmp_path, s3_server, s3, bucket, keys, parts):
    assert "succeeded" in product.floe("run")
    assert product.ask("select sum(amount)::bigint as s from events") == [{"s": 13}]
    for database in tmp_path.rglob("floe.duckdb"):
        database.unlink()
    assert "succeeded" in product.floe("run", "--vars", "{more: 10}")
    ids = product.ask("select id, amount from events order by id")
    assert ids == [{"id": 1, "amount": 5}, {"id": 2, "amount": 7}, {"id": 3, "amount": 11}]
    assert product.ask("select count(*) as n from orders_history") == [{"n": 4}]
    product.floe("health")
    product.floe("tables")
    product.floe("config", "show", "--origin")
    product.floe("catalog", "maintain", "--dry-run")
    assert parts() == []
    _nothing_of(s3_server.secret_access_key, product, tmp_path, s3, bucket, keys)


def _nothing_of(secret, product, tmp_path, s3, bucket, keys):
    raw = secret.encode()
    forms = {raw, quote(secret, safe="").encode(), *(base64.b64encode(b"\0" * n + raw)[4:-4] for n in range(3))}
    places = {f"output {number}": text.encode() for number, text in enumerate(product.outputs)}
    places |= {str(path): path.read_bytes() for path in (tmp_path / "platform").rglob("*") if path.is_file()}
    places |= {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys()}
    names = {Path(name).name for name in places}
    assert {"compiled_artifacts.json", "dbt.log", "floe.duckdb"} <= names
    assert [name for name, content in places.items() for form in forms if form in content] == []


def _delete_one(product, s3, keys, table):
    (key,) = [each for each in keys(f"lake/shop/{table}/data/") if each.endswith(".parquet")]
    s3.delete_object(Bucket=product.bucket, Key=key)
    return key


def test_an_object_that_is_gone_stops_what_builds_on_it(product, s3, keys):
    product.floe("run")
    key = _delete_one(product, s3, keys, "events")
    output = product.floe("run", fails=True)
    assert "FLOE-K007" in output
    assert key in output
    assert "FLOE-K007" in product.floe("query", "select * from events", fails=True)
    assert "succeeded" in product.floe("run", "--full-refresh")
    assert product.ask("select count(*) as n from events") == [{"n": 3}]


def test_repair_goes_on_without_what_is_lost(tmp_path, way, s3_server, bucket, s3, keys):
    repairing = Product(tmp_path / "platform", way, s3_server, bucket, stale_table_recovery_mode="repair")
    repairing.floe("run")
    _delete_one(repairing, s3, keys, "events")
    assert "registered again without what is lost" in repairing.floe("run", "--select", "events")
    assert repairing.ask("select id from events") == [{"id": 3}]
