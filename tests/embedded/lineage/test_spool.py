"""A run's events on disk: before they are sent, until every sink has them, and not longer."""

import json
import os
from pathlib import Path

import pytest
from support.lineage import (
    NEXT,
    RUN_ID,
    artifacts,
    check_states,
    emitter,
    refuse_to_answer,
    spool,
    spooled,
    tell,
)

from floe_sdk import LineageEmitter


def test_what_all_sinks_took_leaves_nothing_on_disk(tmp_path):
    one, two = [], []
    first = emitter(tmp_path, RUN_ID, one=one.append, two=two.append)
    tell(first, RUN_ID)
    assert first.close(5) == {}
    assert spooled(tmp_path) == []
    assert one == two
    check_states(one)


def test_events_are_on_disk_before_a_sink_hears_of_them(tmp_path):
    seen = []

    def sink(event):
        lines = (spool(tmp_path) / f"{RUN_ID}.jsonl").read_text().splitlines()
        seen.append(event in [json.loads(line) for line in lines])

    first = emitter(tmp_path, RUN_ID, sink=sink)
    tell(first, RUN_ID)
    first.close(5)
    assert seen == [True] * 4


def test_the_next_run_sends_what_a_sink_did_not_take_and_only_to_that_one(tmp_path):
    good, late = [], []

    def away(event):
        raise ConnectionRefusedError("nobody there")

    first = emitter(tmp_path, RUN_ID, good=good.append, late=away)
    tell(first, RUN_ID)
    assert first.close(5) == {"late": 4}
    assert len(good) == 4
    second = emitter(tmp_path, NEXT, good=good.append, late=late.append)
    tell(second, NEXT)
    assert second.close(5) == {}
    assert late == good
    assert len(good) == 8
    assert spooled(tmp_path) == []


def test_another_environment_neither_sends_nor_forgets_what_waits(tmp_path):
    away = emitter(tmp_path, RUN_ID, sink=refuse_to_answer)
    tell(away, RUN_ID)
    assert away.close(5) == {"sink": 4}
    taken = []
    other = artifacts().model_copy(update={"environment": "dev"})
    dev = LineageEmitter(other, NEXT, state_dir=tmp_path, product_root=tmp_path, sinks={"sink": taken.append})
    tell(dev, NEXT)
    assert dev.close(5) == {}
    assert {event["run"]["facets"].get("parent", {"run": {"runId": NEXT}})["run"]["runId"] for event in taken} == {NEXT}
    assert f"{RUN_ID}.jsonl" in spooled(tmp_path)


def test_a_sink_that_the_run_did_not_have_is_not_told_of_it(tmp_path):
    away = emitter(tmp_path, RUN_ID, late=refuse_to_answer)
    tell(away, RUN_ID)
    away.close(5)
    late, new = [], []
    emitter(tmp_path, NEXT, late=late.append, new=new.append).close(5)
    assert (len(late), new) == (4, [])


def test_what_waits_for_a_sink_that_is_no_longer_named_stays(tmp_path):
    away = emitter(tmp_path, RUN_ID, late=refuse_to_answer, good=print)
    tell(away, RUN_ID)
    away.close(5)
    emitter(tmp_path, NEXT, good=print).close(5)
    assert f"{RUN_ID}.jsonl" in spooled(tmp_path)
    late = []
    emitter(tmp_path, NEXT, late=late.append).close(5)
    assert len(late) == 4


def test_lineage_is_off_where_openlineage_is(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "True")
    taken = []
    one = emitter(tmp_path, RUN_ID, sink=taken.append)
    tell(one, RUN_ID)
    assert one.close(5) == {}
    assert taken == []
    assert not (tmp_path / "spool").exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not list a process's open files")
@pytest.mark.parametrize("taken", [True, False])
def test_files_are_open_during_the_run_and_none_after_it(tmp_path, taken):
    def open_files():
        links = [Path(os.path.realpath(entry)) for entry in Path("/proc/self/fd").iterdir()]
        return sorted(link.name for link in links if tmp_path in link.parents)

    def sink(event):
        during.append(open_files())
        if not taken:
            raise ConnectionRefusedError("nobody there")

    during = []
    first = emitter(tmp_path, RUN_ID, sink=sink)
    tell(first, RUN_ID)
    first.close(5)
    events, marks = f"{RUN_ID}.jsonl", f"{RUN_ID}.sink.done"
    assert during[0] == [events]
    assert during[-1] == ([events, marks] if taken else [events])
    assert open_files() == []
