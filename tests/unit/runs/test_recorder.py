"""A record on a disk that is full: whole lines only, and the log says once that some are missing."""

from __future__ import annotations

import json
import resource
from datetime import datetime, timezone

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
