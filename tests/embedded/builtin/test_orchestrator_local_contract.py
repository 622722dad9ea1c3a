"""The orchestrator in the box holds what every orchestrator holds."""

from floe_sdk.testing import OrchestratorContract


class TestLocal(OrchestratorContract):
    plugin = "local"
