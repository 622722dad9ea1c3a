"""Every field of manifest.yaml and floe.yaml does something, and a new field that does nothing fails here.

The tables hold one case for each field: a value, and the effect that it must have. Each case is proved twice: with the
field the effect is there, without it (or in another environment than the one that sets it) it is not.
"""

from dataclasses import replace

import pytest
from support.packages import Site
from support.propagation import Case, within
from support.propagation_fields import NAME, leaves, without_case
from support.propagation_platform import ABSENT, KINDS, MANIFEST, PROBES, SPEC, Compiler

from floe_sdk.schemas.governance import Governance
from floe_sdk.schemas.manifest import Manifest
from floe_sdk.schemas.spec import FloeSpec

STRICT_NAMES = {"governance.naming.enforcement": "strict"}  # `mart` and `raw` are not names of the medallion
RULE = "governance.custom_rules[]"
MEDALLION = {"rule": "naming", "subject": "model.shop.mart"}
TAGS = {"type": "require_tags_for_prefix", "prefix": "gold_", "required_tags": ["owned"]}
META = {"type": "require_meta_field", "field": "empty"}
TESTS = {"type": "require_tests_of_type", "test_types": ["unique"]}
OVERRIDE = {"pattern": "mart", "action": "downgrade", "reason": "being moved"}
WAIVER = {"rule": "naming", "pattern": "mart", "reason": "known by it", "expires": "2027-06-30"}
PORT = {"output_ports[].name": "mart", "output_ports[].columns[].name": "id", "output_ports[].columns[].type": "string"}
DESTINATION = {"name": "crm", "sink_type": "rest_api", "connection_secret_ref": "crm-key"}  # pragma: allowlist secret


def but(section, values, *left_out):
    """What stands beside a field: the other values of its entry."""
    return {f"{section}.{key}": value for key, value in values.items() if key not in left_out}


def rule(model, values, name, value, **expected):
    path = f"governance.custom_rules[{model}]"
    beside = {**but(path, {key: inner for key, inner in values.items() if inner is not None}, name)}
    return {f"{path}.{name}": Case(value, beside=beside, **expected)}


def exception(section, values, name, value, **expected):
    """A waiver or an override, where names are strict."""
    return {f"{section}.{name}": Case(value, beside={**STRICT_NAMES, **but(section, values, name)}, **expected)}


# --- what `defaults`, the manifest and its environments share ---

PLUGINS = {
    path: case
    for kind in KINDS
    for path, case in {
        f"plugins.{kind}[].type": Case("other", shows={f"plugins[{kind}/other].name": "other"}),
        f"plugins.{kind}[].version": Case(">=99", refused="FLOE-P006", at="version: '>=99'"),
        f"plugins.{kind}[].distribution": Case("probe-two", shows={f"plugins[{kind}/probe].distribution": "probe-two"}),
        f"plugins.{kind}[].config": Case({"note": "x"}, shows={f"plugins[{kind}/probe].config.note": "x"}),
        f"plugins.{kind}[].connection_secret_ref": Case(
            "lake-key", shows={f"plugins[{kind}/probe].config.connection_secret_ref": {"env": "FLOE_SECRET_LAKE_KEY"}}
        ),
    }.items()
}


def traced(name, value):
    """A setting of traces: recorded, and handed to the exporter that declares it."""
    shows = {f"observability.tracing.{name}": value, f"plugins[telemetry/probe].config.{name}": value}
    return {
        f"observability.tracing.{name}": Case(value, beside={"observability.tracing.exporter": "probe"}, shows=shows)
    }


