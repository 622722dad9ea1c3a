"""Codes of governance, FLOE-G."""

from floe_sdk.errors.base import register

POLICY_VIOLATED = register(
    "FLOE-G001",
    "Governance says no",
    3,
    cause="policy_enforcement_level is strict and a rule found errors that no waiver covers.",
    remedy="Mend what the findings name, or ask the platform team for a waiver with a reason and an expiry.",
)
POLICY_PLUGIN = register(
    "FLOE-G002",
    "A policy plugin could not judge the graph",
    4,
    cause="Its `policy_check` raised, or returned what is no finding of a rule that `policy_rules` names.",
    remedy="Report it to the plugin's author, or remove the plugin from the manifest.",
)
BASELINE_INVALID = register(
    "FLOE-G003",
    "The baseline can't be used",
    2,
    cause="The file given to --baseline is not there, or it is not one that --write-baseline wrote.",
    remedy="Write it anew with `floe compile --write-baseline FILE`, and look at what changed.",
)
RETENTION_SHORTENED = register(
    "FLOE-G004",
    "Snapshots would be kept for less time than governance asks for",
    3,
    cause="--older-than of `floe catalog maintain` is smaller than `governance.data_retention_days`.",
    remedy="Leave --older-than out, or have the platform's team change `data_retention_days`.",
)
