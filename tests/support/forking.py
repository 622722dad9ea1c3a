"""Runs of the command in forked copies of one warm process: each is a process of its own, without the imports' seconds.

    python -m support.forking MODULE...

reads requests, one JSON object a line, and answers each with the child's status: its exit code, or minus the signal.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

MODULES = (
    "floe_sdk.cli.run",
    "floe_sdk.compilation.pipeline",
    "floe_sdk.runtime.execute",
    "floe_sdk.runtime.lineage.sql",
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
    "pyarrow.parquet",
    "openlineage.client.naming.dataset",
)


class Forks:
    """The warm process, as a test holds it; `run` waits for one child, `start` and `wait` let several go on at once."""

    def __init__(self, *modules, path=()):
        tests = str(Path(__file__).parents[1])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.forking", *modules],
            env={**kept, "PYTHONPATH": os.pathsep.join([tests, *map(str, path)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, cwd, kill_after=None, **environment):
        """`floe ARGUMENTS`; (status, output, seconds). `kill_after` is when SIGKILL comes, in seconds."""
        request = {"arguments": [*map(str, arguments)], "cwd": str(cwd), "env": environment, "kill_after": kill_after}
        return self._ask(request)

    def call(self, function, *arguments, cwd, processes):
        """`module:function` with the child's number and `arguments`, in as many children at once; their outputs.

        Every child must end well.
        """
        request = {"call": function, "arguments": arguments, "cwd": str(cwd), "env": {}, "processes": processes}
        statuses, outputs, seconds = self._ask(request)
        assert set(statuses) == {0}, outputs
        return outputs, seconds

    def _ask(self, request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.communicate(timeout=30)
        assert self._process.returncode == 0


def _serve(modules):
    for module in (*MODULES, *modules):
        importlib.import_module(module)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        started = time.monotonic()
        outputs = [Path(request["cwd"]) / f".output-{number}" for number in range(request.get("processes", 1))]
        children = [_fork(request, number, output) for number, output in enumerate(outputs)]
        timer = None
        if request.get("kill_after") is not None:
            timer = threading.Timer(request["kill_after"], _kill, children)
            timer.start()
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        if timer is not None:
            timer.cancel()  # the number may be another process's by then
            timer.join()
        texts = [output.read_text(errors="replace") for output in outputs]
        for output in outputs:
            output.unlink()
        seconds = time.monotonic() - started
        several = "processes" in request
        answer = (statuses, texts, seconds) if several else (statuses[0], texts[0], seconds)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _fork(request, number, output):
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.chdir(request["cwd"])
        os.environ.update(request["env"])
        if "call" in request:
            module, _, name = request["call"].partition(":")
            code = getattr(importlib.import_module(module), name)(number, *request["arguments"]) or 0
        else:
            from floe_sdk.cli.app import run

            code = run(request["arguments"])
    except BaseException:  # noqa: BLE001 - a child never goes on as its parent
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _kill(child):
    with contextlib.suppress(ProcessLookupError):  # it was faster
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    _serve(sys.argv[1:])
