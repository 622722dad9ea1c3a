"""A small product on disk: a dbt project over a raw file, and the documents around it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAIN_COMPUTE = '''
    """DuckDB as dbt-duckdb runs it: a compute that publishes nothing."""
    import os
    from floe_sdk import PluginConfig, Secret, hookimpl

    class Config(PluginConfig):
        password: Secret | None = None

    class Plugin:
        def __init__(self, config: Config) -> None:
            self.config = config

        @hookimpl
        def compute_profile(self, namespace):
            secret = {"settings": {"custom_user_agent": self.config.password}} if self.config.password else {}
            return {"type": "duckdb", "schema": namespace, "threads": 2, **secret}

        @hookimpl
        def compute_open(self, session, profile):
            return {**profile, "path": str(session.product_root / "plain.duckdb")}

        @hookimpl
        def compute_query(self, request):
            raise RuntimeError("not asked here")
'''
"""The code of the distribution `floe-compute-plain`, for `Site.install`."""

PROJECT = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        models: {shop: {+materialized: table}}
    """,
    "raw/orders.csv": "id,region,amount\n1,1,5\n2,2,7\n3,1,1\n",
    "seeds/regions.csv": "region,name\n1,north\n2,south\n",
    "models/schema.yml": """
        sources:
          - name: raw
            tables:
              - name: orders
                config: {meta: {external_location: "read_csv('raw/orders.csv')"}}
        models:
          - name: orders
            description: Every order.
            columns:
              - name: id
                description: Identifies the order.
                data_tests: [unique, not_null]
    """,
    "models/stg_orders.sql": "{{ config(materialized='view') }} select * from {{ source('raw', 'orders') }}",
    "models/orders.sql": "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region)",
    "models/totals.sql": "select name, sum(amount)::bigint as amount from {{ ref('orders') }} group by name",
}
"""A view, a seed, two tables and two tests; `models/totals.sql` is downstream of the tests."""


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write dedented texts below `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def manifest_text(compute: str = "duckdb", extra: str = "") -> str:
    """A manifest with everything of the box and the `file` plugins."""
    return textwrap.dedent(
        f"""
        apiVersion: floe.dev/v1
        kind: Manifest
        metadata: {{name: lake, version: 1.0.0, owner: platform@example.com}}
        plugins:
          compute: {{type: {compute}}}
          transform: {{type: dbt}}
          catalog: {{type: sql}}
          storage: {{type: local}}
          orchestrator: {{type: local}}
        observability:
          lineage: {{transport: file}}
          tracing: {{exporter: file}}
        """
    ) + textwrap.dedent(extra)


SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {name: shop, version: 1.0.0, owner: shop@example.com}
    platform: {manifest: ../manifest.yaml}
"""


def make_product(
    root: Path, *, compute: str = "duckdb", manifest: str | None = None, files: Mapping[str, str] = {}
) -> Path:
    """Write a platform at `root` and the product `shop` below it; returns the product's folder."""
    write_files(root, {"manifest.yaml": manifest or manifest_text(compute)})
    (root / ".git").mkdir(exist_ok=True)  # where paths may lead to
    return write_files(root / "shop", {**PROJECT, "floe.yaml": SPEC, **files})
