from __future__ import annotations

import json
import os
import shutil

import pytest
from support.products import make_product, write_files
from support.tables import bare_catalog

from floe_sdk.cli.app import run as run_command

FILES = {
    "models/big.sql": "{{ config(materialized='incremental') }} select id, amount from {{ ref('stg_orders') }} "
    "{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
    "models/totals.sql": "{# why #} select name, sum(amount)::bigint as amount from {{ ref('orders') }} group by name",
    "models/largest.sql": "{{ config(materialized='view') }} select max(amount) as most from {{ ref('totals') }}",
}


class Product:
    """A product that has run once, and what the command says of it afterwards."""

    def __init__(self, root):
        self.platform = root
        self.root = make_product(root, files=FILES)
        self.state = self.root / ".floe"

    def floe(self, capfd, *arguments):
        capfd.readouterr()
        code = run_command([arguments[0], str(self.root), *map(str, arguments[1:])])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return code, out + err

    def changed(self, capfd, *arguments):
        """`floe run --changed`: the names of the nodes that ran, and everything that was said."""
        code, text = self.floe(capfd, "run", "--changed", "--json", *arguments)
        events = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        ran = {each["node_id"].split(".")[2] for each in events if each["event"] == "node_finished"}
        assert code == 0, text
        return ran, text

    def plan(self, capfd, *arguments):
        code, text = self.floe(capfd, "plan", "--json", *arguments)
        return json.loads(text), code

    def catalog(self):
        return bare_catalog(self.platform / ".floe" / "dev")

    def command(self, capfd, *arguments):
        capfd.readouterr()
        code = run_command([*map(str, arguments)])
        self.said = "".join(capfd.readouterr())
        return code

    def rollback(self, capfd, table, snapshot):
        return self.command(capfd, "rollback", table, self.root, "--to", snapshot, "--yes")

    def maintain(self, capfd):
        return self.command(capfd, "catalog", "maintain", self.root, "--apply")

    def forget(self):
        """What this machine alone knows."""
        shutil.rmtree(self.state)

    def put(self, files):
        write_files(self.root, files)

    def snapshots(self):
        """The current snapshot of every table, as bare PyIceberg reads it."""
        with self.catalog() as catalog:
            names = catalog.list_tables("shop")
            return {name[-1]: catalog.load_table(name).current_snapshot().snapshot_id for name in names}


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A product after its first run."""
    for name in list(os.environ):
        if name.startswith(("FLOE_", "OTEL_")):
            pytest.fail(f"{name} is set")
    product = Product(tmp_path_factory.mktemp("built") / "platform")
    assert run_command(["run", str(product.root)]) == 0
    return product


@pytest.fixture
def product(built, tmp_path):
    """The same, in its place, and put back as it was afterwards: the catalog holds absolute paths."""
    kept = tmp_path / "kept"
    shutil.copytree(built.platform, kept, symlinks=True)
    yield built
    shutil.rmtree(built.platform)
    shutil.copytree(kept, built.platform, symlinks=True)
