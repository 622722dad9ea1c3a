"""Runs of Dagster that are ended by somebody: a real process of Dagster, its child, and what is left of both."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.dagster_cli import dagster_home
from support.dagster_shop import FILES, Shop

DAGSTER = Path(sys.executable).parent / "dagster"
SLOW = """
select a.range as name, sum(sin(a.range * b.range)) as amount
from range(100000000) a, range(100000000) b, {{ ref('orders') }} group by a.range
"""
FILES = {**FILES, "models/schema.yml": FILES["models/schema.yml"].partition("unit_tests:")[0].rstrip(" ")}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Every table has been made once; now `totals` takes for ever."""
    shop = Shop(tmp_path_factory.mktemp("compiled") / "lake", FILES).compile()
    shop.floe("run")
    shop.write("models/totals.sql", SLOW).write("raw/orders.csv", "id,region,amount\n1,1,5\n2,2,7\n3,1,1\n4,2,2\n")
    return shop.compile()


class Running:
    """A run that has come to the slow model."""

    def __init__(self, shop, home):
        self.shop = shop
        self.before = len(shop.lineage())
        # a file, no pipe: the processes by which Dagster copies a step's output may keep it open after Dagster's end
        self.output = shop.root.parent / "dagster.out"
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [
                    *[DAGSTER, "asset", "materialize", "--select", "*"],
                    *["-f", shop.root / "target" / "dagster" / "definitions.py"],
                ],
                env={**os.environ, "DAGSTER_HOME": str(home)},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def wait_for_the_slow_model(self):
        self._until(lambda: ("START", "shop.shop.totals") in self.events())
        (self.child,) = children(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def events(self):
        """What lineage says of this run."""
        return [(event["eventType"], event["job"]["name"]) for event in self.shop.lineage()[self.before :]]

    def ends(self):
        return {name: kind for kind, name in self.events() if kind != "START"}

    def child_is_gone(self):
        self._until(lambda: not Path(f"/proc/{self.child}").exists() or "Z (zombie)" in status(self.child))

    def _until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.output.read_text()
            time.sleep(0.05)


def children(pid):
    """Processes of `floe run` below a process."""
    return [
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and f"PPid:\t{pid}\n" in status(each.name) and "floe_sdk" in command(each.name)
    ]


def status(pid):
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest.fixture
def running(compiled, tmp_path):
    with Running(compiled.copy(tmp_path / "lake"), dagster_home(tmp_path / "home")) as run:
        run.wait_for_the_slow_model()
        yield run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_terminated_ends_as_abort_and_leaves_no_half_table(running, number):
    old = running.shop.tables()["shop.totals"]
    running.process.send_signal(number)
    assert running.process.wait(60) != 0
    assert "DagsterExecutionInterruptedError" in running.output.read_text()
    running.child_is_gone()
    ends = running.ends()
    assert ends["shop"] == ends["shop.shop.totals"] == "ABORT"
    assert ends["shop.shop.orders"] == "COMPLETE"
    tables = running.shop.tables()
    assert tables["shop.totals"] == old
    assert len(tables["shop.orders"]) == 4
    assert not list((running.shop.root / ".floe" / "private").iterdir())


def test_a_killed_process_of_dagster_takes_the_child_along(running):
    old = running.shop.tables()["shop.totals"]
    running.process.kill()
    running.process.wait(10)
    running.child_is_gone()
    assert running.ends()["shop"] == "ABORT"
    assert running.shop.tables()["shop.totals"] == old


AT_THE_END = """
import sys
from floe_orchestrator_dagster.child import Child
from floe_orchestrator_dagster.product import read_product

def events():
    with Child("run", read_product(sys.argv[1]), ()) as child:
        yield from child.events()

held = events()
while (event := next(held))["event"] != "node_started" or not event["node_id"].endswith("totals"):
    pass
"""
"""A step that is let go of only while Python ends, as Dagster does with one that is terminated between two events."""


def test_a_step_that_is_let_go_of_while_python_ends_takes_its_child_along(compiled, tmp_path):
    shop = compiled.copy(tmp_path / "lake")
    artifact = shop.root / "target" / "compiled_artifacts.json"
    subprocess.run([sys.executable, "-c", AT_THE_END, artifact], check=True, timeout=60)
    ended = {event["job"]["name"]: event["eventType"] for event in shop.lineage()}
    assert ended["shop"] == ended["shop.shop.totals"] == "ABORT"
