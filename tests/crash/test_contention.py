"""160 commits of eight processes to one table."""

from __future__ import annotations

import sys

from support.contention import check
from support.forking import Forks


def test_eight_processes_publish_to_one_table_twenty_times(tmp_path):
    with Forks() as forks:
        seconds = check(forks, tmp_path, processes=8, times=20)
    sys.stdout.write(f"\n160 commits of 8 processes to one table: {seconds:.1f} s\n")
