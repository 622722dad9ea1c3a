"""What is written of a run: nothing secret, and whole lines only where the disk is full, which the log says once."""

from __future__ import annotations

import json
import resource
from datetime import datetime, timezone

from floe_sdk import redactor
from floe_sdk.runtime.runs.recorder import RunRecorder
from floe_sdk.schemas.events import NodeStarted


def test_a_line_of_which_the_disk_takes_only_a_part_is_not_there(tmp_path, caplog):
    recorder = RunRecorder(tmp_path, "01a2")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        for name in ("one", "two", "three"):
            recorder.node_started(NodeStarted(name, datetime.now(timezone.utc)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    recorder.end("success", "", (), 0)
    lines = (tmp_path / "history" / "01a2.jsonl").read_text().splitlines()
    assert [json.loads(line)["start"]["id"] for line in lines] == ["one"]
    assert caplog.text.count("the run's record is incomplete") == 1


def test_what_is_secret_is_not_in_a_record_whoever_says_it(tmp_path):
    redactor.add("planted-secret-2")
    recorder = RunRecorder(tmp_path, "01a2")
    recorder.node_started(NodeStarted("planted-secret-2", datetime.now(timezone.utc)))
    recorder.end("failed", "planted-secret-2 is wrong", ("planted-secret-2",), 0)
    text = (tmp_path / "history" / "01a2.jsonl").read_text()
    assert "is wrong" in text
    assert "planted-secret-2" not in text
