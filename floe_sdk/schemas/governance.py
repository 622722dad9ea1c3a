"""Governance: as documents write it (`Governance`, every key optional) and as it holds (`ResolvedGovernance`)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from floe_sdk.schemas.base import FrozenModel
from floe_sdk.schemas.document import Count, DocumentModel, Level, Percent, Reason, Regex

NamingPattern = Literal["medallion", "kimball", "custom"]
ZeroColumnBehavior = Literal["report_na", "report_100_percent"]
PolicyType = Literal["naming", "coverage", "documentation", "semantic", "custom", "data_contract"]


class Naming(DocumentModel):
    """How models are named."""

    enforcement: Level | None = Field(default=None, description="How seriously names are taken (default: warn).")
    pattern: NamingPattern | None = Field(default=None, description="The convention (default: medallion).")
    custom_patterns: tuple[Regex, ...] | None = Field(
        default=None, description="Regular expressions for pattern `custom`; a model's name matches one of them."
    )


class LayerThresholds(DocumentModel):
    """Test coverage in percent that each layer of a medallion architecture needs."""

    bronze: Percent | None = None
    silver: Percent | None = None
    gold: Percent | None = None


class QualityGates(DocumentModel):
    """What every model must reach."""

    minimum_test_coverage: Percent | None = Field(default=None, description="Percent of columns that have a test.")
    require_descriptions: bool | None = Field(default=None, description="Every model has a description.")
    require_column_descriptions: bool | None = Field(default=None, description="Every column has a description.")
    require_owners: bool | None = Field(default=None, description="Everything that is made has an owner.")
    block_on_failure: bool | None = Field(
        default=None, description="A gate that fails is an error; false makes it a warning (default: true)."
    )
    layer_thresholds: LayerThresholds | None = Field(default=None, description="Coverage by layer, before the minimum.")
    zero_column_coverage_behavior: ZeroColumnBehavior | None = Field(
        default=None, description="What a model without declared columns counts as (default: report_na)."
    )


class RequireTagsForPrefix(DocumentModel):
    """Models whose name begins with `prefix` have all `required_tags`."""

    type: Literal["require_tags_for_prefix"]
    prefix: str = Field(min_length=1)
    required_tags: tuple[str, ...] = Field(min_length=1)
    applies_to: str = Field(default="*", description="Glob over model names.")


class RequireMetaField(DocumentModel):
    """Models have a `meta` field; `required` wants it to be non-empty."""

    type: Literal["require_meta_field"]
    field: str = Field(min_length=1)
    required: bool = True
    applies_to: str = Field(default="*", description="Glob over model names.")


class RequireTestsOfType(DocumentModel):
    """Models have at least `min_columns` columns with tests of all `test_types`."""

    type: Literal["require_tests_of_type"]
    test_types: tuple[str, ...] = Field(min_length=1)
    min_columns: Count = 1
    applies_to: str = Field(default="*", description="Glob over model names.")


CustomRule = Annotated[RequireTagsForPrefix | RequireMetaField | RequireTestsOfType, Field(discriminator="type")]


class PolicyOverride(DocumentModel):
    """Models that are treated more leniently while they are migrated; without effect after `expires`."""

    pattern: str = Field(min_length=1, description="Glob over model names.")
    action: Literal["downgrade", "exclude"] = Field(description="Errors become warnings, or the models are skipped.")
    reason: Reason
    expires: date | None = None
    policy_types: tuple[PolicyType, ...] | None = Field(default=None, description="Default: all.")


class Waiver(DocumentModel):
    """Findings of one rule that are known and accepted until `expires`; an expired waiver is itself a finding."""

    rule: str = Field(min_length=1, description="The rule's name, as findings show it.")
    pattern: str = Field(default="*", min_length=1, description="Glob over the subjects' names.")
    column: str | None = Field(default=None, description="Only this column.")
    reason: Reason
    expires: date


class Governance(DocumentModel):
    """The section `governance` of a manifest or a spec. What is not written isn't asked for."""

    policy_enforcement_level: Level | None = None
    pii_encryption: Literal["required", "optional"] | None = None
    audit_logging: Literal["enabled", "disabled"] | None = None
    data_retention_days: Count | None = None
    default_ttl_hours: Count | None = Field(default=None, le=8760)
    snapshot_keep_last: Count | None = Field(default=None, le=100)
    stale_table_recovery_mode: Literal["strict", "repair"] | None = None
    naming: Naming | None = None
    quality_gates: QualityGates | None = None
    custom_rules: tuple[CustomRule, ...] | None = None
    policy_overrides: tuple[PolicyOverride, ...] | None = None
    waivers: tuple[Waiver, ...] | None = None


class ResolvedNaming(FrozenModel):
    """`naming` with its defaults."""

    enforcement: Level = "warn"
    pattern: NamingPattern = "medallion"
    custom_patterns: tuple[Regex, ...] = ()


class ResolvedQualityGates(FrozenModel):
    """`quality_gates` with its defaults; None: not asked for."""

    minimum_test_coverage: Percent | None = None
    require_descriptions: bool = False
    require_column_descriptions: bool = False
    require_owners: bool = False
    block_on_failure: bool = True
    layer_thresholds: LayerThresholds = LayerThresholds()
    zero_column_coverage_behavior: ZeroColumnBehavior = "report_na"


class ResolvedGovernance(FrozenModel):
    """The governance that holds for a product in an environment. None: nobody asked for it."""

    policy_enforcement_level: Level = "warn"
    pii_encryption: Literal["required", "optional"] = "optional"
    audit_logging: Literal["enabled", "disabled"] = "disabled"
    data_retention_days: int | None = None
    default_ttl_hours: int | None = None
    snapshot_keep_last: int | None = None
    stale_table_recovery_mode: Literal["strict", "repair"] = "strict"
    naming: ResolvedNaming | None = None
    quality_gates: ResolvedQualityGates = ResolvedQualityGates()
    custom_rules: tuple[CustomRule, ...] = ()
    policy_overrides: tuple[PolicyOverride, ...] = ()
    waivers: tuple[Waiver, ...] = ()