OBSERVABILITY = {
    "observability.tracing.enabled": Case(
        False, shows={"observability.tracing.enabled": False, "plugins[telemetry/probe]": ABSENT}
    ),
    "observability.tracing.exporter": Case(
        "other", shows={"observability.tracing.exporter": "other", "plugins[telemetry/other].name": "other"}
    ),
    **traced("endpoint", "http://collector:4317"),
    **traced("protocol", "http/protobuf"),
    **traced("headers", {"x-team": "data", "x-api-key": {"env": "OTLP_KEY"}}),
    **traced("sample_ratio", 0.25),
    "observability.lineage.enabled": Case(
        False, shows={"observability.lineage.enabled": False, "plugins[lineage/probe]": ABSENT}
    ),
    "observability.lineage.transport": Case(
        "other", shows={"observability.lineage.transport": "other", "plugins[lineage/other].name": "other"}
    ),
    "observability.lineage.endpoint": Case(
        "http://marquez:5000",
        beside={"observability.lineage.transport": "probe"},
        shows={
            "observability.lineage.endpoint": "http://marquez:5000",
            "plugins[lineage/probe].config.url": "http://marquez:5000",
        },
    ),
    "observability.lineage.namespace": Case("jobs"),
    "observability.flush_timeout": Case(1.5),
    "observability.logging.level": Case("ERROR"),
    "observability.logging.format": Case("json"),
}

RULES = {
    "policy_enforcement_level": Case(
        "off", shows={"governance.policy_enforcement_level": "off", "enforcement.level": "off"}
    ),
    "pii_encryption": Case("required", finds={"rule": "pii", "column": "email"}),
    "audit_logging": Case("enabled"),
    "data_retention_days": Case(30, finds={"rule": "retention", "expected": "retention_days >= 30", "actual": "5"}),
    "default_ttl_hours": Case(48, finds={"rule": "retention", "expected": "ttl_hours <= 48", "actual": "100"}),
    "snapshot_keep_last": Case(9),
    "stale_table_recovery_mode": Case("repair"),
    "naming.enforcement": Case("strict", finds={**MEDALLION, "level": "error"}),
    "naming.pattern": Case("kimball", finds={"rule": "naming", "subject": "model.shop.gold_orders"}),
    "naming.custom_patterns": Case(
        ["^stg_"], beside={"governance.naming.pattern": "custom"}, finds={**MEDALLION, "expected": "^stg_"}
    ),
    "quality_gates.minimum_test_coverage": Case(
        90, finds={"rule": "test-coverage", "expected": "90%", "subject": "model.shop.gold_orders"}
    ),
    "quality_gates.require_descriptions": Case(True, finds={"rule": "model-descriptions"}),
    "quality_gates.require_column_descriptions": Case(True, finds={"rule": "column-descriptions", "column": "email"}),
    "quality_gates.require_owners": Case(True, finds={"rule": "ownership"}),
    "quality_gates.block_on_failure": Case(
        False,
        beside={"governance.quality_gates.require_descriptions": True},
        finds={"rule": "model-descriptions", "level": "warning"},
    ),
    **{
        f"quality_gates.layer_thresholds.{layer}": Case(
            50, finds={"rule": "layer-thresholds", "expected": "50%", "subject": f"model.shop.{layer}_orders"}
        )
        for layer in ("bronze", "silver", "gold")
    },
    "quality_gates.zero_column_coverage_behavior": Case(
        "report_100_percent",
        beside={"governance.quality_gates.minimum_test_coverage": 1},
        hides={"rule": "test-coverage", "level": "unmeasured"},
    ),
}
CUSTOM_RULES = {
    **rule("RequireTagsForPrefix", TAGS, "type", TAGS["type"], finds={"rule": "require-tags"}),
    **rule(
        "RequireTagsForPrefix",
        TAGS,
        "prefix",
        "silver_",
        finds={"rule": "require-tags", "subject": "model.shop.silver_orders"},
    ),
    **rule("RequireTagsForPrefix", TAGS, "required_tags", ["cold"], finds={"rule": "require-tags", "expected": "cold"}),
    **rule("RequireTagsForPrefix", TAGS, "applies_to", "silver_*", hides={"rule": "require-tags"}),
    **rule("RequireMetaField", META, "type", META["type"], finds={"rule": "require-meta"}),
    **rule("RequireMetaField", META, "field", "team", finds={"rule": "require-meta", "expected": "team"}),
    **rule(
        "RequireMetaField",
        META,
        "required",
        False,
        hides={"rule": "require-meta", "subject": "model.shop.mart"},
    ),
    **rule("RequireMetaField", META, "applies_to", "none_*", hides={"rule": "require-meta"}),
    **rule("RequireTestsOfType", TESTS, "type", TESTS["type"], finds={"rule": "require-tests"}),
    **rule(
        "RequireTestsOfType",
        TESTS,
        "test_types",
        ["not_null"],
        finds={"rule": "require-tests", "subject": "model.shop.mart"},
    ),
    **rule("RequireTestsOfType", TESTS, "min_columns", 3, finds={"rule": "require-tests", "expected": "3"}),
    **rule("RequireTestsOfType", TESTS, "applies_to", "mart", hides={"rule": "require-tests"}),
}
OVERRIDES = "governance.policy_overrides[]"
WAIVERS = "governance.waivers[]"
EXCEPTIONS = {
    **exception(
        OVERRIDES, OVERRIDE, "pattern", "raw", finds={"subject": "model.shop.raw", "rule": "naming", "level": "warning"}
    ),
    **exception(OVERRIDES, OVERRIDE, "action", "exclude", finds={**MEDALLION, "waived": "being moved"}),
    **exception(
        OVERRIDES,
        {**OVERRIDE, "action": "exclude"},
        "reason",
        "leaves soon",
        finds={**MEDALLION, "waived": "leaves soon"},
    ),
    **exception(OVERRIDES, OVERRIDE, "expires", "2026-12-31", finds={"rule": "waivers", "actual": "2026-12-31"}),
    **exception(OVERRIDES, OVERRIDE, "policy_types", ["coverage"], hides={**MEDALLION, "level": "warning"}),
    **exception(WAIVERS, WAIVER, "rule", "naming", finds={**MEDALLION, "waived": "known by it"}),
    **exception(WAIVERS, WAIVER, "pattern", "raw", hides={**MEDALLION, "waived": "known by it"}),
    **exception(WAIVERS, WAIVER, "column", "id", hides={**MEDALLION, "waived": "known by it"}),
    **exception(WAIVERS, WAIVER, "reason", "agreed on", finds={**MEDALLION, "waived": "agreed on"}),
    **exception(WAIVERS, WAIVER, "expires", "2026-12-31", finds={"rule": "waivers", "actual": "2026-12-31"}),
}
GOVERNANCE = {**{f"governance.{name}": case for name, case in RULES.items()}, **CUSTOM_RULES, **EXCEPTIONS}

