"""Stricter wins between owners, field by field; later wins within one owner."""

from typing import get_args, get_origin

import pytest

from floe_sdk.project.stricter import _ADDED_UP, _KEPT, _LENIENT, _LOWER_IS_STRICTER, _WORDS
from floe_sdk.schemas.governance import Governance, ResolvedGovernance

PAIRS = [  # field, loose, strict
    ("policy_enforcement_level", "warn", "strict"),
    ("policy_enforcement_level", "off", "warn"),
    ("pii_encryption", "optional", "required"),
    ("audit_logging", "disabled", "enabled"),
    ("stale_table_recovery_mode", "repair", "strict"),
    ("data_retention_days", 30, 90),
    ("snapshot_keep_last", 1, 5),
    ("default_ttl_hours", 48, 24),
    ("naming.enforcement", "off", "strict"),
    ("quality_gates.minimum_test_coverage", 50, 80),
    ("quality_gates.require_descriptions", False, True),
    ("quality_gates.require_column_descriptions", False, True),
    ("quality_gates.require_owners", False, True),
    ("quality_gates.block_on_failure", False, True),
    ("quality_gates.zero_column_coverage_behavior", "report_100_percent", "report_na"),
    ("quality_gates.layer_thresholds.bronze", 10, 20),
    ("quality_gates.layer_thresholds.silver", 10, 20),
    ("quality_gates.layer_thresholds.gold", 10, 20),
]


def section(field, value):
    text = f"{value}".lower() if isinstance(value, bool) else str(value)
    for part in reversed(field.split(".")):
        text = f"{{{part}: {text}}}"
    return f"governance: {text}\n"


def effective(resolved, field):
    value = resolved.governance
    for part in field.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize(("field", "loose", "strict"), PAIRS)
def test_a_product_may_tighten(project, field, loose, strict):
    project.manifest(section(field, loose))
    project.spec(section(field, strict))
    resolved = project.resolve()
    assert effective(resolved, field) == strict
    assert resolved.warnings == ()
    assert resolved.origins[f"governance.{field}"].file == "floe.yaml"


@pytest.mark.parametrize(("field", "loose", "strict"), PAIRS)
def test_a_product_never_loosens_and_is_told(project, field, loose, strict):
    project.manifest(section(field, strict))
    project.spec(section(field, loose))
    resolved = project.resolve()
    assert effective(resolved, field) == strict
    (warning,) = resolved.warnings
    assert warning.startswith("product/floe.yaml:4:")
    assert "manifest.yaml:4:" in warning
    assert field in warning
    assert resolved.origins[f"governance.{field}"].file == "../manifest.yaml"


@pytest.mark.parametrize(("field", "loose", "strict"), PAIRS)
def test_a_child_manifest_never_loosens_its_parent(project, field, loose, strict):
    project.manifest(section(field, strict), "parent.yaml")
    project.manifest("extends: parent.yaml\n" + section(field, loose))
    resolved = project.resolve()
    assert effective(resolved, field) == strict
    assert len(resolved.warnings) == 1


@pytest.mark.parametrize(("field", "loose", "strict"), PAIRS)
def test_an_environment_may_loosen_its_own_manifest(project, field, loose, strict):
    environment = "".join(f"    {line}\n" for line in section(field, loose).splitlines())
    project.manifest(section(field, strict) + "environments:\n  lab:\n" + environment)
    resolved = project.resolve(env="lab")
    assert effective(resolved, field) == loose
    assert resolved.warnings == ()
    assert resolved.origins[f"governance.{field}"].key == f"environments.lab.governance.{field}"


@pytest.mark.parametrize(("field", "loose", "strict"), PAIRS)
def test_a_products_environment_may_only_tighten(project, field, loose, strict):
    environment = "".join(f"    {line}\n" for line in section(field, loose).splitlines())
    project.spec(section(field, strict) + "environments:\n  dev:\n" + environment)
    assert effective(project.resolve(), field) == strict
    assert len(project.resolve().warnings) == 1


