"""Products on machines that have only a catalog and a warehouse in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog

from support.products import write_files

BIN = Path(sys.executable).parent

MANIFEST = """
    apiVersion: floe.dev/v1
    kind: Manifest
    metadata: {{name: lake, version: 1.0.0, owner: platform@example.com}}
    plugins:
      compute: {{type: duckdb}}
      transform: {{type: dbt}}
      catalog: {{type: sql, config: {{{catalog}}}}}
      storage: {{type: local, config: {{path: "{lake}/warehouse"}}}}
      orchestrator: {{type: local}}
    observability:
      lineage: {{transport: file}}
"""
SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {{name: {name}, version: 1.0.0, owner: {name}@example.com}}
    platform: {{manifest: ../manifest.yaml}}
    {more}
"""
PORTS = "output_ports: [{name: mart_customers, schema: [{name: customer, type: string}]}]"
CUSTOMERS = {
    "dbt_project.yml": "{name: customers, version: '1.0', profile: p, models: {customers: {+materialized: table}}}",
    "models/models.yml": """
        models:
          - {name: mart_customers, description: Who buys., columns: [{name: customer, description: Who.}]}
          - {name: orders, description: What they buy.}
    """,
    "models/orders.sql": "select * from (values ('ada', 120.5), ('bob', 3)) t(customer, paid)",
    "models/mart_customers.sql": "select customer, sum(paid)::decimal(9, 2) paid from {{ ref('orders') }} group by 1",
}
CHURN = {
    "dbt_project.yml": "{name: churn, version: '1.0', profile: p, models: {churn: {+materialized: table}}}",
    "models/sources.yml": """
        sources:
          - name: customers
            meta: {floe: {product: customer-360}}
            tables:
              - name: mart_customers
                loaded_at_field: current_timestamp
                config: {freshness: {warn_after: {count: 1, period: day}}}
                columns:
                  - {name: customer, data_tests: [not_null, unique]}
          - name: shop
            tables:
              - name: bought
                config: {meta: {floe: {table: customer_360.orders}}}
        models:
          - name: at_risk
            description: Who pays little.
            columns:
              - name: customer
                data_tests:
                  - relationships: {arguments: {to: "source('customers', 'mart_customers')", field: customer}}
        unit_tests:
          - name: pays_little
            model: at_risk
            given:
              - input: source('customers', 'mart_customers')
                rows: [{customer: eve, paid: 1}, {customer: zoe, paid: 99}]
            expect: {rows: [{customer: eve, paid: 1}]}
    """,
    "models/stg_customers.sql": "{{ config(materialized='view') }} select * from "
    "{{ source('customers', 'mart_customers') }}",
    "models/at_risk.sql": "select customer, paid from {{ source('customers', 'mart_customers') }} where paid < 50",
    "models/totals.sql": "select count(*)::bigint as customers, (select count(*)::bigint from "
    "{{ source('shop', 'bought') }}) as orders from {{ ref('stg_customers') }}",
}


class Machine:
    """A folder with its own state, and the commands that are run there.

    `catalog` is the configuration of the SQL catalog, as YAML; by default a SQLite file in the lake's folder.
    """

    def __init__(self, root: Path, lake: Path, catalog: str = "") -> None:
        catalog = catalog or f'uri: "sqlite:///{lake}/catalog.db"'
        self.root = write_files(root, {"manifest.yaml": MANIFEST.format(lake=lake, catalog=catalog)})
        (root / ".git").mkdir()
        self.out = ""

    def product(self, name: str, files: dict[str, str], more: str = "") -> Path:
        return write_files(self.root / name, {"floe.yaml": SPEC.format(name=name, more=more), **files})

    def floe(self, *arguments: str, code: int = 0) -> str:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("FLOE_", "OTEL_"))}
        done = subprocess.run(
            [BIN / "floe", *arguments],
            cwd=self.root,
            env=kept,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.out = done.stdout + done.stderr
        assert "Traceback" not in self.out
        assert done.returncode == code, self.out
        return self.out

    def lineage(self, product: str) -> list[dict]:
        lines = (self.root / product / ".floe" / "lineage.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def complete(self, product: str, job: str) -> dict:
        """The last COMPLETE of a job."""
        events = [each for each in self.lineage(product) if each["eventType"] == "COMPLETE"]
        return [each for each in events if each["job"]["name"].endswith(job)][-1]


class Lake:
    """What the machines have in common, as bare PyIceberg sees it."""

    def __init__(self, folder: Path, uri: str = "") -> None:
        self.folder, self.uri = folder, uri or f"sqlite:///{folder}/catalog.db"
        folder.mkdir()

    def load(self, name: str):
        catalog = SqlCatalog("floe", uri=self.uri, warehouse=f"file://{self.folder}")
        try:
            return catalog.load_table(name)
        finally:
            catalog.close()

    def rows(self, name: str) -> list[dict]:
        return sorted(self.load(name).scan().to_arrow().to_pylist(), key=repr)

    def snapshot(self, name: str) -> str:
        return str(self.load(name).current_snapshot().snapshot_id)