PARTIAL = {
    **PLUGINS,
    **OBSERVABILITY,
    **GOVERNANCE,
    **{
        f"resource_presets{{}}.{amount}": Case(value, shows={f"resources.{NAME}.{amount}": value})
        for amount, value in {
            "cpu_request": "250m",
            "cpu_limit": "2",
            "memory_request": "512Mi",
            "memory_limit": "1Gi",
        }.items()
    },
    "approved_products": Case(["other-*"], refused="FLOE-D019", at="other-*"),
    "approved_plugins": Case(["compute/probe"], refused="FLOE-P003", at="type: probe"),
}

# --- the documents ---

MANIFEST_CASES = {
    **PARTIAL,
    **within("defaults.", PARTIAL),
    **within("environments{}.", PARTIAL),
    "api_version": Case("floe.dev/v2", refused="FLOE-D009", at="floe.dev/v2"),
    "kind": Case("Platform", refused="FLOE-D009", at="Platform"),
    "metadata.name": Case("ocean", shows={"metadata.platform": "ocean"}),
    "metadata.version": Case("2.7.1", shows={"metadata.platform_version": "2.7.1"}),
    "metadata.description": Case("All of it", shows={"metadata.platform_description": "All of it"}),
    "metadata.owner": Case("platform@example.com", shows={"metadata.platform_owner": "platform@example.com"}),
    "scope": Case("enterprise", beside={"extends": "parent.yaml"}, refused="FLOE-D014", at="extends: parent.yaml"),
    "extends": Case("parent.yaml", shows={"governance.snapshot_keep_last": 11}),
    "default_environment": Case(NAME, shows={"environment": NAME}),
}

CHECK = {"name": "ids", "type": "not_null"}
NODE = "transforms.nodes[mart]"


def promised(name, value, **beside):
    """A field of a quality check of `mart`."""
    section = "transforms[].quality_checks[]"
    return {
        f"{section}.{name}": Case(
            value,
            beside={"transforms[].name": "mart", **but(section, {**CHECK, **beside}, name)},
            shows={f"{NODE}.quality_checks[0].{name}": value},
        )
    }


