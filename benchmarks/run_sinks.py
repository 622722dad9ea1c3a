"""`floe run` of 100 models with every kind of sink at once, against the same run with none; servers well, and away."""

from __future__ import annotations

import atexit
import socket
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.frame import Benchmark, Cost, pairs_of_one_process
from benchmarks.products import OBSERVED, PYTHON, dbt_product
from benchmarks.run_tables import MODELS, PAIRS, RUNS, product

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
"""Takes what it is sent: OTLP's empty answer says that all was accepted, OpenLineage asks for no body."""


@cache
def well() -> str:
    server = subprocess.Popen([PYTHON, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    atexit.register(server.kill)
    assert server.stdout is not None
    return f"http://127.0.0.1:{server.stdout.readline().strip()}"


@cache
def away() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


@cache
def everywhere(number: int, server: Callable[[], str]) -> Path:
    """A product that tells files and servers of its runs."""
    plugins: dict[str, Any] = {
        "telemetry": [
            {"type": "file"},
            {"type": "otlp", "config": {"endpoint": server(), "protocol": "http/protobuf"}},
        ],
        "lineage": [{"type": "file"}, {"type": "openlineage", "config": {"url": server()}}],
    }
    return dbt_product(number, OBSERVED, plugins)


@cache
def one_process(server: Callable[[], str]) -> Callable[[str], Cost]:
    return pairs_of_one_process(PYTHON, "-c", RUNS, str(product(1)), str(everywhere(1, server)))


def benchmark(name: str, server: Callable[[], str]) -> Benchmark:
    return Benchmark(
        name,
        "lineage and traces off",
        lambda: one_process(server)(str(product(MODELS))),
        lambda: one_process(server)(str(everywhere(MODELS, server))),
        limit=1.05,
        by=("cpu", "wall"),
        rounds=PAIRS,
    )


BENCHMARKS = [benchmark("run-sinks", well), benchmark("run-sinks-away", away)]
