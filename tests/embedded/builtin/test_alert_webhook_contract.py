import json
import socket

import pytest

from floe_sdk.testing import AlertContract, Answer, FaultProxy


class Chat(FaultProxy):
    def __init__(self):
        super().__init__()
        self.posted = []

    def respond(self, request):
        if request.method == "POST":
            self.posted.append(json.loads(request.body)["text"])
            return Answer(200)
        return Answer(405)


class TestWebhook(AlertContract):
    plugin = "webhook"

    @pytest.fixture
    def chat(self):
        with Chat() as chat:
            yield chat

    @pytest.fixture
    def config(self, chat, monkeypatch):
        monkeypatch.setenv("CHAT_HOOK", f"{chat.uri}/hooks/planted-address-of-a-hook")
        return {"url": {"env": "CHAT_HOOK"}}

    @pytest.fixture
    def unreachable(self, monkeypatch):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            monkeypatch.setenv("NO_HOOK", f"http://127.0.0.1:{free.getsockname()[1]}/hooks/planted-address-of-a-hook")
        return {"url": {"env": "NO_HOOK"}}

    @pytest.fixture
    def silent(self, monkeypatch):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            monkeypatch.setenv("SILENT_HOOK", f"http://127.0.0.1:{listening.getsockname()[1]}/hooks/planted-address")
            yield {"url": {"env": "SILENT_HOOK"}}

    @pytest.fixture
    def received(self, chat):
        return lambda: chat.posted
