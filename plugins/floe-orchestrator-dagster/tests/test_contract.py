"""Dagster holds what every orchestrator holds."""

from floe_sdk.testing import OrchestratorContract


class TestDagster(OrchestratorContract):
    plugin = "dagster"
