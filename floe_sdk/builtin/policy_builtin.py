"""The plugin `policy/builtin`: the rules that floe brings, over the same hooks as anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk import check_rules, hookimpl, rule_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk import Finding, Graph, ResolvedGovernance


class BuiltinPolicy:
    """Naming, test coverage, descriptions, ownership, personal data, retention and the manifest's custom rules."""

    @hookimpl
    def policy_rules(self) -> Sequence[str]:
        return rule_names()

    @hookimpl
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        return check_rules(graph, governance)