TRANSFORMS = {
    "transforms[].name": Case("marts", refused="FLOE-C007", at="marts"),
    "transforms[].compute": Case("probe", beside={"transforms[].name": "mart"}, shows={f"{NODE}.compute": "probe"}),
    "transforms[].tags": Case(["core"], beside={"transforms[].name": "mart"}, shows={f"{NODE}.tags": ["core"]}),
    "transforms[].tier": Case("gold", beside={"transforms[].name": "mart"}, shows={f"{NODE}.tier": "gold"}),
    "transforms[].depends_on": Case(["raw"], beside={"transforms[].name": "mart"}, refused="FLOE-C008", at="- raw"),
    **promised("name", "unique ids"),
    **promised("type", "accepted_values"),
    **promised("column", "id"),
    **promised("dimension", "validity"),
    **promised("severity", "critical"),
    **promised("custom_weight", 2.5),
    **promised("parameters", {"values": [1, 2]}),
    **promised("enabled", False),
}
SCHEDULE = {
    "schedule.cron": Case("0 6 * * *"),
    "schedule.timezone": Case("Europe/Berlin"),
    "schedule.enabled": Case(False),
}

NOT_TAKEN = "only the owner of the rules can lift them; this is not taken"
LOOSER = {
    "pii_encryption": "optional",
    "audit_logging": "disabled",
    "data_retention_days": 10,
    "default_ttl_hours": 200,
    "snapshot_keep_last": 3,
    "naming.enforcement": "warn",
    "quality_gates.minimum_test_coverage": 10,
    "quality_gates.require_descriptions": False,
    "quality_gates.require_column_descriptions": False,
    "quality_gates.require_owners": False,
    **{f"quality_gates.layer_thresholds.{layer}": 10 for layer in ("bronze", "silver", "gold")},
}
"""The platform's values, which a product tightens."""

STRICTER = {
    "policy_enforcement_level": ("off", "warn"),
    "stale_table_recovery_mode": ("repair", "strict"),
    "quality_gates.block_on_failure": (False, True),
    "quality_gates.zero_column_coverage_behavior": ("report_100_percent", "report_na"),
}
"""The same of fields whose cases loosen: the platform's value, and the product's."""

TIGHTENED = {
    **GOVERNANCE,
    **{
        f"governance.{name}": replace(RULES[name], platform={f"governance.{name}": platform})
        for name, platform in LOOSER.items()
    },
    **{
        f"governance.{name}": Case(product, platform={f"governance.{name}": platform})
        for name, (platform, product) in STRICTER.items()
    },
    # a product asks for rules, and can't lift those that are there
    **{
        path: Case(case.value, beside=case.beside, warned=f"`governance.{path.split('.')[1][:-2]}`: {NOT_TAKEN}")
        for path, case in EXCEPTIONS.items()
    },
}

SPEC_CASES = {
    "api_version": Case("floe.dev/v2", refused="FLOE-D009", at="floe.dev/v2"),
    "kind": Case("Product", refused="FLOE-D009", at="Product"),
    "metadata.name": Case(
        "corner-shop", shows={"metadata.product": "corner-shop", "metadata.product_slug": "corner_shop"}
    ),
    "metadata.version": Case("3.1.4", shows={"metadata.product_version": "3.1.4"}),
    "metadata.description": Case("What is sold"),
    "metadata.owner": Case(
        "shop@example.com", shows={"metadata.owner": "shop@example.com", f"{NODE}.owner": "shop@example.com"}
    ),
    "metadata.labels": Case({"cost-centre": "42"}),
    "platform.manifest": Case("../other.yaml", shows={"metadata.manifest": "../other.yaml"}),
    **TRANSFORMS,
    **SCHEDULE,
    **TIGHTENED,
    "output_ports[].name": Case("orders", beside=PORT),
    "output_ports[].description": Case("For everybody", beside=PORT),
    "output_ports[].owner": Case("sales@example.com", beside=PORT),
    "output_ports[].columns[].name": Case("order_id", beside=PORT),
    "output_ports[].columns[].type": Case("integer", beside=PORT),
    "output_ports[].columns[].description": Case("Which one", beside=PORT),
    "output_ports[].columns[].required": Case(True, beside=PORT),
    "output_ports[].columns[].primary_key": Case(True, beside=PORT),
    "output_ports[].columns[].classification": Case("pii", beside=PORT),
    **{
        f"destinations[].{name}": Case(value, beside=but("destinations[]", DESTINATION))
        for name, value in {
            "name": "erp",
            "sink_type": "sql_database",
            "connection_secret_ref": {"env": "ERP_KEY"},
            "source_table": "mart",
            "config": {"url": "https://example.com"},
            "field_mapping": {"id": "customer"},
            "batch_size": 500,
        }.items()
    },
    **within("environments{}.", {**TRANSFORMS, **SCHEDULE, **TIGHTENED}),
}
CASES = {"Manifest": MANIFEST_CASES, "FloeSpec": SPEC_CASES}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    for distribution, names in (("probe-one", ("probe", "other")), ("probe-two", ("probe",))):
        plugins = {f"{kind}/{name}": kind.capitalize() for kind in KINDS for name in names}
        site.install(distribution, PROBES, plugins=plugins)
    return site


