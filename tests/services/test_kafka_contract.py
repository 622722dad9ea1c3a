"""Lineage to a topic of a real Kafka, held to the contract of lineage."""

import json
import socket

import pytest

from floe_sdk.testing import LineageContract


def elsewhere(listening):
    return {"kafka": {"bootstrap_servers": f"127.0.0.1:{listening.getsockname()[1]}"}, "timeout": 1}


class TestKafka(LineageContract):
    plugin = "openlineage"

    @pytest.fixture
    def topic(self, kafka):
        return kafka.new_topic()

    @pytest.fixture
    def config(self, kafka, topic, monkeypatch):
        monkeypatch.setenv("KAFKA_KEY", "planted-password-of-a-key")
        settings = {"bootstrap_servers": kafka.servers, "topic": topic, "key_password": {"env": "KAFKA_KEY"}}
        return {"kafka": settings, "timeout": 5}

    @pytest.fixture
    def unreachable(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return elsewhere(free)

    @pytest.fixture
    def silent(self):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            yield elsewhere(listening)

    @pytest.fixture
    def received(self, kafka, topic):
        return lambda: [json.loads(value) for *_, value in kafka.messages(topic)]
