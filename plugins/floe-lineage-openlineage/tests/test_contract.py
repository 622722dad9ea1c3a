import pytest

from floe_sdk.testing import LineageContract, LineageServer


class TestOpenLineage(LineageContract):
    plugin = "openlineage"

    @pytest.fixture
    def server(self):
        with LineageServer(api_key="planted-key-of-a-server") as server:
            yield server

    @pytest.fixture
    def config(self, server, monkeypatch):
        monkeypatch.setenv("LINEAGE_KEY", "planted-key-of-a-server")
        return {"url": server.uri, "api_key": {"env": "LINEAGE_KEY"}, "timeout": 1}

    @pytest.fixture
    def received(self, server):
        return lambda: server.events
