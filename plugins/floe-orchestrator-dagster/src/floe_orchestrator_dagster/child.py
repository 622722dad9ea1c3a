"""A command of floe as a child of a step of Dagster: its lines as they come, and an end that leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typing_extensions import Self

    from floe_orchestrator_dagster.product import Product

GRACE = 20.0
"""Seconds that an interrupted run has for its clean end: it closes its lineage and delivers what it can."""
_KEPT_LINES = 30


class Child:
    """`floe COMMAND` on a product's artifact with `--json`, in a process group of its own; use it as a context manager.

    Its standard input is a pipe that only this process holds: when this process dies, however that happens, the child
    notices (`--stop-on-eof`). What it writes to standard error is passed on as it comes.
    """

    def __init__(
        self, command: str, product: Product, options: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = command
        self.tail: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "floe_sdk", *command.split(), str(product.root)),
                *("--artifact", str(product.artifact), "--json", "--stop-on-eof", *options),
            ],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._passed_on = threading.Event()
        self._errors = threading.Thread(target=self._pass_on, daemon=True, name="floe-stderr")

    def lines(self) -> Iterator[str]:
        """What it writes to standard output, as it comes."""
        yield from _opened(self._process.stdout)

    def events(self) -> Iterator[dict[str, Any]]:
        """The events of `--json`; any other line is passed on to standard output."""
        for line in self.lines():
            event = _event(line)
            if event is None:
                sys.stdout.write(line)
                sys.stdout.flush()
            else:
                yield event

    def wait(self) -> int:
        """The exit code, once the lines have ended."""
        code = self._process.wait()
        self._errors.join(timeout=1)
        return code

    def stop(self) -> None:
        """End it as Ctrl-C does; after the grace, or when this process is interrupted once more, at once."""
        try:
            self._signal(signal.SIGINT)
            # Nobody reads its lines any more: a full pipe must not keep it. No thread reads them away, as Dagster may
            # let go of a step only while Python ends, where a new thread never starts.
            _close(self._process.stdout)
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if self._process.poll() is None:
                self._signal(signal.SIGKILL)
                self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _pass_on(self) -> None:
        for line in _opened(self._process.stderr):
            self.tail.append(line.rstrip())
            sys.stderr.write(line)
        sys.stderr.flush()
        self._passed_on.set()

    def __enter__(self) -> Self:
        self._errors.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.poll() is None:
            self.stop()
        self._errors.join(timeout=1)
        _close(self._process.stdin)
        _close(self._process.stdout)
        if self._passed_on.is_set():  # while Python ends, the thread that reads it is gone and holds its lock for good
            _close(self._process.stderr)


@contextlib.contextmanager
def nodes_file(node_ids: Sequence[str]) -> Iterator[Path]:
    """A file for `--nodes`, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="floe-dagster-") as folder:
        file = Path(folder) / "nodes"
        file.write_text("".join(f"{each}\n" for each in node_ids), encoding="utf-8")
        yield file


def _opened(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        message = "the child was started without this pipe"
        raise ValueError(message)
    return stream


def _close(stream: IO[str] | None) -> None:
    with contextlib.suppress(OSError):
        _opened(stream).close()


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
