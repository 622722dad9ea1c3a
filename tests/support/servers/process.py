"""One server as a child process: a free port, a deadline for its start, a log, and an end that leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 15
MARK = "FLOE_TEST_SERVER"
"""An environment variable that a server and all its children carry."""


class ServerFailed(Exception):  # noqa: N818 - a server that is there and doesn't work; never a reason to skip
    """The end of its log is part of the message."""


def free_port():
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """Starts `command`; `ready()` says whether the server answers, by truth or by no OSError."""

    def __init__(self, name, command, log, ready, *, environment=None, stop_signal=signal.SIGTERM):
        self.name, self.command, self.log, self.ready = name, command, Path(log), ready
        self.mark = f"{name}-{uuid.uuid4().hex}"
        # Variables of these families would configure the server behind the test's back.
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CATALOG_", "PG"))}
        self.environment = {**kept, MARK: self.mark, **(environment or {})}
        self.stop_signal = stop_signal
        self._process = None

    def start(self):
        """Start it and wait until it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_bound_to_this_process(), *map(str, self.command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.log.parent,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                raise ServerFailed(f"{self.name} ended with {self._process.returncode}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not answer within {START_SECONDS} s\n{self.tail()}")
            time.sleep(0.05)

    def _answers(self):
        try:
            return self.ready() is not False
        except OSError:
            return False

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def stop(self):
        """End it as its operator would; by force where that takes too long."""
        if self.running:
            self._process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self):
        """End it and its children at once."""
        if self._process is None:
            return
        for each in {self._process.pid, *processes(self.mark)}:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        self._process = None

    @contextmanager
    def stopped(self):
        """Have it stopped for a while; it comes back at the same address, with what it holds on disk."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def tail(self, start=0, size=4000):
        """The end of the log from byte `start` on."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(start, self.log.stat().st_size - size))
            return log.read().decode(errors="replace")


def processes(mark):
    """The ids of the living processes that carry this mark."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0") and _state(entry) != "Z":
                found.append(int(entry.name))
    return found


def _state(entry):
    return (entry / "stat").read_text().rpartition(")")[2].split()[0]


def _bound_to_this_process():
    """Have the kernel end the server when this process dies, however it dies."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
