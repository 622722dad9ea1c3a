import pytest

from floe_sdk import FindingLevel, Materialization, NodeKind, rule_names

ERROR, WARNING, UNMEASURED = FindingLevel.ERROR, FindingLevel.WARNING, FindingLevel.UNMEASURED


def said(findings):
    return [(finding.rule, finding.level, finding.subject.rpartition(".")[2], finding.column) for finding in findings]


def test_nothing_is_judged_that_nobody_asked_for(project):
    project.model("whatever", columns=[{"name": "email", "meta": {"pii": True}}])
    assert project.check() == []


@pytest.mark.parametrize(
    ("naming", "good", "bad"),
    [
        ({"pattern": "medallion"}, "gold_revenue", "mart_revenue"),
        ({"pattern": "medallion"}, "bronze_a1", "bronze_"),
        ({"pattern": "medallion"}, "silver_x", "Silver_x"),
        ({"pattern": "kimball"}, "dim_customer", "gold_customer"),
        ({"pattern": "custom", "custom_patterns": ["^stg_", "^mart_.+$"]}, "stg_orders", "orders_stg_"),
    ],
)
def test_naming(project, naming, good, bad):
    project.model(good)
    project.model(bad)
    found = project.check(naming={**naming, "enforcement": "strict"})
    assert said(found) == [("naming", ERROR, bad, None)]
    assert found[0].path == f"models/{bad}.sql"


def test_naming_has_a_level_of_its_own(project):
    project.model("orders")
    assert [f.level for f in project.check(naming={"pattern": "medallion", "enforcement": "warn"})] == [WARNING]
    assert project.check(naming={"pattern": "medallion", "enforcement": "off"}) == []


def test_naming_leaves_the_models_of_packages_alone(project):
    project.model("helper", package="dbt_utils")
    assert project.check(naming={"pattern": "medallion", "enforcement": "strict"}) == []


def test_a_local_package_is_the_project_s_own(project):
    project.model("helper", package="beside")
    project.local_packages = ("beside",)
    found = project.check(naming={"pattern": "medallion", "enforcement": "strict"})
    assert said(found) == [("naming", ERROR, "helper", None)]


def test_coverage_counts_columns_with_a_test(project):
    project.model("half", columns=["id", "amount"], tests={"id": ["unique", "not_null"]})
    project.model("full", columns=["ID", "amount"], tests={"id": ["unique"], "amount": ["not_null"]})
    found = project.check(quality_gates={"minimum_test_coverage": 51})
    assert said(found) == [("test-coverage", ERROR, "half", None)]
    assert (found[0].expected, found[0].actual) == ("51%", "50%")
    assert "amount" in found[0].fix
    assert project.check(quality_gates={"minimum_test_coverage": 50}) == []


def test_coverage_of_a_model_is_not_raised_by_a_test_of_the_whole_model(project):
    project.model("orders", columns=["id"], tests={"": ["row_count"]})
    assert said(project.check(quality_gates={"minimum_test_coverage": 1})) == [("test-coverage", ERROR, "orders", None)]


def test_coverage_that_can_not_be_measured_says_so(project):
    project.model("silent")
    gates = {"minimum_test_coverage": 80}
    assert said(project.check(quality_gates=gates)) == [("test-coverage", UNMEASURED, "silent", None)]
    lenient = {**gates, "zero_column_coverage_behavior": "report_100_percent"}
    assert project.check(quality_gates=lenient) == []


def test_gates_that_do_not_block_warn(project):
    project.model("half", columns=["id", "amount"], tests={"id": ["unique"]})
    gates = {"minimum_test_coverage": 100, "block_on_failure": False}
    assert said(project.check(quality_gates=gates)) == [("test-coverage", WARNING, "half", None)]


def test_a_layers_threshold_comes_before_the_minimum(project):
    one_of_two = {"columns": ["id", "amount"], "tests": {"id": ["unique"]}}
    project.model("bronze_orders", **one_of_two)
    project.model("tiered", **one_of_two, tier="gold")
    project.model("tagged", **one_of_two, tags=("gold", "finance"))
    project.model("plain", **one_of_two)
    gates = {"minimum_test_coverage": 60, "layer_thresholds": {"bronze": 50, "gold": 100}}
    assert said(project.check(quality_gates=gates)) == [
        ("test-coverage", ERROR, "plain", None),
        ("layer-thresholds", ERROR, "tagged", None),
        ("layer-thresholds", ERROR, "tiered", None),
        ("layer-thresholds", UNMEASURED, "shop", None),  # nobody knows the layer of `plain`
    ]


def test_descriptions(project):
    project.model("described", description="Orders.", columns=[{"name": "id", "description": "Key."}])
    project.model("blank", description="  ", columns=[{"name": "id"}])
    project.model("bare", description="x")
    project.model("codes", kind=NodeKind.SEED, materialization=Materialization.SEED)
    assert said(project.check(quality_gates={"require_descriptions": True})) == [
        ("model-descriptions", ERROR, "blank", None),
        ("model-descriptions", ERROR, "codes", None),
    ]
    assert said(project.check(quality_gates={"require_column_descriptions": True})) == [
        ("column-descriptions", UNMEASURED, "bare", None),
        ("column-descriptions", ERROR, "blank", "id"),
    ]


def test_ownership(project):
    project.model("owned", owner="sales@example.com")
    project.model("orphan")
    found = project.check(quality_gates={"require_owners": True})
    assert said(found) == [("ownership", ERROR, "orphan", None)]


