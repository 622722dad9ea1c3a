"""`floe` in a process of its own, as a user runs it, and when it said what."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

_CLEARED = ("OTEL_", "TRACE", "BAGGAGE", "FLOE_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


@dataclass
class Done:
    """A command that ended; `lines` of standard output with the seconds since its start at which they came."""

    code: int
    seconds: float
    cpu: float
    error: str
    lines: list[tuple[float, str]] = field(default_factory=list)

    @property
    def output(self):
        return "\n".join(line for _, line in self.lines)

    def after(self, part):
        """Seconds from the last line that holds `part` to the end of the process."""
        return self.seconds - max(at for at, line in self.lines if part in line)


def floe(*arguments, cwd, timeout=180, **environment):
    """Run it; variables that would change what it does are not handed on."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_CLEARED)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "floe_sdk", *arguments],
        cwd=cwd,
        env={**clean, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    errors, lines = [], []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    watchdog = threading.Timer(timeout, process.kill)
    watchdog.start()
    try:
        lines.extend((time.monotonic() - began, line.rstrip("\n")) for line in process.stdout)
        code = process.wait()
    finally:
        watchdog.cancel()
        reader.join()
        process.stdout.close()
        process.stderr.close()
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Done(code, seconds, cpu, errors[0], lines)
