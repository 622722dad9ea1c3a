from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from support.in_process import InProcess
from support.packages import Site
from support.products import make_product, manifest_text
from support.tables import rows

# Root writes where the permissions forbid it; without these capabilities it is held by them as everybody is.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


class Product(InProcess):
    """A small product on disk, run by the command: in this process, or in one that a test may interrupt."""

    def __init__(self, root, capfd):
        super().__init__(capfd)
        self.platform = root
        self.root = make_product(root)
        self._processes = []

    @property
    def state(self):
        return self.root / ".floe"

    def run(self, *arguments):
        return self.floe("run", self.root, *arguments)

    def start(self, *arguments, stdin=None, terminal=None, first=None, **environment):
        """Start `floe run` as a process of its own, which does not outlive the test.

        `terminal` takes the place of its output's pipe; `first` is called in the process.
        """
        process = subprocess.Popen(
            [*UNPRIVILEGED, sys.executable, "-m", "floe_sdk", "run", *map(str, arguments)],
            cwd=self.root,
            env={**os.environ, **environment},
            stdin=stdin,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=first,  # noqa: PLW1509 - what it calls is one system call
        )
        self._processes.append(process)
        return process

    def close(self):
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_for(self, event, process, seconds=90):
        """Wait until the lineage says that `event` (type, end of the job's name) happened."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.happened(event):
                return
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.1)
        process.kill()
        pytest.fail(f"{event} did not happen: {process.stdout.read()}")

    def happened(self, event):
        return any((each["eventType"], each["job"]["name"]) == event for each in self.lineage())

    def lineage(self):
        path = self.state / "lineage.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def ends(self, run_id=None):
        """The terminal events by job, of the last run or of `run_id`."""
        events = [each for each in self.lineage() if each["eventType"] != "START"]
        return {each["job"]["name"]: each["eventType"] for each in events}

    def journal(self):
        return [json.loads(path.read_text()) for path in sorted((self.state / "runs").glob("*.json"))]

    def rows(self, table):
        return rows(self.platform / ".floe" / "dev", "shop", table)


@pytest.fixture
def product(tmp_path, capfd, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("FLOE_", "OTEL_")):
            monkeypatch.delenv(name)
    product = Product(tmp_path / "platform", capfd)
    yield product
    product.close()


@pytest.fixture
def on_storage(product, tmp_path, monkeypatch):
    """A function that has the product keep its tables in the storage plugin `name`, made of `code`, in `folder`."""

    def give(name, code):
        site = Site(tmp_path / "site")
        site.install(f"floe-storage-{name}", code, plugins={f"storage/{name}": "Plugin"})
        monkeypatch.delitem(sys.modules, f"floe_storage_{name}", raising=False)
        monkeypatch.syspath_prepend(str(site.folder))
        text = manifest_text().replace("storage: {type: local}", f"storage: {{type: {name}}}")
        (product.platform / "manifest.yaml").write_text(text)
        product.folder = product.platform / f"{name}s"
        product.folder.mkdir()
        return product

    return give


SLOW = """
select count(*)::bigint as n
from range(100000000) a, range(100000000) b
where a.range * b.range % 7 = 3 and a.range < (select count(*) from {{ ref('orders') }}) + 100000000
"""


@pytest.fixture
def slow(product):
    """The product with a model, downstream of `orders`, that takes for ever."""
    (product.root / "models" / "totals.sql").write_text(SLOW)
    return product
