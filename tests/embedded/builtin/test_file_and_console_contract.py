import json

import pytest

from floe_sdk.testing import LineageContract, TelemetryContract


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(capfd):
    return [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]


class TestFileLineage(LineageContract):
    plugin = "file"

    @pytest.fixture
    def received(self, context):
        return lambda: lines(context.product_state / "lineage.jsonl")


class TestConsoleLineage(LineageContract):
    plugin = "console"

    @pytest.fixture
    def received(self, capfd):
        return lambda: written(capfd)


class TestFileTelemetry(TelemetryContract):
    plugin = "file"

    @pytest.fixture
    def received(self, context):
        return lambda: [span["name"] for span in lines(context.product_state / "traces.jsonl")]


class TestConsoleTelemetry(TelemetryContract):
    plugin = "console"

    @pytest.fixture
    def received(self, capfd):
        return lambda: [span["name"] for span in written(capfd)]
