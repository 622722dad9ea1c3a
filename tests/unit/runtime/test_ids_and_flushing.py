"""Run ids, and the one deadline at the end of a run."""

from __future__ import annotations

import time
import uuid

from floe_sdk.runtime.flushing import flush_all
from floe_sdk.runtime.ids import new_run_id


def test_run_ids_are_uuids_of_version_7_that_sort_by_time():
    ids = [new_run_id() for _ in range(10_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    parsed = uuid.UUID(ids[0])
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert abs((parsed.int >> 80) / 1000 - time.time()) < 60


def test_flushes_run_side_by_side_within_one_deadline():
    began = time.monotonic()
    warnings = flush_all(
        {
            "quick": lambda timeout: [],
            "full": lambda timeout: [f"had {timeout:g} s"],
            "hanging": lambda timeout: time.sleep(60) or [],
            "also hanging": lambda timeout: time.sleep(60) or [],
        },
        timeout=0.3,
    )
    assert time.monotonic() - began < 10
    assert warnings == (
        "had 0.3 s",
        "hanging did not finish within 0.3 s",
        "also hanging did not finish within 0.3 s",
    )


def test_a_flush_that_raises_is_a_warning():
    def broken(timeout):
        message = "the backend is gone"
        raise OSError(message)

    assert flush_all({"lineage": broken}) == ("lineage: OSError: the backend is gone",)
