"""Each field of both models, set alone, changes what `resolve` gives or is checked by it; a new field fails here."""

from typing import get_args, get_origin

import pytest

from floe_sdk.errors import FloeError
from floe_sdk.schemas.manifest import Manifest
from floe_sdk.schemas.spec import FloeSpec


def leaves(model, prefix=""):
    """Dotted names of all fields, lists and mappings of models entered once."""
    for name, field in model.model_fields.items():
        inner = [option for option in options(field.annotation) if hasattr(option, "model_fields")]
        if inner and name not in {"defaults", "environments"}:
            for option in inner:
                yield from leaves(option, f"{prefix}{name}.")
        else:
            yield prefix + name


def options(annotation):
    if hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) is None:
        return [annotation]
    arguments = get_args(annotation)
    return [
        option
        for argument in (arguments[1:] if get_origin(annotation) is dict else arguments)
        for option in options(argument)
    ]


TRANSFORM = "transforms: [{name: a, %s}]\n"
CHECK = "transforms: [{name: a, quality_checks: [{name: c, type: t, %s}]}]\n"
PORT = "output_ports: [{name: p, schema: [{name: c, type: t}], %s}]\n"
COLUMN = "output_ports: [{name: p, schema: [{name: c, type: t, %s}]}]\n"
DESTINATION = "destinations: [{name: d, sink_type: s, connection_secret_ref: c, %s}]\n"

SPEC = {
    "metadata.description": "description: d",
    "metadata.owner": "owner: o",
    "metadata.labels": "labels: {a: b}",
    "platform.manifest": "platform: {manifest: ../other.yaml}\n",
    "transforms.name": "transforms: [{name: z}]\n",
    "transforms.compute": TRANSFORM % "compute: duckdb",
    "transforms.tags": TRANSFORM % "tags: [t]",
    "transforms.tier": TRANSFORM % "tier: gold",
    "transforms.depends_on": "transforms: [{name: a, depends_on: [b]}, {name: b}]\n",
    "transforms.quality_checks.name": CHECK % "",
    "transforms.quality_checks.type": CHECK % "",
    "transforms.quality_checks.column": CHECK % "column: x",
    "transforms.quality_checks.dimension": CHECK % "dimension: accuracy",
    "transforms.quality_checks.severity": CHECK % "severity: info",
    "transforms.quality_checks.custom_weight": CHECK % "custom_weight: 2",
    "transforms.quality_checks.parameters": CHECK % "parameters: {a: 1}",
    "transforms.quality_checks.enabled": CHECK % "enabled: no",
    "schedule.cron": "schedule: {cron: '1 2 * * *'}\n",
    "schedule.timezone": "schedule: {timezone: Asia/Tokyo}\n",
    "schedule.enabled": "schedule: {enabled: no}\n",
    "output_ports.name": PORT % "",
    "output_ports.description": PORT % "description: d",
    "output_ports.owner": PORT % "owner: o",
    "output_ports.columns.name": COLUMN % "",
    "output_ports.columns.type": COLUMN % "",
    "output_ports.columns.description": COLUMN % "description: d",
    "output_ports.columns.required": COLUMN % "required: yes",
    "output_ports.columns.primary_key": COLUMN % "primary_key: yes",
    "output_ports.columns.classification": COLUMN % "classification: pii",
    "destinations.name": DESTINATION % "",
    "destinations.sink_type": DESTINATION % "",
    "destinations.connection_secret_ref": DESTINATION % "",
    "destinations.source_table": DESTINATION % "source_table: t",
    "destinations.config": DESTINATION % "config: {a: 1}",
    "destinations.field_mapping": DESTINATION % "field_mapping: {a: b}",
    "destinations.batch_size": DESTINATION % "batch_size: 5",
    "environments": "environments: {dev: {schedule: {enabled: no}}}\n",
}

MANIFEST = {
    "metadata.description": "description: d",
    "metadata.owner": "owner: o",
    "observability.tracing.enabled": "observability: {tracing: {enabled: yes}}\n",
    "observability.tracing.exporter": "observability: {tracing: {exporter: console}}\n",
    "observability.tracing.endpoint": "observability: {tracing: {endpoint: 'http://a'}}\n",
    "observability.tracing.protocol": "observability: {tracing: {protocol: grpc}}\n",
    "observability.tracing.headers": "observability: {tracing: {headers: {a: b}}}\n",
    "observability.tracing.sample_ratio": "observability: {tracing: {sample_ratio: 0.1}}\n",
    "observability.lineage.enabled": "observability: {lineage: {enabled: yes}}\n",
    "observability.lineage.transport": "observability: {lineage: {transport: file}}\n",
    "observability.lineage.endpoint": "observability: {lineage: {endpoint: 'http://a'}}\n",
    "observability.lineage.namespace": "observability: {lineage: {namespace: n}}\n",
    "observability.flush_timeout": "observability: {flush_timeout: 1.5}\n",
    "observability.logging.level": "observability: {logging: {level: error}}\n",
    "observability.logging.format": "observability: {logging: {format: json}}\n",
    **{
        f"resource_presets.{name}": f"resource_presets: {{s: {{{name}: 1}}}}\n"
        for name in ("cpu_request", "cpu_limit", "memory_request", "memory_limit")
    },
    "approved_products": "approved_products: [other]\n",
    "approved_plugins": "approved_plugins: [compute/x]\n",
    "scope": "scope: domain\n",
    "extends": "extends: other.yaml\n",
    "defaults": "defaults: {observability: {logging: {format: json}}}\n",
    "environments": "environments: {dev: {observability: {logging: {format: json}}}}\n",
    "default_environment": "default_environment: ci\nenvironments: {ci: }\n",
}
SINGLE = ("type", "version", "distribution", "config", "connection_secret_ref")
VALUES = {
    "type": "type: x",
    "version": "type: x, version: '2'",
    "distribution": "type: x, distribution: d",
    "config": "type: x, config: {a: 1}",
    "connection_secret_ref": "type: x, connection_secret_ref: s",  # pragma: allowlist secret
}
for kind in (
    "compute",
    "transform",
    "catalog",
    "storage",
    "orchestrator",
    "telemetry",
    "lineage",
    "secrets",
    "policy",
    "alert",
):
    for key in SINGLE:
        MANIFEST[f"plugins.{kind}.{key}"] = f"plugins: {{{kind}: {{{VALUES[key]}}}}}\n"

