"""Eight processes, each with its own caches, publish to one table; `make test-crash` has them do it 20 times each."""

from __future__ import annotations

from support.contention import check


def test_eight_processes_publish_to_one_table(tmp_path, forks):
    check(forks, tmp_path, processes=8, times=3)
