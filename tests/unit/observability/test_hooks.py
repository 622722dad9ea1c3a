import pluggy
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from floe_sdk import hookimpl
from floe_sdk.observability.hooks import HookMonitor
from floe_sdk.observability.spans import STATE
from floe_sdk.plugins.markers import hookspec


class Spec:
    @hookspec
    def storage_ready(self, timeout): ...

    @hookspec
    def storage_access(self): ...


class Plugin:
    def __init__(self, manager):
        self.manager = manager

    @hookimpl
    def storage_ready(self, timeout):
        return self.manager.hook.storage_access()

    @hookimpl
    def storage_access(self):
        raise OSError("away")


@pytest.fixture
def manager():
    manager = pluggy.PluginManager("floe")
    manager.add_hookspecs(Spec)
    manager.register(Plugin(manager), name="storage/here")
    monitor = HookMonitor()
    undo = manager.add_hookcall_monitoring(monitor.before, monitor.after)
    yield manager
    undo()


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    STATE.tracer = provider.get_tracer("test")
    yield exporter
    STATE.tracer = None


def test_hook_calls_are_spans_that_nest_and_name_the_plugin(manager, spans):
    with pytest.raises(OSError, match="away"):
        manager.hook.storage_ready(timeout=1)
    inner, outer = spans.get_finished_spans()
    assert (inner.name, outer.name) == ("hook.storage_access", "hook.storage_ready")
    assert inner.parent.span_id == outer.context.span_id
    assert inner.attributes["floe.plugin"] == "storage/here"
    assert inner.status.description == outer.status.description == "away"
    assert STATE.root is None


def test_hook_calls_without_tracing_leave_nothing(manager):
    with pytest.raises(OSError, match="away"):
        manager.hook.storage_ready(timeout=1)
    assert STATE.root is None
