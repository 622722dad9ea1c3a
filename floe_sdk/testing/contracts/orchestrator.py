"""The contract of an orchestrator plugin: it drives floe's own runs, and what it generates holds anywhere."""

from __future__ import annotations

from floe_sdk.testing.contracts.orchestrator_files import FileTests
from floe_sdk.testing.contracts.orchestrator_runs import RunTests


class OrchestratorContract(RunTests, FileTests):
    """Inherit it, name the plugin, and give a `config`; the product that is run has a small engine of its own.

    Features: `generate`, `workspace` and `commands` (the optional hooks).
    """
