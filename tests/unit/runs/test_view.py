"""A run as text: where bars stand, what is said of tests, and what the run's end waited for."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from floe_sdk.runtime.runs.record import NodeRecord, RunRecord, RunSummary
from floe_sdk.runview.text import bar_of, head_lines, lineage_lines, node_rows, problem_lines
from floe_sdk.runview.view import slowest_path, span

BEGAN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def node(name, start, end, status="success", **options):
    times = {"started_at": BEGAN + timedelta(seconds=start), "finished_at": BEGAN + timedelta(seconds=end)}
    return NodeRecord(name, name, options.pop("kind", "model"), status=status, **times, **options)


def run(*nodes, **options):
    end = BEGAN + timedelta(seconds=10)
    return RunRecord(RunSummary("01a2", "shop", "dev", "success", BEGAN, end, **options), nodes, {"src": "raw.orders"})


def size(count):
    return f"{count} B"


def test_a_bar_stands_where_its_node_s_time_was():
    record = run(node("a", 0, 5), node("b", 5, 10), node("c", 10, 10))
    bars = [bar_of(each, span(record), "#", 10) for each in record.nodes]
    assert bars == ["#####", "     #####", "         #"]
    committed = NodeRecord("d", "d", "model", finished_at=BEGAN + timedelta(seconds=5))
    assert bar_of(committed, span(record), "#", 10) == "     #"
    assert bar_of(NodeRecord("e", "e", "model"), span(record), "#", 10) is None


def test_the_end_waited_for_what_ended_last_also_a_test():
    record = run(
        node("a", 0, 4),
        node("b", 0, 1),
        node("test_b", 1, 5, kind="test", tested="b", parents=("b",)),
        node("c", 5, 6, parents=("a", "b")),
        node("skipped", 7, 8, "skipped", parents=("c",)),
    )
    assert slowest_path(record) == ["b", "test_b", "c"]
    assert slowest_path(run(node("a", 0, 1))) == []
    late = node("late", 1, 8, kind="test", tested="a", parents=("a",))
    assert slowest_path(run(node("a", 0, 4), late, node("c", 5, 9, parents=("a",)))) == ["a", "c"]


def test_tests_are_counted_where_they_belong_the_worst_first():
    record = run(
        node("a", 0, 1, materialization="table", rows=1200, bytes=5),
        node("good", 1, 2, kind="test", tested="a"),
        node("so_so", 1, 2, "warn", kind="test", tested="a"),
        node("bad", 1, 2, "fail", kind="test", tested="a", failures=3, message="Got 3 results"),
        node("of_source", 0, 1, kind="test", tested="src"),
    )
    rows = node_rows(record, size, bar="#")
    assert [row[:7] for row in rows] == [
        ("OK", "a", "table", "1,200", "5 B", "1 FAIL, 1 WARN, 1 OK", "1.00"),
        ("OK", "of_source", "test", None, None, None, "1.00"),
    ]
    assert list(problem_lines(record)) == ["", "FAIL bad: 3 failing rows", "  Got 3 results", "", "WARN so_so"]


def test_lineage_names_what_is_read_what_is_written_and_by_whom_it_is_read():
    record = run(node("a", 0, 1, table="shop.a", parents=("src",), snapshot_id="7"), node("b", 1, 2, parents=("a",)))
    assert list(lineage_lines(record)) == [
        "a",
        "  reads   raw.orders",
        "  writes  shop.a, snapshot 7",
        "  read by b",
        "b",
        "  reads   a",
    ]


def test_the_head_says_who_and_for_whom():
    parent = {"namespace": "dagster://x", "name": "daily", "runId": "p"}
    record = run(who="ann@laptop", pid=7, command="floe run", parent=parent, root=parent, retry_of="01a1", current=2)
    text = "\n".join(head_lines(record, size))
    assert "by ann@laptop, process 7: floe run" in text
    assert text.count("dagster://x/daily, run p") == 1
    assert "ran what was left of run 01a1" in text
    assert "left out 2 nodes" in text
