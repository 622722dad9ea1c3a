"""Records of runs on disk: bounded, read from their ends, and readable after a kill at any byte."""

from __future__ import annotations

import json
import tracemalloc
import uuid

import pytest

from floe_sdk.runtime.runs import store
from floe_sdk.runtime.runs.record import ABORTED, INTERRUPTED, NOT_RUN

RUN = {"run": {"started": "2026-03-01T12:00:00.000+00:00", "product": "shop", "environment": "dev", "host": "x"}}
PLANNED = {"planned": {"nodes": [{"id": "a", "name": "a", "kind": "model"}, {"id": "b", "name": "b", "kind": "model"}]}}
STARTED = {"start": {"id": "a", "at": "2026-03-01T12:00:01.000+00:00"}}
DONE = {
    "node": {
        "id": "a",
        "status": "success",
        "started": "2026-03-01T12:00:01.000+00:00",
        "finished": "2026-03-01T12:00:03.000+00:00",
        "rows": 5,
    }
}
END = {"end": {"status": "success", "finished": "2026-03-01T12:00:04.000+00:00", "counts": {"success": 1}, "rows": 5}}


def id_of(number):
    return str(uuid.UUID(int=number << 80 | 0x7 << 76 | 0b10 << 62))


def write(state, run_id, *lines):
    path = store.record_file(state, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_record_cut_off_at_any_byte_is_read_as_aborted(tmp_path):
    whole = write(tmp_path, id_of(1), RUN, PLANNED, STARTED, DONE).read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        store.record_file(tmp_path, id_of(1)).write_bytes(whole[:end])
        summary = store.summary_of(tmp_path, id_of(1))
        assert summary is not None
        assert summary.status == ABORTED
        record = store.read_record(tmp_path, id_of(1))
        assert record is not None
        assert record.summary.status == ABORTED


def test_what_a_killed_run_had_begun_is_interrupted_and_the_rest_not_run(tmp_path):
    write(tmp_path, id_of(1), RUN, PLANNED, STARTED)
    record = store.read_record(tmp_path, id_of(1))
    assert [(node.id, node.status) for node in record.nodes] == [("a", INTERRUPTED), ("b", NOT_RUN)]
    assert record.summary.seconds == 1.0
    assert record.summary.counts == {INTERRUPTED: 1}


def test_a_node_that_began_twice_has_two_attempts(tmp_path):
    write(tmp_path, id_of(1), RUN, PLANNED, STARTED, STARTED, DONE, END)
    record = store.read_record(tmp_path, id_of(1))
    assert record.nodes[0].attempts == 2
    assert record.nodes[0].rows == 5
    assert record.summary.rows == 5


def test_only_the_ends_of_a_long_record_are_read(tmp_path):
    write(tmp_path, id_of(1), RUN, PLANNED, *[DONE] * 20_000, END)
    text = store.record_file(tmp_path, id_of(1)).read_text()
    store.record_file(tmp_path, id_of(1)).write_text(text.replace('"rows": 5}}\n{"node"', "broken\n{", 1000))
    tracemalloc.start()
    summary = store.summary_of(tmp_path, id_of(1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (summary.status, summary.rows, summary.seconds) == ("success", 5, 4.0)
    assert most < len(text) / 2


def test_the_oldest_records_go_when_there_are_too_many_or_they_are_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "KEPT", 3)
    for number in range(1, 6):
        path = write(tmp_path, id_of(number), RUN, END)
    store.prune(path.parent)
    assert store.run_ids(tmp_path) == [id_of(5), id_of(4), id_of(3)]
    monkeypatch.setattr(store, "KEPT_BYTES", path.stat().st_size * 2)
    store.prune(path.parent)
    assert store.run_ids(tmp_path) == [id_of(5), id_of(4)]
    monkeypatch.setattr(store, "KEPT_BYTES", 1)
    store.prune(path.parent)
    assert store.run_ids(tmp_path) == [id_of(5)]


@pytest.mark.parametrize("text", ["", "\n", "[]\n", "null\n", '{"run": 1}\n', "\x00\x01"])
def test_a_file_that_is_no_record_is_passed_over(tmp_path, text):
    write(tmp_path, id_of(1))
    store.record_file(tmp_path, id_of(1)).write_text(text)
    assert list(store.summaries(tmp_path)) == []
    assert store.read_record(tmp_path, id_of(1)) is None
