"""What an error of a hook does, and on which thread it is called, is what the hook's page says of it."""

from __future__ import annotations

import importlib
import sys
import threading

import pytest
from support.pages import DOCS, ROOT

from floe_sdk import RunRequest, RunStatus, execute, hookimpl
from floe_sdk.runtime.recovery.state import last_run

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(DOCS / "examples" / "hooks"))
FACTS = {hook.name: hook.facts for hook in importlib.import_module("hook_pages").hooks()}
ERRORS = {name: facts["Errors"] for name, facts in FACTS.items()}
shop = importlib.import_module("shop")
sys.path[:2] = []

OWN = ("orchestrator_generate", "orchestrator_workspace", "plugin_close", "compile_finished", "run_started")
OWN += ("node_finished", "run_finished")


class Plain:
    called = ()

    @hookimpl
    def orchestrator_run(self, request):
        return execute(request)


def raising(hook):
    """An orchestrator that raises in one of its own hooks, or where another plugin's hook ends."""

    def own(self):
        raise RuntimeError(f"of {hook}")

    def wrapped(self):
        yield
        raise RuntimeError(f"of {hook}")

    body = hookimpl(own) if hook in OWN else hookimpl(wrapper=True)(wrapped)
    name = f"Raises{hook.replace('_', '')}"
    made = type(name, (Plain,), {hook: body, "__module__": __name__, "__qualname__": name})
    setattr(sys.modules[__name__], name, made)
    return made


def run(platform, artifacts):
    return execute(RunRequest(artifacts, platform.context.product_root, platform=platform))


AT_COMPILE = [
    "storage_access",
    "catalog_namespace",
    "catalog_check",
    "compute_profile",
    "transform_fingerprint",
    "transform_graph",
    "orchestrator_generate",
    "orchestrator_workspace",
]


@pytest.mark.parametrize("hook", AT_COMPILE)
def test_an_error_ends_the_compile(hook):
    assert any(word in ERRORS[hook] for word in ("ends the command", "ends the compile"))
    with pytest.raises(Exception, match=f"of {hook}"), shop.compiled(raising(hook)):
        pass


@pytest.mark.parametrize(
    "hook", ["storage_ready", "catalog_access", "compute_open", "compute_close", "transform_run"], ids=str
)
def test_an_error_fails_the_run(hook):
    assert "the run" in ERRORS[hook]
    assert "fails" in ERRORS[hook]
    with shop.compiled(raising(hook)) as (platform, artifacts, _):
        calls = []
        platform.monitor(lambda name, *_: calls.append(name), lambda *_: None)
        with pytest.raises(RuntimeError, match=f"of {hook}"):
            run(platform, artifacts)
        assert last_run(platform.context.product_state, "dev").status == RunStatus.FAILED.value
        before_the_engine = hook in ("storage_ready", "catalog_access", "compute_open")
        assert ("transform_run" in calls) is not before_the_engine
        assert ("compute_close" in calls) is hook.startswith(("compute", "transform"))


@pytest.mark.parametrize("hook", ["run_started", "node_finished", "run_finished"])
def test_an_error_of_an_observer_is_a_warning_at_the_end(hook):
    assert "a warning at the end of the run" in ERRORS[hook]
    with shop.compiled(raising(hook)) as (platform, artifacts, _):
        finished = run(platform, artifacts)
    assert finished.status is RunStatus.SUCCESS
    assert [each for each in finished.warnings if f"of {hook}" in each]


@pytest.mark.parametrize("hook", ["compile_finished", "plugin_close"])
def test_an_error_changes_nothing(hook):
    assert "logged" in ERRORS[hook]
    with shop.compiled(raising(hook)) as (platform, artifacts, _):
        assert run(platform, artifacts).status is RunStatus.SUCCESS


class Threads(Plain):
    @hookimpl
    def run_started(self):
        """Nothing; it is called."""


def test_the_thread_is_the_one_that_the_page_names():
    threads = {}
    with shop.compiled(Threads) as (platform, artifacts, _):
        platform.monitor(lambda hook, *_: threads.setdefault(hook, threading.current_thread()), lambda *_: None)
        run(platform, artifacts)
    here = {hook for hook, thread in threads.items() if thread is threading.current_thread()}
    assert {"storage_ready", "compute_open", "compute_close", "transform_run", "run_started"} <= threads.keys()
    for hook in threads:
        said = FACTS[hook]["Thread"]
        expected = ("The plugin's own",) if hook not in here else ("The run's", "The command's", "Any")
        assert said.startswith(expected), (hook, said)
