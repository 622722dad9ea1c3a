"""Python in a process of its own, with a deadline: the import of a plugin must not be able to hang or end ours."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


# PYTHONSAFEPATH says the same from Python 3.11 on, but to all that the child starts as well.
_START = (
    "import runpy, sys; sys.path = [one for one in sys.path if one]; del sys.argv[0]; "
    "runpy.run_module(sys.argv[0], None, '__main__', True)"
)


class Ended(NamedTuple):
    """How a child ended: its exit code (None: killed at the deadline), what it wrote to standard output and error."""

    code: int | None
    output: bytes
    errors: str

    @property
    def answer(self) -> Any:
        """The JSON that it wrote; None where it wrote none."""
        try:
            return json.loads(self.output)
        except ValueError:
            return None


def python(
    arguments: Sequence[str],
    timeout: float,
    *,
    path: Sequence[Path] = (),
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Ended:
    """Run this Python with `path` before everything else that it imports from; kills it, and all that it started."""
    environment = {**os.environ, **(variables or {})}
    if path:
        environment["PYTHONPATH"] = os.pathsep.join([*map(str, path), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Files, not pipes: a grandchild that keeps a pipe open would outlive the deadline.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, *_safe(arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        code: int | None = None
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(child)
        output.seek(0)
        errors.seek(0)
        return Ended(code, output.read(), errors.read().decode(errors="replace"))


def _safe(arguments: Sequence[str]) -> Sequence[str]:
    """What runs a module without the working directory on the path: its files must not stand for what is imported."""
    if arguments[0] != "-m":
        return arguments
    return ["-c", _START, *arguments[1:]]


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child, and what it may have started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it, and all that it started, has ended
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def answer(question: Callable[[Any], Any]) -> None:
    """In the child: put what `question` gives of the first argument (JSON) on standard output, and end at once."""
    output = os.dup(1)
    os.dup2(2, 1)  # what the plugin prints must not get into the answer
    os.write(output, json.dumps(question(json.loads(sys.argv[1])), default=str).encode())
    os._exit(0)  # not the plugin's own exit handlers, nor a thread that it left behind
