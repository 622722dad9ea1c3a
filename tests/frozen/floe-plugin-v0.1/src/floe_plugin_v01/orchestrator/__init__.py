"""The plugin `orchestrator/v01` of floe."""

from floe_plugin_v01.orchestrator.plugin import (
    V01Orchestrator,
    V01OrchestratorConfig,
)

__all__ = [
    "V01Orchestrator",
    "V01OrchestratorConfig",
]
