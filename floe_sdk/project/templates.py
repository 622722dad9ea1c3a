"""The files that `floe init` writes."""

from __future__ import annotations

import textwrap

MANIFEST = """\
apiVersion: floe.dev/v1
kind: Manifest
metadata:
  name: {platform}
  version: 1.0.0
  owner: {owner}

plugins:
  compute: {{type: duckdb}}
  transform: {transform}
  catalog: {{type: sql}}
  storage: {{type: local}}
  orchestrator: {{type: local}}

observability:
  lineage: {{transport: file}}

governance:
  policy_enforcement_level: warn
"""

SPEC = """\
apiVersion: floe.dev/v1
kind: FloeSpec
metadata:
  name: {name}
  version: 0.1.0
  owner: {owner}
{platform}"""

GITIGNORE = ".floe/\ntarget/\n"

_STARTER = {
    "dbt_project.yml": """
        name: {module}
        version: "1.0"
        models:
          {module}:
            +materialized: table
            staging:
              +materialized: view
    """,
    "raw/orders.csv": """
        order_id,customer,ordered_on,amount
        1,Ada,2026-01-03,20.50
        2,Grace,2026-01-05,12.00
        3,Ada,2026-02-11,7.25
        4,Edsger,2026-02-12,30.00
    """,
    "models/staging/sources.yml": """
        sources:
          - name: raw
            tables:
              - name: orders
                description: One row for each order, as the shop exports it.
                config:
                  meta:
                    external_location: "read_csv('raw/orders.csv', header = true)"
    """,
    "models/staging/stg_orders.sql": """
        select
            order_id::bigint as order_id,
            customer,
            ordered_on::date as ordered_on,
            amount::decimal(10, 2) as amount
        from {{{{ source('raw', 'orders') }}}}
    """,
    "models/marts/mart_customers.sql": """
        select
            customer,
            count(*) as orders,
            sum(amount)::decimal(12, 2) as amount,
            max(ordered_on) as last_ordered_on
        from {{{{ ref('stg_orders') }}}}
        group by customer
    """,
    "models/models.yml": """
        models:
          - name: stg_orders
            description: Orders, with types.
            columns:
              - name: order_id
                description: Identifies the order.
                data_tests: [unique, not_null]
              - name: customer
                description: Who ordered.
              - name: ordered_on
                description: The day of the order.
              - name: amount
                description: What the customer paid.
          - name: mart_customers
            description: One row for each customer.
            columns:
              - name: customer
                description: Who ordered.
                data_tests: [unique, not_null]
              - name: orders
                description: How many orders there are.
              - name: amount
                description: What the customer paid for all of them.
              - name: last_ordered_on
                description: The day of the last order.
    """,
}
TEMPLATES = {"starter": _STARTER}
"""A dbt project each, by name; the first is the default."""


def project_files(template: str, module: str) -> dict[str, str]:
    """The files of a template's dbt project, by path."""
    texts = TEMPLATES[template]
    return {path: textwrap.dedent(text).lstrip("\n").format(module=module) for path, text in texts.items()}
