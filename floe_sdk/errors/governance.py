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
    cause="Its `policy_check` raised, or returned a finding of a rule that `policy_rules` does not name.",
    remedy="Report it to the plugin's author, or remove the plugin from the manifest.",
)
