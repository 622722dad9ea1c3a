"""Which files a source's location reads, and where that can't be told."""

from __future__ import annotations

import pytest

from floe_sdk.runtime.changes.files import FileStates, UnknownStateError, paths_of


@pytest.mark.parametrize(
    ("location", "paths"),
    [
        ("raw/a.csv", ["raw/a.csv"]),
        ("read_csv('raw/a.csv')", ["raw/a.csv"]),
        ("read_csv('raw/it''s.csv', header = true, types = {'a': 'int'}, nullstr = ')')", ["raw/it's.csv"]),
        ("read_parquet(['a/*.parquet', 'b.parquet'], union_by_name = true)", ["a/*.parquet", "b.parquet"]),
    ],
)
def test_the_files_of_one_call(location, paths):
    assert paths_of(location) == paths


@pytest.mark.parametrize(
    "location",
    [
        "read_csv('a.csv') union all select * from read_csv('b.csv')",
        "read_csv('a.csv', header = true), read_csv('b.csv', header = true)",
        "(select * from 'a.csv')",
        "read_csv('a' || '.csv')",
        "read_csv(getvariable('path'))",
        "read_csv(['a.csv', getvariable('path')])",
        "s3://bucket/a.csv",
        "a.{csv,tsv}",
    ],
)
def test_what_can_not_be_told(location):
    with pytest.raises(UnknownStateError):
        paths_of(location)


def test_a_pattern_sees_files_that_come_and_go(tmp_path):
    (tmp_path / "raw" / "deep").mkdir(parents=True)
    (tmp_path / "raw" / "a.csv").write_text("1")
    states = FileStates(tmp_path, tmp_path / "cache.json")
    flat, deep = (states.state(pattern) for pattern in ("raw/*.csv", "raw/**/*.csv"))
    (tmp_path / "raw" / "deep" / "b.csv").write_text("2")
    assert states.state("raw/*.csv") == flat
    assert states.state("raw/**/*.csv") != deep
    (tmp_path / "raw" / "a.csv").unlink()
    with pytest.raises(UnknownStateError):
        states.state("raw/*.csv")
