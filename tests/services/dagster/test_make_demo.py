"""`make demo-dagster` on a copy of the demo: it shows both products, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from support.dagster_cli import dagster_environment
from support.servers.process import MARK, free_port, processes

from .conftest import ROOT

DEMO_SCRIPT = ROOT / "demo" / "on_dagster.py"


@pytest.fixture
def started(demo, tmp_path):
    """The script, whose page answers; and its address."""
    port = free_port()
    environment = dagster_environment(tmp_path, FLOE_DEMO_PORT=str(port), **{MARK: str(tmp_path)})
    script = subprocess.Popen(
        [sys.executable, DEMO_SCRIPT, demo.folder],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield script, f"http://127.0.0.1:{port}"
    finally:
        if script.poll() is None:
            script.send_signal(signal.SIGINT)
        script.communicate(timeout=60)


def read_until(script, text):
    lines = []
    for line in script.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    pytest.fail(f"it ended with {script.wait()}:\n{''.join(lines)}")


def test_both_products_are_shown_until_ctrl_c(started, tmp_path):
    script, url = started
    read_until(script, f"{url}/asset-groups")
    query = json.dumps({"query": "{ assetNodes { repository { location { name } } } }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", query, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        nodes = json.load(answer)["data"]["assetNodes"]
    assert {each["repository"]["location"]["name"] for each in nodes} == {"customer-360", "flights"}
    script.send_signal(signal.SIGINT)
    text, _ = script.communicate(timeout=60)
    assert script.returncode == 0, text
    assert "demo-dagster: ended" in text
    assert "Traceback" not in text
    assert processes(str(tmp_path)) == []


def test_a_port_that_is_taken_is_said_before_anything_is_compiled(demo, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, DEMO_SCRIPT, demo.folder],
            env=dagster_environment(tmp_path, FLOE_DEMO_PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"demo-dagster: something else listens on port {port}: make demo-dagster FLOE_DEMO_PORT"
    )
    assert done.stdout == ""
