"""Ten million rows of eight columns to S3 and a REST catalog, against the bare parts and against DuckDB's own Iceberg.

Needs the servers of `make test-services`; where they or DuckDB's extensions are not installed, it says so.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.frame import Benchmark, Cost, clean_environment, part_of_process
from benchmarks.products import PLUGINS, PYTHON, folder, product
from benchmarks.rows import IMPORTS, SQL, START

sys.path.append(str(Path(__file__).parents[1] / "tests"))

S3 = """
import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
servers = json.loads(os.environ["LAKE"])
client = boto3.client("s3", endpoint_url=servers["s3"], aws_access_key_id=servers["key"], region_name="us-east-1",
    aws_secret_access_key=servers["secret"], config=Config(s3={"addressing_style": "path"}))
"""
FLOOR = """
target = root / "copy.parquet"
def work():
    connection.execute(f"copy ({sql}) to '{target}' (format parquet, compression zstd)")
    client.upload_file(str(target), servers["bucket"], "floor/copy.parquet")
timed(work)
target.unlink()
client.delete_object(Bucket=servers["bucket"], Key="floor/copy.parquet")
"""
PUBLISH = """
from floe_compute_duckdb.object_store import ObjectStore
with load_platform(resolve(root / "floe.yaml")) as platform:
    platform.storage.storage_ready(timeout=10)
    with Session(platform, f"bench-{time.time_ns()}", "bench", root) as session:
        publisher = session.publisher
        with ObjectStore(lambda: connection, os.environ["WAY"], session.storage, root) as store:
            store.set_up()
            def write():
                publication = publisher.begin("bench", "copied", "model.bench.copied")
                publish(connection.execute, publication, sql, store=store, removed=None)
            timed(write)
        version = session.load("bench", "copied")
        for file in version.files:
            version.table.io.delete(file.file_path)
        session.catalog.drop_table(("bench", "copied"))
"""
PEER = """
import duckdb_extension_avro, duckdb_extension_httpfs, duckdb_extension_iceberg
for package in (duckdb_extension_httpfs, duckdb_extension_avro, duckdb_extension_iceberg):
    name = package.__name__.rpartition("_")[2]
    file = Path(package.__path__[0]) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    connection.execute(f"load '{file}'")
connection.execute(f"create secret (type s3, key_id '{servers['key']}', secret '{servers['secret']}', use_ssl false, "
    f"region 'us-east-1', endpoint '{servers['s3'].partition('//')[2]}', url_style 'path')")
connection.execute(f"attach '' as ice (type iceberg, endpoint '{servers['rest']}', authorization_type 'none')")
connection.execute("create schema if not exists ice.peer")
connection.execute("drop table if exists ice.peer.copied")
columns = connection.execute(f"describe {sql}").fetchall()
connection.execute(f"create table ice.peer.copied ({', '.join(f'{name} {kind}' for name, kind, *_ in columns)})")
timed(lambda: connection.execute(f"insert into ice.peer.copied {sql}"))
connection.execute("drop table ice.peer.copied")
"""


@cache
def servers() -> Any:
    """Both, started; stopped when this process ends."""
    from support.servers import iceberg_rest, versitygw

    where = folder()
    s3 = versitygw.start(where / "s3")
    return s3, iceberg_rest.start(where / "rest", s3)


@cache
def made() -> tuple[Path, dict[str, str]]:
    s3, rest = servers()
    bucket = s3.new_bucket()
    root = product()
    plugins = {
        **PLUGINS,
        "storage": {
            "type": "s3",
            "config": {
                "bucket": bucket,
                "endpoint": s3.endpoint,
                "access_key_id": s3.access_key_id,
                "secret_access_key": {"env": "LAKE_SECRET"},
            },
        },
        "catalog": {"type": "polaris", "config": {"uri": rest.uri, "warehouse": "lake"}},
    }
    manifest = root.parent / "manifest.yaml"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "plugins": plugins}))
    known = {"s3": s3.endpoint, "key": s3.access_key_id, "secret": s3.secret_access_key, "bucket": bucket}
    lake = json.dumps({**known, "rest": rest.uri})
    return root, {**clean_environment(), "LAKE": lake, "LAKE_SECRET": s3.secret_access_key}


def measured(code: str, sql: str = SQL, way: str = "httpfs") -> Cost:
    root, environment = made()
    run = part_of_process(PYTHON, "-c", START + code, str(root), sql, environment={**environment, "WAY": way})
    return run()


def floor() -> Cost:
    return measured(S3 + IMPORTS + FLOOR)


def published() -> Cost:
    return measured(IMPORTS + PUBLISH)


def uploaded() -> Cost:
    return measured(IMPORTS + PUBLISH, way="pyarrow")


def larger() -> Cost:
    return measured(IMPORTS + PUBLISH, SQL.replace("range(10000000)", "range(30000000)"))


def peer() -> Cost:
    return measured(S3 + IMPORTS + PEER)


def _available() -> bool:
    """Whether the servers are installed already: a benchmark does not build them."""
    from support.servers.install import servers_folder

    return all(any(servers_folder().glob(f"{name}-*")) for name in ("versitygw", "iceberg-rest"))


def _installed(*extensions: str) -> bool:
    return all(importlib.util.find_spec(f"duckdb_extension_{name}") for name in extensions)


def _benchmarks() -> list[Benchmark]:
    if not _available():
        print("lake: left out, the servers are not installed (make test-services)", file=sys.stderr)
        return []
    found = [
        Benchmark("lake-pyarrow", "COPY + upload", floor, uploaded, limit=math.inf),
        Benchmark("lake-memory-30m", "10M rows", published, larger, limit=1.3, by=("memory",)),
    ]
    if _installed("httpfs"):
        found.insert(0, Benchmark("lake-published", "COPY + upload", floor, published, limit=1.3))
    if _installed("httpfs", "avro", "iceberg"):
        found.append(Benchmark("lake-peer", "DuckDB's iceberg", peer, published, limit=1.0))
    else:
        print("lake-peer: left out, pip install duckdb-extension-{avro,iceberg}", file=sys.stderr)
    return found


BENCHMARKS = _benchmarks()
