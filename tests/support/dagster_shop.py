"""A product with a bit of everything that Dagster is told of, in copies that have been compiled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dagster import AssetKey, DagsterInstance, materialize

from floe_orchestrator_dagster.assets import assets_of
from floe_orchestrator_dagster.product import read_product
from support.products import make_product, manifest_text
from support.tables import bare_catalog

FLOE = Path(sys.executable).parent / "floe"
MANIFEST = manifest_text().replace("orchestrator: {type: local}", "orchestrator: {type: dagster}")
FILES = {
    "floe.yaml": """
        apiVersion: floe.dev/v1
        kind: FloeSpec
        metadata: {name: shop, version: 1.0.0, owner: "shop@example.com"}
        platform: {manifest: ../manifest.yaml}
        transforms:
          - {name: orders, tier: silver, tags: [pii]}
          - {name: totals, tier: gold}
    """,
    "models/schema.yml": """
        sources:
          - name: raw
            tables:
              - name: orders
                description: As the tills write them.
                config: {meta: {external_location: "read_csv('raw/orders.csv')"}}
                columns:
                  - {name: id, data_tests: [unique]}
        models:
          - name: orders
            description: Every order.
            config: {tags: ["daily run"], meta: {owner: "Finance, cfo@example.com"}}
            columns:
              - name: id
                description: Identifies the order.
                data_type: integer
                data_tests:
                  - unique
                  - not_null: {config: {severity: warn}}
              - name: region
                data_tests:
                  - relationships: {arguments: {to: ref('regions'), field: region}}
          - name: totals
        unit_tests:
          - name: sums
            model: totals
            given:
              - input: ref('big_orders')
                format: sql  # as dbt wants it of ephemeral models
                rows: select 'north' as name, 2 as amount union all select 'north', 3
            expect:
              rows: [{name: north, amount: 5}]
    """,
    "models/big_orders.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('orders') }}",
    "models/totals.sql": "select name, sum(amount)::bigint as amount from {{ ref('big_orders') }} group by name",
    "tests/positive.sql": "select * from {{ ref('orders') }} where amount <= 0",
    "tests/as_many.sql": """
        select 1 from {{ ref('totals') }} having count(*) > (select count(*) from {{ ref('regions') }})
    """,
}


class Shop:
    """One copy on disk."""

    def __init__(self, folder, files=FILES, manifest=MANIFEST):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.root = make_product(folder, manifest=manifest, files=files)

    def floe(self, *arguments, code=0, **environment):
        done = subprocess.run(
            [FLOE, *arguments],
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def compile(self):
        self.floe("compile")
        return self

    def copy(self, folder):
        """The same product, compiled, somewhere else."""
        other = Shop.__new__(Shop)
        other.folder = Path(shutil.copytree(self.folder, folder))
        other.root = other.folder / "shop"
        return other

    def write(self, name, text):
        (self.root / name).write_text(text)
        return self

    @property
    def assets(self):
        return assets_of(read_product(self.root / "target"))

    def materialize(self, selection=None, *, instance=None, assets=None, **options):
        """Run in this process; the result, whatever it is."""
        assets = assets or self.assets
        with instance or DagsterInstance.ephemeral() as opened:
            return materialize(
                list(assets.definitions),
                selection=assets.selection if selection is None else selection,
                instance=opened,
                raise_on_error=False,
                **options,
            )

    def tables(self):
        """All rows of all tables, by bare PyIceberg."""
        state = self.folder / ".floe" / "dev"
        if not (state / "catalog.db").exists():
            return {}
        with bare_catalog(state) as catalog:
            names = [name for space in catalog.list_namespaces() for name in catalog.list_tables(space)]
            return {
                ".".join(name): sorted(map(str, catalog.load_table(name).scan().to_arrow().to_pylist()))
                for name in names
            }

    def lineage(self):
        return lines(self.root / ".floe" / "lineage.jsonl")

    def traces(self):
        return lines(self.root / ".floe" / "traces.jsonl")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def key(name):
    return AssetKey(["shop", name])


def materialized(result):
    return {event.asset_key: event.materialization for event in result.get_asset_materialization_events()}


def checks(result):
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def config(**values):
    return {"ops": {"shop_run": {"config": values}}}
