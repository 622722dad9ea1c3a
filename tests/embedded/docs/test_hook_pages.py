"""A page a hook: its facts are complete and true of the code, its example runs and prints what is shown."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from support.pages import DOCS, ROOT

import floe_sdk.errors
from floe_sdk import RunRequest, compile_product, execute
from floe_sdk.errors import REGISTRY

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(DOCS / "examples" / "hooks"))
hook_pages = importlib.import_module("hook_pages")
shop = importlib.import_module("shop")
sys.path[:2] = []

HOOKS = hook_pages.hooks()
KINDS = list(dict.fromkeys(hook.kind for hook in HOOKS))
SHOWN = re.compile(r"^ *# => ?(.*)$", re.MULTILINE)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_every_fact_of_a_hook_is_there(hook):
    assert hook.text
    assert list(hook.facts) == list(hook_pages.FACTS)
    assert all(hook.facts.values())


def test_codes_in_facts_are_known():
    for module in pkgutil.iter_modules(floe_sdk.errors.__path__):
        importlib.import_module(f"floe_sdk.errors.{module.name}")
    named = {code for hook in HOOKS for code in re.findall(r"FLOE-[A-Z]\d{3}", hook.facts["Errors"])}
    assert named
    assert named <= set(REGISTRY)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_shows_every_hook_and_prints_what_it_says(kind):
    path = DOCS / "examples" / "hooks" / f"{kind}_plugin.py"
    source = path.read_text(encoding="utf-8")
    assert set(hook_pages.uses(source)) == {hook.name for hook in HOOKS if hook.kind == kind}
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.rstrip() for line in done.stdout.splitlines()] == [line.rstrip() for line in SHOWN.findall(source)]


class Orchestrator:
    """Runs it here."""

    @floe_sdk.hookimpl
    def orchestrator_run(self, request):
        return execute(request)


class Calls:
    """Which hooks the host calls, whether anybody has them or not."""

    def __init__(self):
        self.names = set()
        self.undo = None

    def watch(self, platform):
        self.names = set()
        self.undo = platform.monitor(lambda name, *_: self.names.add(name), lambda *_: None)

    def are_told_of(self, *words):
        when = {hook.name: hook.facts["When"].lower() for hook in HOOKS}
        return [name for name in sorted(self.names) if not any(word in when[name] for word in words)]


def test_when_a_hook_is_called_is_what_its_page_says():
    calls = Calls()
    with shop.compiled(Orchestrator) as (platform, artifacts, _folder):
        root = platform.context.product_root
        result = compile_product(root, started=lambda _product, watched: calls.watch(watched))
        with result.platform:
            calls.undo()
            assert {"storage_access", "catalog_check", "orchestrator_generate"} <= calls.names
            assert calls.are_told_of("compiling", "as `telemetry") == []
        calls.watch(platform)
        execute(RunRequest(artifacts, root, platform=platform))
        calls.undo()
    assert {"storage_ready", "compute_open", "compute_close", "transform_run"} <= calls.names
    assert calls.are_told_of("run") == []
