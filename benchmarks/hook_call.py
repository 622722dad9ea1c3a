"""A hook call through the host against the same call through bare pluggy, the caller cached, nobody monitoring."""

from __future__ import annotations

import tempfile
import time
import timeit
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pluggy

from benchmarks.frame import Benchmark, Cost, Side
from floe_sdk import Platform, PluginContext, PluginSelection, PluginType

CALLS = 100_000
Call = Callable[..., object]
BARE_SPEC, BARE_IMPL = pluggy.HookspecMarker("bare"), pluggy.HookimplMarker("bare")


class Spec:
    @BARE_SPEC(firstresult=True)
    def secrets_resolve(self, key: str) -> str: ...


class Plugin:
    @BARE_IMPL
    def secrets_resolve(self, key: str) -> str:
        return key


@cache
def bare() -> Call:
    manager = pluggy.PluginManager("bare")
    manager.add_hookspecs(Spec)
    manager.register(Plugin())
    return manager.hook.secrets_resolve


@cache
def through_the_host() -> Call:
    root = Path(tempfile.gettempdir())
    context = PluginContext("dev", "p", "x", "x", root, root, root, root)
    platform = Platform.load([PluginSelection(PluginType.STORAGE, "local")], context)
    return dict(platform.each(PluginType.SECRETS))["env"].secrets_resolve


def timed(make: Callable[[], Call]) -> Side:
    def run() -> Cost:
        call = make()
        start = time.process_time()
        wall = timeit.timeit(lambda: call(key="PATH"), number=CALLS)
        return Cost(wall, time.process_time() - start).over(CALLS)

    return run


BENCHMARKS = [Benchmark("hook-call", "bare pluggy", timed(bare), timed(through_the_host), limit=3.0)]
