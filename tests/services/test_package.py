"""A package of the demo, unpacked read-only and run in a new environment that its lock fills from the package index."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from support.folders import contents
from support.tables import bare_catalog

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
BIN = Path(sys.executable).parent
UV = ROOT / ".tools" / "bin" / "uv"
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
REQUIRED = os.environ.get("FLOE_REQUIRE_SERVICES") == "1"


def call(*command, cwd="/", **environment):
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment or None, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def copied(folder):
    """The demo with Dagster as its orchestrator, compiled."""
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("target", "logs", ".floe", "raw", "__pycache__"))
    shutil.copytree(DEMO / "customer-360" / "raw", folder / "customer-360" / "raw")
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    manifest["plugins"]["orchestrator"] = {"type": "dagster"}
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest))
    call(BIN / "floe", "compile", folder / "customer-360")
    return folder


@pytest.fixture(scope="module")
def index():
    """The variables with which uv reaches the package index or, without a network, what it has kept of it."""
    given = {**os.environ, "UV": str(UV)}
    if "PIP_INDEX_URL" in given:
        given.setdefault("UV_DEFAULT_INDEX", given["PIP_INDEX_URL"])
    for offline in ({}, {"UV_OFFLINE": "1"}):
        asked = [UV, "pip", "compile", "--quiet", "--python", sys.executable, "-"]
        if not subprocess.run(
            asked, input="pluggy\n", env={**given, **offline}, text=True, capture_output=True, check=False
        ).returncode:
            return {**given, **offline}
    return (pytest.fail if REQUIRED else pytest.skip)("uv reaches no package index, and has kept nothing of one")


def packaged(folder, output, index):
    """The answer of `floe package`, with hashes that uv takes from the index."""
    product = folder / "customer-360"
    options = ["--include", product / "raw", "--output", output, "--json"]
    return json.loads(call(BIN / "floe", "package", product, *options, **index))


@pytest.fixture(scope="module")
def made(tmp_path_factory, index):
    """The package made twice, and once from a copy of the project elsewhere."""
    folder = tmp_path_factory.mktemp("package")
    one = copied(folder / "demo")
    two = copied(folder / "else where" / "other")
    answers = [packaged(each, folder / name, index) for each, name in ((one, "a.tar"), (one, "b.tar"), (two, "c.tar"))]
    call(BIN / "floe", "run", one / "customer-360")
    shutil.rmtree(one / "customer-360")
    shutil.rmtree(two)
    return folder, answers


@pytest.fixture(scope="module")
def deployed(made, index):
    """(the read-only unpacked package, the variables of a process in a new environment from its lock)."""
    folder, _ = made
    place = folder / "srv" / "package"
    place.mkdir(parents=True)
    call("tar", "-xf", folder / "a.tar", "-C", place)
    call(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    python = folder / "venv" / "bin" / "python"
    lock = place / "requirements.lock"
    call(
        UV,
        "pip",
        "sync",
        "--quiet",
        "--compile-bytecode",
        "--python",
        python,
        "--require-hashes",
        lock,
        cwd=place,
        **index,
    )
    call(UV, "pip", "check", "--python", python, **index)
    for path in (place, *place.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    (folder / "state").mkdir()
    yield place, {"PATH": f"{python.parent}:/usr/bin:/bin", "FLOE_STATE_DIR": str(folder / "state")}
    for path in (place, *place.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def test_the_bytes_are_equal_twice_and_from_a_copy_elsewhere(made):
    folder, answers = made
    assert len({answer["sha256"] for answer in answers}) == 1
    first, *others = [(folder / f"{name}.tar").read_bytes() for name in "abc"]
    assert all(other == first for other in others)
    assert str(folder).encode() not in first
    assert str(ROOT).encode() not in first


def test_it_runs_from_a_read_only_folder_in_a_new_environment(made, deployed):
    place, environment = deployed
    before = contents(place)
    said = call(*UNPRIVILEGED, place / "entrypoint.sh", **environment)
    assert "succeeded" in said
    assert contents(place) == before
    ours, theirs = (rows(made[0] / state / "dev") for state in ("demo/.floe", "state/platform"))
    assert len(ours) == 7
    assert sum(len(each) for each in ours.values()) == 55_113
    assert ours == theirs


def rows(state):
    """All tables as bare PyIceberg reads them, each sorted."""
    with bare_catalog(state) as catalog:
        return {
            name: sorted(catalog.load_table(name).scan().to_arrow().to_pylist(), key=str)
            for name in catalog.list_tables("customer_360")
        }


def test_dagster_validates_it_there(deployed):
    place, environment = deployed
    validate = ["dagster", "definitions", "validate"]
    said = call(*UNPRIVILEGED, place / "entrypoint.sh", *validate, "-m", "floe_orchestrator_dagster", **environment)
    assert "Validation successful for code location floe_orchestrator_dagster" in said
    workspace = place / "app" / "customer-360" / "target" / "dagster" / "workspace.yaml"
    said = call(place / "entrypoint.sh", *validate, "-w", workspace, **environment)
    assert "Validation successful for code location customer-360" in said


@pytest.mark.parametrize("command", ["code-server", "grpc"])
def test_the_entry_point_serves_the_code_location(deployed, command, tmp_path):
    place, environment = deployed
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*UNPRIVILEGED, place / "entrypoint.sh", command, "--port", port],
            cwd="/",
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        check = [place / "entrypoint.sh", "dagster", "api", "grpc-health-check", "--port", port]
        deadline = time.monotonic() + 120
        while subprocess.run(check, env=environment, capture_output=True, check=False).returncode:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        location = {"grpc_server": {"host": "127.0.0.1", "port": int(port), "location_name": "customer-360"}}
        (tmp_path / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [location]}))
        validate = ["dagster", "definitions", "validate", "-w", tmp_path / "workspace.yaml"]
        said = call(place / "entrypoint.sh", *validate, cwd=tmp_path, **environment)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert "Validation successful for code location customer-360" in said
