"""Documents in the public vocabulary load unchanged, but for what nothing serves yet and for literal secrets."""

import pytest

from floe_sdk.errors import FloeError

SERVED = """\
  description: A platform in the public vocabulary
  owner: platform-team@example.com

plugins:
  compute:
    type: duckdb
    config: {path: "/tmp/floe/{product_slug}.duckdb", threads: 4, memory_limit: "2GB"}
  orchestrator:
    type: dagster
    config: {default_schedule: "*/10 * * * *"}
  catalog:
    type: polaris
    config:
      uri: http://polaris:8181/api/catalog
      warehouse: demo
      oauth2: {client_id: demo, client_secret: {source: env, name: POLARIS_SECRET}, scope: "PRINCIPAL_ROLE:ALL"}
  storage:
    type: s3
    config: {endpoint: "http://minio:9000", bucket: b, region: us-east-1, path_style_access: true}
  lineage_backend:
    type: marquez
    version: "0.1.0"
    config: {url: "http://marquez:5000", environment: demo, drain_timeout: 30.0, allow_insecure_http: true}

observability:
  tracing: {enabled: true, exporter: otlp, endpoint: "http://otel:4317"}
  lineage: {enabled: true, transport: http, endpoint: "http://marquez:5000/api/v1/lineage"}
  logging: {level: INFO, format: json}

governance:
  policy_enforcement_level: warn
  audit_logging: enabled
  data_retention_days: 1
  default_ttl_hours: 24
  snapshot_keep_last: 3
  stale_table_recovery_mode: repair
  quality_gates:
    minimum_test_coverage: 80
    require_descriptions: false
    block_on_failure: false
    layer_thresholds: {bronze: 50, silver: 80, gold: 100}
    zero_column_coverage_behavior: report_na
  naming: {enforcement: strict, pattern: medallion}
  custom_rules:
    - {type: require_tags_for_prefix, prefix: gold_, required_tags: [tested]}
    - {type: require_meta_field, field: owner, applies_to: "gold_*"}
    - {type: require_tests_of_type, test_types: [not_null, unique], min_columns: 1}
  policy_overrides:
    - {pattern: "legacy_*", action: downgrade, reason: being migrated, expires: "2026-06-01", policy_types: [naming]}
    - {pattern: "test_*", action: exclude, reason: fixtures}

resource_presets:
  small: {cpu_request: "100m", cpu_limit: "500m", memory_request: "256Mi", memory_limit: "512Mi"}
"""

HEAD = "apiVersion: floe.dev/v1\nkind: Manifest\nmetadata:\n  name: demo-platform\n  version: 1.0.0\n"

SPEC = """\
apiVersion: floe.dev/v1
kind: FloeSpec
metadata:
  name: customer-360
  version: 1.0.0
  description: "Customers"
  owner: demo@example.com
  labels: {domain: retail, tier: gold}
transforms:
  - name: stg_crm_customers
    tags: [staging]
    tier: bronze
  - name: int_customer_orders
    tags: [intermediate]
    tier: silver
    dependsOn: [stg_crm_customers]
    qualityChecks:
      - {name: id_not_null, type: not_null, column: id, dimension: completeness, severity: critical}
schedule: {cron: "*/10 * * * *", timezone: UTC, enabled: true}
outputPorts:
  - name: customers
    schema: [{name: id, type: string, required: true, primaryKey: true}]
destinations:
  - {name: crm, sink_type: rest_api, connection_secret_ref: crm-api-key, source_table: gold.customers, batch_size: 100}
"""


@pytest.fixture
def public(project):
    project.spec(SPEC, head="")
    return project


def test_loads_unchanged(public):
    public.manifest(SERVED, head=HEAD)
    resolved = public.resolve()
    assert [each.identity for each in resolved.plugins] == [
        "compute/duckdb",
        "transform/dbt",
        "catalog/polaris",
        "storage/s3",
        "orchestrator/dagster",
        "telemetry/otlp",
        "lineage/openlineage",
        "policy/builtin",
    ]
    assert resolved.governance.stale_table_recovery_mode == "repair"
    assert resolved.governance.policy_overrides[0].expires.isoformat() == "2026-06-01"
    assert resolved.spec.transforms[1].quality_checks[0].severity == "critical"


def test_each_section_that_nothing_serves_is_one_error(public):
    unserved = "artifacts: {registry: {uri: x}}\n"
    plugins = SERVED.replace("plugins:\n", "plugins:\n  ingestion: {type: dlt, config: {a: {b: [1, {c: 2}]}}}\n", 1)
    governance = "governance:\n  data_contracts: {enforcement: warn, auto_generation: {enabled: true}}\n"
    public.manifest(plugins.replace("governance:\n", governance, 1) + unserved, head=HEAD)
    with pytest.raises(FloeError) as caught:
        public.resolve()
    assert [(error.code.id, error.problem) for error in caught.value.errors] == [
        ("FLOE-D010", "the section `plugins.ingestion` is not supported yet"),
        ("FLOE-D010", "the section `governance.data_contracts` is not supported yet"),
        ("FLOE-D010", "the section `artifacts` is not supported yet"),
    ]
