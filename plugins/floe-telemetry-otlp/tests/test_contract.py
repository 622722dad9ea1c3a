import pytest
from support.otlp import OtlpServer

from floe_sdk.testing import TelemetryContract


class TestOtlp(TelemetryContract):
    plugin = "otlp"

    @pytest.fixture
    def server(self):
        with OtlpServer() as server:
            yield server

    @pytest.fixture
    def config(self, server, monkeypatch):
        monkeypatch.setenv("OTLP_KEY", "planted-key-of-a-collector")
        return {"endpoint": server.uri, "headers": {"authorization": {"env": "OTLP_KEY"}}, "timeout": 1}

    @pytest.fixture
    def received(self, server):
        return lambda: [span.name for span in server.spans]
