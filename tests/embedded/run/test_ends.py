"""How a run ends that does not end by itself: Ctrl-C, SIGTERM, kill -9, and two at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import termios
import time

import pytest

from floe_sdk.runtime.recovery.lock import product_lock

START_OF_SLOW = ("START", "shop.shop.totals")
BEFORE_ITS_QUERY = """
{% if execute %}{% for a in range(100) %}{% for b in range(100000) %}{% endfor %}{% endfor %}{% endif %}
"""
"""A second or two of work for dbt's templates."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_is_aborted_and_cleaned(slow, number):
    process = slow.start()
    slow.wait_for(START_OF_SLOW, process)
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130, out
    assert "was interrupted" in out
    assert "Traceback" not in out
    ends = slow.ends()
    assert ends["shop.shop.totals"] == ends["shop"] == "ABORT"
    assert slow.lineage()[-1]["job"]["name"] == "shop"
    assert slow.journal()[-1]["status"] == "aborted"
    assert not list((slow.state / "private").iterdir())
    assert slow.run("--select", "orders") == 0, slow.err


def test_a_run_that_is_interrupted_between_a_nodes_start_and_its_query_ends(slow):
    model = slow.root / "models" / "totals.sql"
    model.write_text(BEFORE_ITS_QUERY + model.read_text())
    process = slow.start()
    slow.wait_for(START_OF_SLOW, process)
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130, out
    assert slow.ends()["shop.shop.totals"] == slow.ends()["shop"] == "ABORT"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_run_whose_lines_nobody_reads_any_more_is_aborted(slow, options):
    process = slow.start(*options)
    slow.wait_for(("START", "shop"), process)
    process.stdout.close()
    assert process.wait(60) == 130
    assert slow.ends()["shop"] == "ABORT"
    assert slow.journal()[-1]["status"] == "aborted"
    assert slow.run("--select", "+orders") == 0, slow.err


@pytest.mark.parametrize("controls", [True, False])
def test_a_run_whose_terminal_is_closed_is_aborted(slow, controls):
    ours, terminal = pty.openpty()
    take_it = (lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0)) if controls else None
    process = slow.start(terminal=terminal, first=take_it)
    os.close(terminal)
    os.set_blocking(ours, False)
    while not slow.happened(START_OF_SLOW if controls else ("START", "shop")):
        assert process.poll() is None
        with contextlib.suppress(BlockingIOError):
            os.read(ours, 10_000)
        time.sleep(0.02)
    os.close(ours)  # SIGHUP comes; where it does not control the process, the next line can't be written
    assert process.wait(60) in (130, 1), "1 where the summary could not be written either"
    assert slow.ends()["shop"] == "ABORT"
    assert slow.journal()[-1]["status"] == "aborted"