@pytest.mark.parametrize(
    "column",
    [
        {"meta": {"pii": True}},
        {"meta": {"classification": "pii"}},
        {"tags": ("PII",)},
        {"meta": {"pii": True, "masking": "none"}},
        {"meta": {"pii": True, "encrypted": False}},
    ],
)
def test_personal_data_that_is_not_protected(project, column):
    project.model("customers", columns=[{"name": "email", **column}])
    assert said(project.check(pii_encryption="required")) == [("pii", ERROR, "customers", "email")]
    assert project.check(pii_encryption="optional") == []


@pytest.mark.parametrize("meta", [{"masking": "sha256"}, {"encryption": "aes"}, {"masked": True}])
def test_personal_data_that_is_protected(project, meta):
    project.model("customers", columns=[{"name": "email_sha256", "meta": {"pii": True, **meta}}, "id"])
    assert project.check(pii_encryption="required") == []


def test_personal_data_of_a_source_is_recognised_downstream(project):
    source = project.model(
        "crm.customers",
        kind=NodeKind.SOURCE,
        materialization=None,
        columns=[{"name": "Email", "meta": {"pii": True}}, {"name": "phone", "meta": {"pii": True}}],
    )
    columns = ["email", {"name": "phone", "meta": {"pii": False}}]
    project.model("stg_customers", columns=columns, depends_on=(source.id,))
    assert said(project.check(pii_encryption="required")) == [("pii", WARNING, "stg_customers", "email")]


def test_personal_data_can_not_be_measured_without_columns(project):
    project.model("silent")
    project.model("never_there", materialization=Materialization.EPHEMERAL)
    assert said(project.check(pii_encryption="required")) == [("pii", UNMEASURED, "silent", None)]


def test_retention(project):
    project.model("short", meta={"retention_days": 30})
    project.model("long", meta={"retention_days": 400})
    project.model("words", meta={"retention_days": "for ever"})
    project.model("view", materialization=Materialization.VIEW)
    assert said(project.check(data_retention_days=90)) == [
        ("retention", ERROR, "short", None),
        ("retention", ERROR, "words", None),
    ]
    project.model("silent")
    found = project.check(data_retention_days=90)
    assert said(found)[-1] == ("retention", UNMEASURED, "shop", None)
    assert "1 of 4 tables" in found[-1].message


def test_time_to_live(project):
    project.model("long", meta={"ttl_hours": 48})
    project.model("short", meta={"ttl_hours": 12})
    assert said(project.check(default_ttl_hours=24)) == [("retention", ERROR, "long", None)]


def test_tags_for_a_prefix(project):
    project.model("gold_a", tags=("tested", "documented"))
    project.model("gold_b", tags=("tested",))
    project.model("silver_b")
    rule = {"type": "require_tags_for_prefix", "prefix": "gold_", "required_tags": ["tested", "documented"]}
    assert said(project.check(custom_rules=[rule])) == [("require-tags", ERROR, "gold_b", None)]
    assert project.check(custom_rules=[{**rule, "applies_to": "*_a"}]) == []


def test_meta_fields(project):
    project.model("gold_a", meta={"team": "x"})
    project.model("gold_b", meta={"team": ""})
    project.model("silver")
    rule = {"type": "require_meta_field", "field": "team", "applies_to": "gold_*"}
    assert said(project.check(custom_rules=[rule])) == [("require-meta", ERROR, "gold_b", None)]
    assert project.check(custom_rules=[{**rule, "required": False}]) == []


def test_the_meta_field_owner_is_wherever_an_owner_is_named(project):
    project.model("gold_a", owner="sales@example.com")
    project.model("gold_b")
    rule = {"type": "require_meta_field", "field": "owner"}
    assert said(project.check(custom_rules=[rule])) == [("require-meta", ERROR, "gold_b", None)]


def test_tests_of_a_type(project):
    project.model("good", columns=["id"], tests={"id": ["unique", "not_null"]})
    project.model("apart", columns=["id", "x"], tests={"id": ["unique"], "x": ["not_null"]})
    rule = {"type": "require_tests_of_type", "test_types": ["unique", "not_null"]}
    assert said(project.check(custom_rules=[rule])) == [("require-tests", ERROR, "apart", None)]


def test_quality_checks_that_floe_yaml_promises(project):
    checks = [
        {"name": "key", "type": "unique", "column": "id", "severity": "critical"},
        {"name": "filled", "type": "not_null", "column": "id"},
        {"name": "later", "type": "accepted_values", "column": "id", "enabled": False},
    ]
    project.model("kept", columns=["id"], tests={"id": ["unique", "not_null"]}, quality_checks=checks)
    project.model("broken", columns=["id"], tests={"x": ["unique"]}, quality_checks=checks)
    assert said(project.check()) == [
        ("quality-checks", ERROR, "broken", "id"),
        ("quality-checks", WARNING, "broken", "id"),
    ]


def test_without_a_transform_project_each_rule_that_needs_one_is_unmeasured(project):
    project.engine = "floe"
    project.model("gold_orders", quality_checks=[{"name": "key", "type": "unique"}])
    found = project.check(
        naming={"pattern": "medallion"},
        pii_encryption="required",
        data_retention_days=1,
        quality_gates={
            "minimum_test_coverage": 80,
            "layer_thresholds": {"gold": 100},
            "require_descriptions": True,
            "require_column_descriptions": True,
        },
        custom_rules=[
            {"type": "require_meta_field", "field": "team"},
            {"type": "require_tests_of_type", "test_types": ["unique"]},
        ],
    )
    assert {finding.level for finding in found} == {UNMEASURED}
    needing = set(rule_names()) - {"naming", "ownership", "require-tags"}
    assert {finding.rule for finding in found} == needing
