from pathlib import Path

import pytest
from openlineage.client.naming.dataset import ABFSS, GCS, S3, LocalFileSystem

from floe_sdk import CatalogAccess
from floe_sdk.runtime.lineage.ids import node_run_id
from floe_sdk.runtime.lineage.naming import CatalogName, file_of, physical

PROJECT = Path("/srv/shop")


@pytest.mark.parametrize(
    ("location", "naming"),
    [
        ("file:///srv/lake/shop/orders", LocalFileSystem("/srv/lake/shop/orders")),
        ("file:///srv/with%20space/orders/", LocalFileSystem("/srv/with space/orders")),
        ("/srv/lake/shop/orders", LocalFileSystem("/srv/lake/shop/orders")),
        ("s3://lake/shop/orders", S3("lake", "shop/orders")),
        ("s3a://lake/shop/orders/", S3("lake", "shop/orders")),
        ("gs://lake/shop/orders", GCS("lake", "shop/orders")),
        ("abfss://box@acme.dfs.core.windows.net/shop/orders", ABFSS("box", "acme", "shop/orders")),
    ],
)
def test_locations_are_named_as_the_spec_s_own_client_names_them(location, naming):
    found = physical(location)
    assert (found.namespace, found.name) == (naming.get_namespace(), naming.get_name())


def test_credentials_and_queries_are_no_part_of_a_name():
    found = physical("https://user:secret@data.example.com/a/b.csv?token=secret")
    assert (found.namespace, found.name) == ("https://data.example.com", "a/b.csv")


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("raw/x.jsonl", "/srv/shop/raw/x.jsonl"),
        ("read_csv('raw/x.csv', header = true)", "/srv/shop/raw/x.csv"),
        ("read_csv('raw/it''s.csv')", "/srv/shop/raw/it's.csv"),
        ("../shared/x.csv", "/srv/shared/x.csv"),
        ("/data/x.csv", "/data/x.csv"),
        ("read_parquet('raw/*/year=2024/*.parquet')", "/srv/shop/raw"),
        ("s3://bucket/x.csv", "s3://bucket/x.csv"),
    ],
)
def test_a_source_s_file_is_taken_from_its_location(location, path):
    assert file_of(location, PROJECT) == path


@pytest.mark.parametrize(
    ("uri", "namespace"),
    [
        (
            "https://user:pw@polaris.example.com:8181/api/catalog/?x=secret",  # pragma: allowlist secret
            "https://polaris.example.com:8181/api/catalog",
        ),
        ("postgresql+psycopg://user:pw@db:5432/floe", "postgres://db:5432"),  # pragma: allowlist secret
        ("postgresql://db/floe", "postgres://db:5432"),
        ("sqlite:////srv/.floe/dev/catalog.db", "sqlite:////srv/.floe/dev/catalog.db"),
        (None, "acme"),
        ({"env": "CATALOG_URI"}, "acme"),
    ],
)
def test_the_catalog_s_name_has_no_credentials(uri, namespace):
    access = CatalogAccess.model_validate({"type": "sql", "properties": {"uri": uri} if uri else {}})
    assert CatalogName.of(access, "acme").namespace == namespace


def test_node_run_ids_are_the_same_everywhere_and_differ_by_node_and_run():
    run, other = "01a2093d-8faf-707b-a4e7-92b4c65ff08e", "01a2093d-8faf-707b-a4e7-92b4c65ff08f"
    assert node_run_id(run, "model.a") == "01a2093d-8faf-7e15-a060-b8396ac7ad91"
    assert len({node_run_id(run, "model.a"), node_run_id(run, "model.b"), node_run_id(other, "model.a")}) == 3