def test_what_ignores_hang_ups_goes_on_doing_so(slow):
    process = slow.start(first=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # as nohup does
    slow.wait_for(START_OF_SLOW, process)
    os.kill(process.pid, signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130


@pytest.mark.parametrize("pause", [0, 0.1])
@pytest.mark.parametrize("option", ["--stop-on-eof", "--fail-fast"])
def test_a_clean_end_is_not_interrupted_by_a_reader_that_goes_too(slow, option, pause):
    ours, theirs = os.pipe()
    process = slow.start("--json", option, stdin=ours)
    os.close(ours)
    slow.wait_for(START_OF_SLOW, process)
    process.stdout.close()
    os.close(theirs)
    time.sleep(pause)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(60) != 0
    ends = slow.ends()
    assert ends["shop.shop.totals"] == ends["shop"] == "ABORT"
    assert slow.journal()[-1]["status"] == "aborted"


def test_a_killed_run_is_closed_and_cleaned_by_the_next(slow):
    process = slow.start()
    slow.wait_for(START_OF_SLOW, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    (dead,) = slow.journal()
    assert dead["ended"] is None
    assert list((slow.state / "private").iterdir())

    assert slow.run("--select", "+orders") == 0, slow.err
    assert f"run {dead['run_id']}" in slow.err
    first, second = slow.journal()
    assert (first["status"], second["status"]) == ("aborted", "success")
    assert not list((slow.state / "private").iterdir())
    aborted = [each for each in slow.lineage() if each["eventType"] == "ABORT"]
    assert [each["job"]["name"] for each in aborted][-1] == "shop"
    assert {each["job"]["name"] for each in aborted} >= {"shop.shop.totals", "shop"}
    assert aborted[-1]["run"]["runId"] == dead["run_id"]


def test_files_that_a_killed_run_wrote_for_another_catalog_are_left_alone(product):
    process = product.start("--select", "+orders", FLOE_FAULT="after-commit:orders")
    process.communicate(timeout=90)
    assert process.returncode == -signal.SIGKILL
    rows = product.rows("orders")
    manifest = product.platform / "manifest.yaml"
    text = manifest.read_text()
    other = text.replace("catalog: {type: sql}", 'catalog: {type: sql, config: {uri: "sqlite:///other.db"}}')
    assert other != text
    manifest.write_text(other)
    assert product.run("--select", "+orders") == 0, product.err
    assert "it ran on another catalog or storage" in product.err
    manifest.write_text(text)
    assert product.rows("orders") == rows, "the table of the first catalog is whole"
    assert product.run("--select", "+orders") == 0, product.err
    assert not list((product.state / "runs").glob("*.files"))


PARTITIONED = """
{{ config(materialized='table', iceberg={'partition_by': 'part'}) }}
select i as id, i % 5 as part, md5(i::varchar) as text from range({{ var('rows', 1000) }}) r(i)
"""


@pytest.mark.parametrize("moment", ["while DuckDB writes", "when the files are in place"])
def test_a_run_that_is_killed_while_it_writes_partitions_leaves_no_file(product, moment):
    (product.root / "models" / "parts.sql").write_text(PARTITIONED)
    assert product.run("--select", "parts") == 0, product.err
    before = product.rows("parts")
    warehouse = product.platform / ".floe/dev/warehouse"
    committed = set(warehouse.rglob("*.parquet"))
    assert len(committed) == 5
    if moment == "while DuckDB writes":
        process = product.start("--select", "parts", "--vars", "rows: 4000000")
        while not list(product.state.glob("private/*/copy-*/files/*.parquet")):
            assert process.poll() is None, process.communicate()
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        assert list(product.state.glob("private/*/copy-*/files/*.parquet"))
    else:
        process = product.start("--select", "parts", FLOE_FAULT="after-file:parts")
        process.communicate(timeout=90)
        assert len(set(warehouse.rglob("*.parquet")) - committed) == 5
    assert process.returncode == -signal.SIGKILL
    assert product.rows("parts") == before

    others = next(iter(committed)).with_name("of-another-writer.parquet")
    others.write_bytes(b"not ours")
    assert product.run("--select", "+orders") == 0, product.err
    assert {path for path in warehouse.rglob("*.parquet") if "parts" in str(path)} == committed | {others}
    assert not list((product.state / "private").iterdir())


def test_a_second_run_is_refused_with_who_holds_the_lock(slow):
    process = slow.start()
    slow.wait_for(START_OF_SLOW, process)
    try:
        assert slow.run() == 1
        (entry,) = slow.journal()
        assert f"process {process.pid} " in slow.err
        assert entry["run_id"] in slow.err
        assert entry["started"] in slow.err
        assert "--wait" in slow.err
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_a_second_run_waits_when_asked(product):
    with product_lock(product.state):
        waiting = product.start("--wait", "60")
        with pytest.raises(Exception, match="timed out"):
            waiting.communicate(timeout=8)
    out, _ = waiting.communicate(timeout=90)
    assert waiting.returncode == 0, out