RULE = {
    "tags": "{type: require_tags_for_prefix, prefix: p, required_tags: [t], applies_to: 'x*'}",
    "meta": "{type: require_meta_field, field: f, required: no}",
    "tests": "{type: require_tests_of_type, test_types: [t], min_columns: 2}",
}
OVERRIDE = "{pattern: p, action: exclude, reason: r, expires: 2099-01-01, policy_types: [naming]}"
WAIVER = "{rule: r, pattern: p, column: c, reason: r, expires: 2099-01-01}"
GOVERNANCE = {
    "policy_enforcement_level": "policy_enforcement_level: strict",
    "pii_encryption": "pii_encryption: required",
    "audit_logging": "audit_logging: enabled",
    "data_retention_days": "data_retention_days: 3",
    "default_ttl_hours": "default_ttl_hours: 3",
    "snapshot_keep_last": "snapshot_keep_last: 3",
    "stale_table_recovery_mode": "stale_table_recovery_mode: repair",
    "naming.enforcement": "naming: {enforcement: strict}",
    "naming.pattern": "naming: {pattern: kimball}",
    "naming.custom_patterns": "naming: {pattern: custom, custom_patterns: [a]}",
    "quality_gates.minimum_test_coverage": "quality_gates: {minimum_test_coverage: 3}",
    "quality_gates.require_descriptions": "quality_gates: {require_descriptions: yes}",
    "quality_gates.require_column_descriptions": "quality_gates: {require_column_descriptions: yes}",
    "quality_gates.require_owners": "quality_gates: {require_owners: yes}",
    "quality_gates.block_on_failure": "quality_gates: {block_on_failure: no}",
    **{
        f"quality_gates.layer_thresholds.{layer}": f"quality_gates: {{layer_thresholds: {{{layer}: 3}}}}"
        for layer in ("bronze", "silver", "gold")
    },
    "quality_gates.zero_column_coverage_behavior": "quality_gates: {zero_column_coverage_behavior: report_100_percent}",
    **{
        f"custom_rules.{key}": f"custom_rules: [{rule}]"
        for rule in RULE.values()
        for key in ("type", "prefix", "required_tags", "applies_to", "field", "required", "test_types", "min_columns")
        if f"{key}:" in rule
    },
    **{
        f"policy_overrides.{key}": f"policy_overrides: [{OVERRIDE}]"
        for key in ("pattern", "action", "reason", "expires", "policy_types")
    },
    **{f"waivers.{key}": f"waivers: [{WAIVER}]" for key in ("rule", "pattern", "column", "reason", "expires")},
}
# A product only tightens, so what would loosen shows as a warning there.
MANIFEST |= {f"governance.{key}": f"governance: {{{text}}}\n" for key, text in GOVERNANCE.items()}
SPEC |= {f"governance.{key}": f"governance: {{{text}}}\n" for key, text in GOVERNANCE.items()}

SPEC_HEAD = "apiVersion: floe.dev/v1\nkind: FloeSpec\nmetadata: {name: prod-one, version: 1.0.0, %s}\n"
MANIFEST_HEAD = "apiVersion: floe.dev/v1\nkind: Manifest\nmetadata: {name: plat, version: 1.0.0, %s}\n"
IDENTITY = {"api_version", "kind", "metadata.name", "metadata.version"}
"""Required fields: in every document of these tests."""


def test_the_tables_know_every_field():
    assert set(leaves(FloeSpec)) - IDENTITY == set(SPEC)
    assert set(leaves(Manifest)) - IDENTITY == set(MANIFEST)


def seen(project):
    """What a document leads to: values and warnings, or an error."""
    try:
        resolved = project.resolve()
    except FloeError as error:
        return error.render()
    values = resolved.effective()
    return values, [warning.partition(": ")[2] for warning in resolved.warnings]


@pytest.fixture
def base(project):
    project.manifest("governance: {data_retention_days: 1}\n", "other.yaml")
    return project, seen(project)


@pytest.mark.parametrize("field", SPEC)
def test_a_field_of_the_spec_counts(base, field):
    project, before = base
    if field.startswith("metadata."):
        project.spec(
            "",
            head=SPEC_HEAD % SPEC[field],
        )
    else:
        project.spec(SPEC[field])
    assert seen(project) != before


@pytest.mark.parametrize("field", MANIFEST)
def test_a_field_of_the_manifest_counts(base, field):
    project, before = base
    if field.startswith("metadata."):
        project.manifest(
            "",
            head=MANIFEST_HEAD % MANIFEST[field],
        )
    else:
        project.manifest(MANIFEST[field])
    assert seen(project) != before
