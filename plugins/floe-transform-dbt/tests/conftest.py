from __future__ import annotations

import textwrap

import pytest

from floe_sdk import GraphRequest, TransformRequest
from floe_transform_dbt import DbtConfig, DbtTransform

FILES = {
    "dbt_project.yml": """
        name: shop
        version: "1.0"
        profile: shop
        models: {shop: {+materialized: table}}
        vars: {smallest: 0}
    """,
    "raw/orders.csv": "id,region,amount\n1,1,5\n2,2,7\n3,1,1\n",
    "seeds/regions.csv": "region,name\n1,north\n2,south\n",
    "models/sources.yml": """
        sources:
          - name: raw
            tables:
              - name: orders
                config: {meta: {owner: sales, external_location: "read_csv('raw/{name}.csv')"}}
    """,
    "models/orders.yml": """
        groups:
          - name: finance
            owner: {name: Finance, email: finance@example.com}
        models:
          - name: orders
            description: Every order.
            config: {tags: [gold, daily], meta: {tier: 1}, group: finance}
            columns:
              - name: id
                description: Identifies the order.
                data_type: bigint
                config: {meta: {pii: false}, tags: [key]}
                data_tests:
                  - not_null
                  - unique: {config: {severity: warn}}
        unit_tests:
          - name: sums
            model: totals
            given:
              - input: ref('orders')
                rows: [{name: north, amount: 2}, {name: north, amount: 3}]
            expect:
              rows: [{name: north, amount: 5}]
    """,
    "models/stg_orders.sql": """
        {{ config(materialized='view') }}
        select * from {{ source('raw', 'orders') }} where amount > {{ var('smallest') }}
    """,
    "models/orders.sql": "select * from {{ ref('stg_orders') }} join {{ ref('regions') }} using (region)",
    "models/totals.sql": "select name, sum(amount)::bigint as amount from {{ ref('orders') }} group by name",
    "tests/positive.sql": "select * from {{ ref('orders') }} where amount <= 0",
}


class Project:
    """A dbt project on disk and a plugin that reads and runs it with plain DuckDB."""

    def __init__(self, root, state):
        self.root = root
        self.state = state
        self.config = DbtConfig()

    def write(self, **files):
        """Write dedented texts; `__` in a name stands for `/`, `_sql` at its end for `.sql`."""
        self.write_all({name.replace("__", "/").replace("_sql", ".sql"): text for name, text in files.items()})

    def write_all(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))

    @property
    def plugin(self):
        return DbtTransform(self.config)

    def request(self, **changes):
        values = {
            "product_root": self.root,
            "project_dir": self.root,
            "profile": {"type": "duckdb"},
            "namespace": "shop",
            "environment": "dev",
            "cache_dir": self.state / "cache",
        }
        return GraphRequest(**{**values, **changes})

    def fingerprint(self, **changes):
        return self.plugin.transform_fingerprint(self.request(**changes))

    def graph(self, **changes):
        return self.plugin.transform_graph(self.request(**changes))

    def run(self, listener, **changes):
        private = self.state / "private"
        private.mkdir(parents=True, exist_ok=True)
        values = {
            "product_root": self.root,
            "project_dir": self.root,
            "profile": {"type": "duckdb", "path": str(self.state / "database.duckdb")},
            "namespace": "shop",
            "environment": "dev",
            "private_dir": private,
            "target_dir": self.state / "target",
            "log_dir": self.state / "logs",
        }
        return self.plugin.transform_run(TransformRequest(**{**values, **changes}), listener)


class Listener:
    """Keeps what it hears, and that nobody else spoke meanwhile."""

    def __init__(self):
        self.plan = None
        self.started, self.ended, self.lines = [], {}, []

    def planned(self, node_ids):
        self.plan = node_ids

    def node_started(self, event):
        self.started.append(event.node_id)

    def node_finished(self, event):
        assert event.node_id not in self.ended, "a node ends once"
        self.ended[event.node_id] = event

    def log(self, level, message):
        self.lines.append((level, message))

    @property
    def statuses(self):
        return {node_id.split(".")[2]: event.status.value for node_id, event in self.ended.items()}


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "shop", tmp_path / "state")
    made.write_all(FILES)
    return made


@pytest.fixture
def listener():
    return Listener()
