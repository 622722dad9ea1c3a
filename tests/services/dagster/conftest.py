"""Two Dagsters for the session: one on both demo products, one on small products that go wrong on purpose."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.dagster import Dagster, write_home
from support.dagster_cli import dagster_environment
from support.machines import CHURN, CUSTOMERS, PORTS
from support.products import PROJECT, manifest_text, write_files
from support.servers.process import Process, free_port
from support.tables import bare_catalog

ROOT = Path(__file__).parents[3]
FLOE = Path(sys.executable).with_name("floe")
RUNS = (".floe", "target", "raw", "logs", "*.duckdb")


class Place:
    """A platform's folder: the commands that are run there, its tables by bare PyIceberg, its lineage."""

    def __init__(self, folder: Path, environment: str) -> None:
        self.folder, self.environment = folder, environment

    def floe(self, *arguments, code=0):
        done = subprocess.run(
            [FLOE, *arguments],
            cwd=self.folder,
            env=dagster_environment(self.folder),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def compile(self, product):
        return self.floe("compile", product, "--env", self.environment)

    def artifact(self, product):
        return json.loads((self.folder / product / "target" / "compiled_artifacts.json").read_bytes())

    @property
    def workspace(self):
        return self.folder / "target" / "dagster" / "workspace.yaml"

    def tables(self, namespace):
        """Every row of every table of a namespace; nothing where there is no catalog yet."""
        state = self.folder / ".floe" / self.environment
        if not (state / "catalog.db").exists():
            return {}
        with bare_catalog(state) as catalog:
            names = catalog.list_tables(namespace) if catalog.namespace_exists(namespace) else []
            return {
                name[-1]: sorted(map(str, catalog.load_table(name).scan().to_arrow().to_pylist())) for name in names
            }

    def lineage(self, product):
        file = self.folder / product / ".floe" / "lineage.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def lineage_of(self, product, run_id):
        """The events of the runs, and of their nodes, that a run of Dagster is the parent of."""
        events = self.lineage(product)
        own = {each["run"]["runId"] for each in events if _parent(each) == run_id}
        return [each for each in events if each["run"]["runId"] in own or _parent(each) in own]


def _parent(event):
    return event["run"]["facets"].get("parent", {}).get("run", {}).get("runId")


def demo_place(folder: Path) -> Place:
    """A copy of the demo, compiled for Dagster."""
    shutil.copytree(ROOT / "demo", folder / "demo", ignore=shutil.ignore_patterns(*RUNS))
    shutil.copytree(ROOT / "demo" / "customer-360" / "raw", folder / "demo" / "customer-360" / "raw")
    (folder / ".git").mkdir()
    place = Place(folder / "demo", "dagster")
    subprocess.run([sys.executable, place.folder / "flights" / "prepare.py"], check=True, stdout=subprocess.DEVNULL)
    for product in ("customer-360", "flights"):
        place.compile(product)
    return place


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    return demo_place(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_dagster(demo, tmp_path_factory):
    with Dagster(tmp_path_factory.mktemp("demo-dagster"), demo.workspace) as dagster:
        yield dagster


SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {{name: {name}, version: 1.0.0, owner: {name}@example.com}}
    platform: {{manifest: ../manifest.yaml}}
    {more}
"""
MANIFEST = manifest_text().replace("orchestrator: {type: local}", "orchestrator: {type: dagster}")
TICKING = "schedule: {cron: '* * * * *', timezone: Europe/Berlin}"
SLOW = "select count(*) as n from range(1000000) a, range(10000000) b where (a.range * b.range) % 7 = 3"
"""Hours of work for DuckDB, which takes no memory."""


class Small(Place):
    """`shop`, `slow`, `ticking`, and `customer-360` whose output port `churn` reads; `broken` has half an artifact.

    `waiting` has a code server of its own, as a deployment has for each location, and its table waits at a gate.
    """

    def __init__(self, folder):
        super().__init__(folder, "dev")
        write_files(folder, {"manifest.yaml": MANIFEST})
        (folder / ".git").mkdir()
        self.product("shop", PROJECT)
        self.product("slow", {**PROJECT, "models/totals.sql": "select name, amount from {{ ref('orders') }}"})
        self.product("ticking", {"dbt_project.yml": _plain("ticking"), "models/ticks.sql": "select 1 as n"}, TICKING)
        self.product("customer-360", CUSTOMERS, PORTS)
        self.product("churn", CHURN)
        self.product("broken", {"dbt_project.yml": _plain("broken"), "models/m.sql": "select 1 as n"})
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        waiting = f"select content from read_text('{self.gate}')"
        self.product("waiting", {"dbt_project.yml": _plain("waiting"), "models/waited.sql": waiting})
        for product in ("shop", "slow", "ticking", "customer-360", "churn", "broken", "waiting"):
            self.compile(product)
        broken = folder / "broken" / "target" / "compiled_artifacts.json"
        broken.write_bytes(broken.read_bytes()[:-200])

    def workspace_with(self, file, port):
        """The workspace of the compiles, but that `waiting` is served at a port."""
        entries = yaml.safe_load(self.workspace.read_text())["load_from"]
        places = [each["python_file"] for each in entries]
        kept = [
            {"python_file": {**each, "relative_path": str(self.workspace.parent / each["relative_path"])}}
            for each in places
            if each["location_name"] != "waiting"
        ]
        server = {"grpc_server": {"host": "127.0.0.1", "port": port, "location_name": "waiting"}}
        file.write_text(yaml.safe_dump({"load_from": [*kept, server]}))
        return file

    def product(self, name, files, more=""):
        write_files(self.folder / name, {"floe.yaml": SPEC.format(name=name, more=more), **files})


def _plain(name):
    return f"{{name: {name}, version: '1.0', profile: p, models: {{{name}: {{+materialized: table}}}}}}"


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return Small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def code_server(small, tmp_path_factory):
    """`dagster code-server start` for the location `waiting`, with the home that `small_dagster` takes over."""
    folder = tmp_path_factory.mktemp("small-dagster")
    home = write_home(folder / "dagster-home")
    port = free_port()

    def ready():
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    definitions = small.folder / "waiting" / "target" / "dagster" / "definitions.py"
    program = Path(sys.executable).with_name("dagster")
    command = [program, "code-server", "start", "-f", definitions, "-h", "127.0.0.1", "-p", port]
    server = Process("code-server", command, folder / "server.log", ready, environment={"DAGSTER_HOME": str(home)})
    server.folder, server.port = folder, port
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def small_dagster(small, code_server):
    workspace = small.workspace_with(code_server.folder / "workspace.yaml", code_server.port)
    with Dagster(code_server.folder, workspace) as dagster:
        yield dagster
