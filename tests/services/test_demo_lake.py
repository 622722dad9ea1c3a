"""`make demo-lake` on a copy of the demo, at ports of its own."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from support.servers.process import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(s3_server, rest_catalog, tmp_path):
    """The demo's files; the servers of the session only show that both can be had here."""
    left_out = shutil.ignore_patterns("target", ".floe", "logs", "__pycache__")
    copy = shutil.copytree(ROOT / "demo", tmp_path / "demo", ignore=left_out)
    (tmp_path / ".git").mkdir()
    manifest = copy / "manifest.yaml"
    text = manifest.read_text()
    for port in (":9000", ":8181"):
        text = text.replace(port, f":{free_port()}")
    manifest.write_text(text)
    return copy


def _lake(demo, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_TEST_", "OTEL_"))}
    return subprocess.run(
        [sys.executable, ROOT / "demo" / "lake.py", demo],
        env={**kept, "PYTHONPATH": str(ROOT / "tests"), **environment},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )


def test_both_products_have_the_same_rows_on_the_laptop_and_in_the_lake_twice(demo, tmp_path):
    done = _lake(demo, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rounds = done.stdout.split("== laptop and lake, table by table")[1:]
    equal = [dict(re.findall(r"^(\S+) +(\d+) rows, equal$", each, re.MULTILINE)) for each in rounds]
    assert len(equal) == 2
    assert equal[0] == equal[1]
    assert len(equal[0]) == 15
    assert equal[0]["flights.stg_flights"] == "336776"
    assert equal[0]["customer_360.mart_customer_360"] == "1200"
    assert list(tmp_path.glob("floe-demo-lake-*")) == []
    assert "planted-" not in done.stdout + done.stderr


def test_an_address_that_is_taken_is_told(s3_server):
    lake = runpy.run_path(str(ROOT / "demo" / "lake.py"))
    with pytest.raises(SystemExit, match=r"something else listens at http://127\.0\.0\.1:"):
        lake["_free"](s3_server.endpoint)


def test_a_row_or_a_table_that_differs_is_told(capsys):
    compare = runpy.run_path(str(ROOT / "demo" / "lake.py"))["compare"]
    mine = {"a.t": pa.table({"x": [1, 1, 2]})}
    compare(mine, {"a.t": pa.table({"x": [2, 1, 1]})})
    assert "a.t" in capsys.readouterr().out
    for other in ({"a.t": pa.table({"x": [1, 2, 2]})}, {"a.t": pa.table({"y": [1, 1, 2]})}, {}):
        with pytest.raises(SystemExit, match=r"demo-lake: .*a\.t"):
            compare(mine, other)
