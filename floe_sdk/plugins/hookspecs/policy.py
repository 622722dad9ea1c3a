"""The contract of a policy plugin: governance rules that ENFORCE runs over the real graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import required_hook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.schemas.enforcement import Finding
    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.graph import Graph


class PolicySpec:
    """Hooks of type `policy`; any number of plugins."""

    @required_hook
    def policy_rules(self) -> Sequence[str]:
        """The names of the rules that `policy_check` judges; stable, as waivers and baselines name them.

        When: Compiling, right before `policy_check`.
        Caller: ENFORCE.
        Thread: The command's.
        Deadline: None.
        Errors: Whatever is raised ends the compile: FloeError as it is, anything else as FLOE-G002.
        """

    @required_hook
    def policy_check(self, graph: Graph, governance: ResolvedGovernance) -> Sequence[Finding]:
        """Judge the graph; no I/O.

        Report what cannot be measured with `FindingLevel.UNMEASURED`; never pass in silence. The host applies waivers
        and the enforcement level.

        When: Compiling, unless `policy_enforcement_level` is off.
        Caller: ENFORCE.
        Thread: The command's.
        Deadline: None.
        Errors: Whatever is raised ends the compile: a failure must not pass for nothing found. FloeError as it is,
            anything else, and what is no Finding or of a rule that `policy_rules` does not name, as FLOE-G002.
        """
