"""What each built-in rule measures, in words: for reports, and for whoever meets a finding there."""

from __future__ import annotations

from dataclasses import dataclass

from floe_sdk.governance.waivers import WAIVERS


@dataclass(frozen=True)
class RuleText:
    """A rule as people read of it."""

    name: str
    title: str
    help: str


_TEXTS = (
    RuleText(
        "naming",
        "A model's name follows the convention",
        "`governance.naming` asks for a convention: medallion (bronze_, silver_, gold_), kimball (dim_, fact_, "
        "bridge_, hub_, link_, sat_), or a custom pattern that matches from the name's beginning. Rename the model.",
    ),
    RuleText(
        "test-coverage",
        "Enough of a model's columns are tested",
        "`quality_gates.minimum_test_coverage` is the share of a model's declared columns that must have a test. "
        "Add tests to columns; a model without declared columns can't be measured.",
    ),
    RuleText(
        "layer-thresholds",
        "Enough of a model's columns are tested for its layer",
        "`quality_gates.layer_thresholds` asks for a share of tested columns by layer: the tier in floe.yaml, else a "
        "tag bronze, silver or gold, else such a prefix. Add tests to columns.",
    ),
    RuleText(
        "model-descriptions",
        "A model has a description",
        "`quality_gates.require_descriptions` asks for a description of each model. Write one beside the model.",
    ),
    RuleText(
        "column-descriptions",
        "A column has a description",
        "`quality_gates.require_column_descriptions` asks for a description of each declared column. Write one.",
    ),
    RuleText(
        "ownership",
        "Somebody answers for it",
        "`quality_gates.require_owners` asks for `meta: {owner: ...}`, the owner of dbt's group, or `metadata.owner` "
        "of floe.yaml. Name an owner.",
    ),
    RuleText(
        "pii",
        "Personal data is protected",
        "`pii_encryption: required` asks every column with personal data (`meta: {pii: true}`, `meta: {classification: "
        "pii}`, or a tag `pii`) to say `meta: {masking: METHOD}` or `meta: {encryption: METHOD}`. Protect the column, "
        "or say `meta: {pii: false}` where it holds none.",
    ),
    RuleText(
        "retention",
        "A table keeps its rows as long as the platform asks for",
        "`data_retention_days` and `default_ttl_hours` are compared with the tables' `meta: {retention_days: N}` and "
        "`meta: {ttl_hours: N}`. Correct what the table says.",
    ),
    RuleText(
        "require-tags",
        "A model has the tags that its prefix asks for",
        "A custom rule `require_tags_for_prefix` of the manifest asks for these tags. Add them.",
    ),
    RuleText(
        "require-meta",
        "A model has a field in `meta`",
        "A custom rule `require_meta_field` of the manifest asks for this field. Add it to the model's `meta`.",
    ),
    RuleText(
        "require-tests",
        "A model has tests of certain types",
        "A custom rule `require_tests_of_type` of the manifest asks for columns with all of these tests. Add them.",
    ),
    RuleText(
        "quality-checks",
        "What floe.yaml promises is tested",
        "`transforms: quality_checks` in floe.yaml names checks that the project must have as tests. Add the test, or "
        "take the promise back.",
    ),
    RuleText(
        WAIVERS,
        "A waiver is in force, and names a rule",
        "Waivers and policy overrides end on their day; one that has expired has no effect. Mend what it covered and "
        "remove it, or agree on a new day.",
    ),
)
_BY_NAME = {text.name: text for text in _TEXTS}


def rule_text(name: str) -> RuleText:
    """What a rule measures; of one that a plugin brings, only its name is known."""
    return _BY_NAME.get(name) or RuleText(name, name, f"The rule {name}, which a policy plugin brings.")
