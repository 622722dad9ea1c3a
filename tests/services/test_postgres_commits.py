"""Several processes publish to one table whose catalog is on PostgreSQL."""

from __future__ import annotations

import sys

from support.contention import check
from support.forking import Forks


def test_eight_processes_publish_to_one_table_twenty_times(tmp_path, postgres_server, database):
    forks = Forks("psycopg")
    seconds = check(forks, tmp_path, processes=8, times=20, uri=postgres_server.uri(database))
    sys.stdout.write(f"\n160 commits of 8 processes to one table on PostgreSQL: {seconds:.1f} s\n")
    forks.close()