@pytest.fixture(scope="module")
def compiler(tmp_path_factory, site):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site.folder)
        for name in ("FLOE_ENV", "FLOE_MANIFEST", "FLOE_STATE_DIR", "FLOE_PLUGINS_ALLOW"):
            patch.delenv(name, raising=False)
        yield Compiler(tmp_path_factory.mktemp("lake") / "lake")


@pytest.mark.parametrize(
    ("kind", "path"), [pytest.param(kind, path, id=f"{kind}:{path}") for kind in CASES for path in CASES[kind]]
)
def test_every_field_has_its_effect(compiler, kind, path):
    case = CASES[kind][path]
    documents = case.documents(kind, path)
    in_environment = path.startswith("environments{}.")
    assert case.unmet(path, compiler.compile(*documents, NAME if in_environment else None)) == []
    # and it is the field that does it: without it, or in another environment, nothing of the effect is there
    elsewhere = compiler.compile(*(documents if in_environment else case.documents(kind, path, value=False)), None)
    if in_environment:
        case = replace(case, hides=None)  # nor are the findings there that it hides
    assert [line for line, holds in case.expectations(path, elsewhere) if holds] == []


@pytest.mark.parametrize("model", [Manifest, FloeSpec])
def test_every_field_has_a_case(model):
    assert without_case(model, CASES[model.__name__]) == []
    assert sorted(set(CASES[model.__name__]) - set(leaves(model))) == []  # and no case outlives its field


def test_a_new_field_without_a_case_is_named():
    class Grown(Governance):
        colour: str | None = None

    class Newer(Manifest):
        governance: Grown | None = None
        motto: str = ""

    assert without_case(Newer, MANIFEST_CASES) == ["governance.colour", "motto"]


def test_a_field_without_effect_is_reported(compiler):
    """The proof of the proof: an effect that is not there is a failure, of whichever kind it was to be."""
    plain = compiler.compile(MANIFEST, SPEC, None)
    assert plain.artifact is not None
    for case in (
        Case("x", shows={"metadata.motto": "x"}),
        Case("x", shows={}, finds={"rule": "motto"}),
        Case("x", refused="FLOE-D008", at="motto"),
        Case("x", warned="motto"),
        Case("x"),
    ):
        assert len(case.unmet("motto", plain)) == 1


@pytest.mark.parametrize(
    ("logging", "expected"),
    [
        ({}, "WARNING floe.plugins: policy/probe could not be closed: a noise"),
        ({"format": "json"}, '"message": "policy/probe could not be closed: a noise"'),
        ({"level": "ERROR"}, None),
    ],
)
def test_logging_reaches_the_command(tmp_path, site, logging, expected):
    observability = {"logging": logging, "tracing": {"enabled": False}}
    plugins = {"policy": {"config": {"note": "noisy"}}}
    manifest = {**MANIFEST, "plugins": plugins, "observability": observability}
    spec = Compiler(tmp_path / "lake").write(manifest, SPEC)
    done = site.floe("compile", str(spec))
    assert done.returncode == 0, done.stderr
    assert (expected in done.stderr) if expected else done.stderr == ""