def test_every_field_has_an_order():
    """A new field of governance needs an entry here, and in the table of pairs."""
    tested = {pair[0] for pair in PAIRS}
    special = {".".join(path) for path in (*_ADDED_UP, *_KEPT, *_LENIENT)}
    assert set(_fields(Governance)) == tested | special
    assert {".".join(path) for path in (*_WORDS, *_LOWER_IS_STRICTER)} <= tested
    assert set(_fields(ResolvedGovernance)) == set(_fields(Governance))


def _fields(model, prefix=""):
    for name, field in model.model_fields.items():
        options = (
            [field.annotation]
            if get_origin(field.annotation) is tuple
            else [field.annotation, *get_args(field.annotation)]
        )
        inner = next((option for option in options if hasattr(option, "model_fields")), None)
        if inner is not None:
            yield from _fields(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_a_product_cannot_loosen_what_holds_by_default(project):
    project.spec("governance: {policy_enforcement_level: off, stale_table_recovery_mode: repair}\n")
    resolved = project.resolve()
    assert resolved.governance.policy_enforcement_level == "warn"
    assert resolved.governance.stale_table_recovery_mode == "strict"
    assert len(resolved.warnings) == 2
    assert resolved.origins["governance.policy_enforcement_level"].source == "default"


def test_governance_of_the_manifest_reaches_a_product_that_says_nothing(project):
    project.manifest("governance: {policy_enforcement_level: strict, data_retention_days: 7}\n")
    governance = project.resolve().governance
    assert (governance.policy_enforcement_level, governance.data_retention_days) == ("strict", 7)


def test_custom_rules_add_up(project):
    project.manifest("governance: {custom_rules: [{type: require_meta_field, field: owner}]}\n")
    project.spec(
        "governance:\n"
        "  custom_rules: [{type: require_meta_field, field: owner}, {type: require_meta_field, field: tier}]\n"
    )
    assert [rule.field for rule in project.resolve().governance.custom_rules] == ["owner", "tier"]


@pytest.mark.parametrize(
    "entry",
    [
        "waivers: [{rule: naming, reason: legacy, expires: 2099-01-01}]",
        "policy_overrides: [{pattern: 'a*', action: exclude, reason: legacy}]",
    ],
)
def test_only_the_owner_of_the_rules_lifts_them(project, entry):
    key = entry.split(":")[0]
    project.manifest(f"governance: {{audit_logging: enabled, {entry}, pii_encryption: required}}\n")
    assert len(getattr(project.resolve().governance, key)) == 1
    project.manifest("governance: {pii_encryption: required}\n")
    project.spec(f"governance: {{{entry}}}\n")
    resolved = project.resolve()
    assert getattr(resolved.governance, key) == ()
    assert "only the owner of the rules can lift them" in resolved.warnings[0]


def test_the_platforms_names_stay(project):
    project.manifest("governance: {naming: {pattern: medallion}}\n")
    project.spec("governance: {naming: {pattern: custom, custom_patterns: [x]}}\n")
    resolved = project.resolve()
    assert resolved.governance.naming.pattern == "medallion"
    assert resolved.governance.naming.custom_patterns == ()
    assert len(resolved.warnings) == 2


def test_a_command_line_cannot_loosen(project):
    project.manifest("governance: {policy_enforcement_level: strict}\n")
    resolved = project.resolve(overrides={"governance": {"policy_enforcement_level": "off"}})
    assert resolved.governance.policy_enforcement_level == "strict"
    assert len(resolved.warnings) == 1
    project.manifest("governance: {policy_enforcement_level: warn}\n")
    resolved = project.resolve(overrides={"governance": {"policy_enforcement_level": "strict"}})
    assert resolved.governance.policy_enforcement_level == "strict"
    assert resolved.origins["governance.policy_enforcement_level"].source == "command line"
