"""An exporter as the host makes it, and servers that take what it sends."""

from __future__ import annotations

import os

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from support.otlp import OtlpServer

from floe_sdk import Platform, PluginContext, PluginSelection, PluginType


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("OTEL_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")):
            monkeypatch.delenv(name)


@pytest.fixture
def server():
    with OtlpServer() as server:
        yield server


class Hooks:
    """The hooks of the plugin, as the host calls them; ends the exporters that they give."""

    def __init__(self, hooks):
        self._hooks = hooks
        self.exporters = []

    def __getattr__(self, name):
        hook = getattr(self._hooks, name)

        def call(**arguments):
            given = hook(**arguments)
            if hasattr(given, "shutdown"):
                self.exporters.append(given)
            return given

        return call


@pytest.fixture
def telemetry(tmp_path):
    """Makes the plugin with a configuration; gives its hooks."""
    platforms, made = [], []

    def make(**config):
        context = PluginContext(
            environment="dev",
            platform="lake",
            product="shop",
            product_slug="shop",
            platform_root=tmp_path,
            product_root=tmp_path,
            platform_state=tmp_path / ".floe",
            product_state=tmp_path / ".floe",
        )
        platforms.append(Platform.load([PluginSelection(PluginType.TELEMETRY, "otlp", config)], context))
        made.append(Hooks(dict(platforms[-1].each(PluginType.TELEMETRY))["otlp"]))
        return made[-1]

    yield make
    for exporter in [each for hooks in made for each in hooks.exporters]:
        exporter.shutdown()
    for platform in platforms:
        platform.close()


@pytest.fixture
def spans():
    """Three finished spans."""
    tracer = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False).get_tracer("test")
    made = [tracer.start_span(f"span {number}") for number in range(3)]
    for span in made:
        span.end()
    return made
