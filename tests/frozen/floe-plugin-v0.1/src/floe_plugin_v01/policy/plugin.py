"""Policy `v01`: models say in `meta` who answers for them."""

from __future__ import annotations

from collections.abc import Sequence

from floe_sdk import Finding, FindingLevel, Graph, NodeKind, PluginConfig, ResolvedGovernance, hookimpl
from pydantic import Field


RULE = "v01-meta"


class V01PolicyConfig(PluginConfig):
    """What stands under `config:` in manifest.yaml."""

    field: str = Field(default="team", min_length=1, description="What `meta` of every model has to say.")


class V01Policy:
    """Models say in `meta` who answers for them."""

    def __init__(self, config: V01PolicyConfig) -> None:
        self.config = config

    @hookimpl
    def policy_rules(self) -> Sequence[str]:
        """The rules' names, as waivers and baselines name them."""
        return [RULE]

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        """A finding for each model that lacks the field."""
        field = self.config.field
        return [
            Finding(
                rule=RULE,
                level=FindingLevel.WARNING,
                subject=node.id,
                path=node.path,
                message=f"`meta: {{{field}: ...}}` is missing",
                fix=f"write `meta: {{{field}: ...}}` at the model",
            )
            for node in graph.nodes
            if node.kind is NodeKind.MODEL and not node.meta.get(field)
        ]
