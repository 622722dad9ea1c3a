"""Publishing through the runtime's own publish call into the Polaris that is given, or the test kit's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.polaris_publishing import numbers, writing

from floe_sdk import COMMIT_CONFLICT, FloeError
from floe_sdk.runtime.recovery.file_journal import unsettled

BEFORE, ADDED = numbers(1), numbers(2)


@pytest.fixture
def writer(catalog, target, unique, tmp_path):
    with writing(target, unique, tmp_path / "state") as made:
        made.publish("t", BEFORE)
        yield made


@pytest.fixture
def other(target, unique, tmp_path):
    with writing(target, unique, tmp_path / "other") as made:
        yield made


def snapshots(writer):
    return len(writer.catalog.load_table((writer.namespace, "t")).snapshots())


def test_appends_and_replacements_are_seen_by_others(writer, other):
    writer.publish("t", ADDED)
    assert other.rows("t") == [*BEFORE, *ADDED]
    writer.publish("t", numbers(3), append=False)
    assert other.rows("t") == numbers(3)
    assert unsettled(writer.journal.path) == []


def test_two_appends_at_once_both_land_with_fresh_metadata(writer, other):
    late = writer.written("t", numbers(3))
    other.publish("t", ADDED)
    late.commit(1)
    assert writer.rows("t") == [*BEFORE, *ADDED, *numbers(3)]
    assert snapshots(writer) == 3


def test_of_two_that_replace_the_later_is_refused(writer, other):
    late = writer.written("t", numbers(3), append=False)
    other.publish("t", ADDED, append=False)
    with pytest.raises(FloeError) as caught:
        late.commit(1)
    assert caught.value.code is COMMIT_CONFLICT
    assert writer.rows("t") == ADDED


def test_a_table_that_two_make_at_once_is_made_once(writer, other):
    late = writer.written("new", numbers(3), append=False)
    other.publish("new", ADDED, append=False)
    with pytest.raises(FloeError) as caught:
        late.commit(1)
    assert caught.value.code is COMMIT_CONFLICT
    assert writer.rows("new") == ADDED


def test_many_tables_by_threads_of_one_connection(writer):
    tables = [f"t{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda table: writer.publish(table, ADDED, append=False), tables))
    assert all(writer.rows(table) == ADDED for table in tables)
