"""Another process: a warm one that is forked where the system can, a fresh one for what an import does."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.discovery import PluginRecord

PRELOADED = ["pytest", "floe_sdk.plugins.host", "floe_sdk.testing.contracts.elsewhere"]
"""What the warm process imports before it is forked for the first time."""
_PATIENCE = 60.0
TOLD_THE_SAME = "test_another_process_is_told_the_same"


class Job(NamedTuple):
    """What another process needs to have the same platform; `function` (`module:name`) is given that platform and
    `arguments`."""

    record: PluginRecord
    config: dict[str, Any]
    context: PluginContext
    function: str
    arguments: tuple[Any, ...]
    files: dict[str, str]
    path: list[str]
    environment: dict[str, str]
    folder: str


def job(
    record: PluginRecord,
    config: Mapping[str, Any],
    context: PluginContext,
    function: Any,
    arguments: tuple[Any, ...] = (),
) -> Job:
    """`function` must be importable, or in a file that is; it may be a method of a class."""
    owner = getattr(function, "__self__", None)
    place, name = (owner, f"{owner.__qualname__}.{function.__name__}") if owner else (function, function.__qualname__)
    modules = (place.__module__, record.target.partition(":")[0])  # the test file says what it imports first
    files = {module: str(getattr(sys.modules[module], "__file__", "")) for module in modules if module in sys.modules}
    target, folder = f"{place.__module__}:{name}", str(Path.cwd())
    return Job(record, dict(config), context, target, arguments, files, list(sys.path), dict(os.environ), folder)


def at_once(works: Sequence[Job]) -> list[Any]:
    """What the functions give in as many processes, which run side by side."""
    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(in_another_process, works))


def in_another_process(work: Job) -> Any:
    """What `work.function` gives there; the test fails where it raises, or does not come to an end.

    That another process can't even load the plugin is said by one test: others are skipped then.
    """
    kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(kind)
    if kind == "forkserver":
        context.set_forkserver_preload(PRELOADED)
    here, there = context.Pipe()
    process = context.Process(target=_child, args=(there, tuple(work)), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(_PATIENCE):
            pytest.fail(f"another process has not come to an end within {_PATIENCE:g} s")
        answer, problem = here.recv()
    except EOFError:
        pytest.fail("another process ended without an answer")
    finally:
        here.close()
        process.kill()
        process.join()
        process.close()
    if problem and problem.startswith(_NotLoaded.__name__) and not work.function.endswith(".facts"):
        pytest.skip(f"another process does not load the plugin: {TOLD_THE_SAME} says why")
    if problem:
        pytest.fail(f"another process could not use the plugin: {problem}")
    return answer


def _child(pipe: Connection, values: tuple[Any, ...]) -> None:
    work = Job(*values)
    answer: tuple[Any, str | None]
    try:
        answer = _answer(work), None
    except BaseException as error:  # noqa: BLE001 - it is the answer
        answer = None, f"{type(error).__name__}: {error}"
    pipe.send(answer)
    pipe.close()


def _answer(work: Job) -> Any:
    from floe_sdk.plugins.host import Platform
    from floe_sdk.plugins.selection import PluginSelection
    from floe_sdk.plugins.types import PluginType

    sys.path[:] = work.path
    os.environ.clear()
    os.environ.update(work.environment)
    os.chdir(work.folder)
    for name, file in work.files.items():
        _import(name, file)
    module, _, attributes = work.function.partition(":")
    function: Any = sys.modules[module]
    for attribute in attributes.split("."):
        function = getattr(function, attribute)
    record = work.record
    selection = PluginSelection(PluginType(record.type), record.name, work.config, distribution=record.distribution)
    try:
        platform = Platform.load([selection], work.context)
    except Exception as error:
        raise _NotLoaded(str(error)) from error
    with platform:
        return function(platform, *work.arguments)


class _NotLoaded(Exception):  # noqa: N818 - its name is what the test's process is told
    """The plugin is not loaded in another process."""


def _import(name: str, file: str) -> None:
    """A module by its name, or from its file: a test module is on no path."""
    try:
        importlib.import_module(name)
    except ImportError:
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)


class Imported(NamedTuple):
    """What importing a plugin did: processor time, modules, output, and what of the process it changed."""

    seconds: float
    modules: list[str]
    printed: str
    changed: list[str]


_IMPORT = """
import json, os, sys, time, threading, logging, warnings
import floe_sdk, floe_sdk.plugins.host
from importlib import import_module
def state():
    return {
        "the environment": dict(os.environ), "the working directory": os.getcwd(), "sys.path": list(sys.path),
        "logging": (logging.root.level, len(logging.root.handlers)), "threads": threading.active_count(),
        "warnings": len(warnings.filters), "excepthook": sys.excepthook is sys.__excepthook__,
        "files in the working directory": sorted(os.listdir()),
    }
known, before, began = set(sys.modules), state(), time.process_time()
import_module(sys.argv[1])
took, after = time.process_time() - began, state()
answer = [took, sorted(set(sys.modules) - known), [key for key in before if before[key] != after[key]]]
print(json.dumps(answer), file=open(sys.argv[2], "w"))
"""


@lru_cache(maxsize=256)
def imported(module: str, file: str, path: tuple[str, ...]) -> Imported:
    """Import a module in a fresh process that has nothing of it yet, in an empty working directory."""
    places = [*path, str(Path(file).parent)] if file and "." not in module else path
    with tempfile.TemporaryDirectory() as folder:
        empty, answer = Path(folder) / "empty", Path(folder) / "answer.json"
        empty.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", _IMPORT, module, str(answer)],
            cwd=empty,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"a fresh process can't import {module}: {done.stderr[-500:]}")
        seconds, modules, changed = json.loads(answer.read_text())
    return Imported(seconds, modules, done.stdout + done.stderr, changed)
