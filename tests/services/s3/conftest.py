"""Tables on a real S3 server, published straight from SQL: without dbt, and in both of DuckDB's ways."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import duckdb
import pytest
from botocore.config import Config

from floe_compute_duckdb import DuckDBCompute, DuckDBConfig
from floe_compute_duckdb.object_store import ObjectStore
from floe_compute_duckdb.writing import publish
from floe_sdk import PluginContext, QueryRequest, Secret
from floe_sdk.builtin.catalog_sql import SqlCatalogConfig, SqlCatalogPlugin
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.session import Session
from floe_sdk.testing import FaultProxy
from floe_storage_s3 import S3Storage, S3StorageConfig

NAMESPACE = "shop"


def secret(value):
    return Secret("planted", value, resolver=lambda reference: reference.key)


def client_of(endpoint, key, value):
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=value,
        region_name="us-east-1",
        config=config,
    )


@pytest.fixture
def context(tmp_path):
    return PluginContext(
        environment="staging",
        platform="acme",
        product="Shop",
        product_slug=NAMESPACE,
        platform_root=tmp_path,
        product_root=tmp_path,
        platform_state=tmp_path / "state" / "platform",
        product_state=tmp_path / "state" / "product",
    )


@pytest.fixture
def storage(s3_server, bucket, context):
    """Makes the plugin; keywords go over a configuration that works."""

    def make(**config):
        usual = {
            "bucket": bucket,
            "prefix": "lake/{environment}",
            "endpoint": s3_server.endpoint,
            "access_key_id": s3_server.access_key_id,
            "secret_access_key": secret(s3_server.secret_access_key),
        }
        given = {key: value for key, value in {**usual, **config}.items() if value is not None}
        return S3Storage(S3StorageConfig.model_validate(given), context)

    return make


@pytest.fixture
def s3(s3_server):
    return client_of(s3_server.endpoint, s3_server.access_key_id, s3_server.secret_access_key)


@pytest.fixture
def keys(s3, bucket):
    """The keys in the bucket."""

    def found(prefix=""):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(each["Key"] for page in pages for each in page.get("Contents", ()))

    return found


@pytest.fixture
def parts(s3, bucket):
    """The keys of uploads that were begun and not ended."""

    def found():
        return sorted(each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ()))

    return found


@pytest.fixture
def proxy(s3_server):
    """A proxy before the server that misbehaves when it is told to."""
    with FaultProxy(s3_server.endpoint) as proxy:
        yield proxy


class Lake:
    """One run that publishes; `store` and `connection` are its DuckDB."""

    def __init__(self, context, storage, way, folder):
        self.context, self.storage, self.way = context, storage, way
        self.catalog_plugin = SqlCatalogPlugin(SqlCatalogConfig(), context)
        platform = SimpleNamespace(context=context, storage=storage, catalog=self.catalog_plugin)
        folder.mkdir(exist_ok=True)
        self.session = Session(platform, new_run_id(), NAMESPACE, folder)
        self.connection = duckdb.connect()
        self.store = ObjectStore(lambda: self.connection, way, self.session.storage, folder)
        self.store.set_up()

    @property
    def catalog(self):
        return self.session.catalog

    def publish(self, table, query, **options):
        publication = self.session.publisher.begin(NAMESPACE, table, f"model.shop.{table}")
        options = {"removed": None, "store": self.store, **options}
        version, _ = publish(self.connection.execute, publication, query, **options)
        return version

    def rows(self, table):
        return sorted(self.session.publisher.load(NAMESPACE, table).table.scan().to_arrow().to_pylist(), key=repr)

    def select(self, version):
        return sorted(self.connection.execute(self.store.scan(version)).fetchall())

    def ask(self, sql, way=None):
        compute = DuckDBCompute(DuckDBConfig(object_storage=way or self.way), self.context)
        request = QueryRequest(sql, self.catalog, self.session.storage, (NAMESPACE,))
        return compute.compute_query(request).reader.read_all().to_pylist()

    def close(self):
        self.store.close()
        self.connection.close()
        self.catalog_plugin.plugin_close()


@pytest.fixture(params=["httpfs", "pyarrow"])
def way(request):
    return request.param


@pytest.fixture
def make_lake(context, storage, way, tmp_path):
    made = []

    def make(**config):
        lake = Lake(context, storage(**config), way, tmp_path / "private")
        lake.session.__enter__()
        made.append(lake)
        return lake

    yield make
    for lake in made:
        lake.session.__exit__(None, None, None)
        lake.close()


@pytest.fixture
def lake(make_lake):
    return make_lake()
