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

    def run(self, *arguments, cwd, kill_after=None, kill_from=None, **environment):
        """`floe ARGUMENTS`; (status, output, seconds).

        `kill_after` is when SIGKILL comes, in seconds: after the start, or after the text of `kill_from` (a folder, a
        pattern of files in it, and a text) stands in one of the files.
        """
        request = {"arguments": [*map(str, arguments)], "cwd": str(cwd), "env": environment}
        return self._ask({**request, "kill_after": kill_after, "kill_from": kill_from})

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

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._process.communicate(timeout=120)
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
        ended, killer = threading.Event(), None
        if request.get("kill_after") is not None:
            killer = threading.Thread(target=_kill_in_time, args=(children[0], request, ended))
            killer.start()
        for child in children:
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        if killer is not None:
            ended.set()
            killer.join()  # until then the children are not reaped: no number is another process's
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
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


def _kill_in_time(child, request, ended):
    if request["kill_from"] is not None:
        folder, pattern, text = request["kill_from"]
        while not _stands_in(Path(folder), pattern, text):
            if ended.wait(0.002):
                return
    if not ended.wait(request["kill_after"]):
        os.kill(child, signal.SIGKILL)


def _stands_in(folder, pattern, text):
    with contextlib.suppress(OSError):  # a file that goes meanwhile
        return any(text in file.read_text(errors="replace") for file in folder.glob(pattern))
    return False


if __name__ == "__main__":
    _serve(sys.argv[1:])
