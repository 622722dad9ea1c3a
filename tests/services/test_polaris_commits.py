"""Commits whose answer is lost, refused or late: every row is there once, and nothing is sent again blindly."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.polaris_publishing import numbers, writing

from floe_sdk import COMMIT_UNKNOWN, FloeError
from floe_sdk.runtime.recovery.file_journal import unsettled
from floe_sdk.runtime.recovery.orphan_files import clean_orphans
from floe_sdk.testing import Answer, Cut, Fault, Instead, Slow
from floe_sdk.testing.polaris_wire import COMMIT, LOAD_TABLE

BEFORE, ADDED = numbers(1), numbers(2)


@pytest.fixture
def writer(proxied, unique, tmp_path):
    with writing(proxied, unique, tmp_path / "state") as made:
        made.publish("t", BEFORE)
        yield made


def landed(writer, polaris, rows=(*BEFORE, *ADDED)):
    """Every row is there once, and each commit is one snapshot of this run."""
    assert writer.rows("t") == list(rows)
    assert len(writer.catalog.load_table((writer.namespace, "t")).snapshots()) == len(rows)
    assert unsettled(writer.journal.path) == []


@pytest.mark.parametrize(
    "fault",
    [
        *(Instead(Answer(status)) for status in (500, 502, 503, 504)),
        Cut("after"),
        Cut("answer", 40),
        Instead(Answer(200, b"<html>")),
    ],
    ids=str,
)
def test_a_commit_that_landed_though_its_answer_was_lost_is_found_and_not_sent_again(writer, polaris, fault):
    polaris.forget()
    polaris.misbehave(fault, COMMIT)
    writer.publish("t", ADDED)
    assert len(polaris.calls(COMMIT)) == 1
    landed(writer, polaris)


@pytest.mark.parametrize("fault", [Answer(500), Answer(503), Answer(504), Cut("before"), Cut("request", 10)], ids=str)
def test_a_commit_that_did_not_land_is_sent_again_after_a_look(writer, polaris, fault):
    polaris.forget()
    rule = polaris.misbehave(fault, COMMIT)
    writer.publish("t", ADDED)
    assert (rule.used, len(polaris.calls(COMMIT))) == (1, 2)
    first, second = (request.at for request in polaris.calls(COMMIT))
    assert any(first < look.at < second for look in polaris.calls(LOAD_TABLE))
    landed(writer, polaris)


def test_the_first_commit_of_a_table_is_found_too(writer, polaris):
    polaris.misbehave(Instead(Answer(500)), COMMIT)
    writer.publish("new", ADDED)
    assert writer.rows("new") == ADDED


def test_what_replaces_a_table_is_found_too(writer, polaris):
    polaris.misbehave(Cut("after"), COMMIT)
    writer.publish("t", ADDED, append=False)
    assert writer.rows("t") == ADDED


@pytest.mark.parametrize("append", [True, False])
def test_a_refusal_of_what_had_landed_is_looked_up(writer, polaris, append):
    """A gateway that sends a commit twice answers with the refusal of the second."""
    polaris.misbehave(
        Instead(Answer(409, b'{"error": {"message": "", "type": "CommitFailedException", "code": 409}}')), COMMIT
    )
    writer.publish("t", ADDED, append=append)
    assert writer.rows("t") == ([*BEFORE, *ADDED] if append else ADDED)


def test_a_commit_that_lands_late_is_not_there_twice(writer, polaris, proxied, tmp_path):
    """The client gives up, looks, and sends again; the first is still on its way."""
    with writing(proxied, writer.namespace, tmp_path / "other", read_timeout_seconds=1) as impatient:
        polaris.misbehave(Slow(3.5), COMMIT)
        impatient.publish("t", ADDED)
        time.sleep(4)
        landed(impatient, polaris)


def test_a_token_that_is_over_at_the_commit_costs_one_more_call(writer, polaris):
    for status in (419, 401):
        polaris.forget()
        polaris.misbehave(Answer(status), COMMIT)
        writer.publish("t", numbers(status))
        assert len(polaris.calls(COMMIT)) == 2
    assert writer.rows("t") == [*BEFORE, *numbers(401, 419)]


def test_two_appends_at_once_both_land_with_fresh_metadata(writer, polaris, proxied, tmp_path):
    with writing(proxied, writer.namespace, tmp_path / "other") as other:
        late = writer.written("t", numbers(3))
        other.publish("t", ADDED)
        polaris.forget()
        late.commit(1)
    assert len(polaris.calls(COMMIT)) == 2
    assert writer.rows("t") == [*BEFORE, *ADDED, *numbers(3)]


class Overtaken(Fault):
    """Somebody else commits, and the server fails."""

    def __init__(self, commit):
        self.commit = commit

    def apply(self, exchange):
        exchange.read()
        self.commit()
        exchange.reply(Answer(500))


def test_a_lost_commit_to_a_table_that_moved_on_is_made_anew_from_fresh_metadata(writer, polaris, proxied, tmp_path):
    with writing(proxied, writer.namespace, tmp_path / "other") as other:
        polaris.forget()
        polaris.misbehave(Overtaken(lambda: other.publish("t", ADDED)), COMMIT)
        writer.publish("t", numbers(3))
    assert len(polaris.calls(COMMIT)) == 3
    assert writer.rows("t") == [*BEFORE, *ADDED, *numbers(3)]


def test_a_commit_of_unknown_end_keeps_its_files_until_the_next_run_knows(writer, polaris, proxied, tmp_path):
    with writing(proxied, writer.namespace, tmp_path / "lost", max_retries=1) as lost:
        rule = polaris.misbehave(Answer(500), COMMIT, times=None)
        with pytest.raises(FloeError, match="the answer to the commit was lost") as caught:
            lost.publish("t", ADDED)
        assert (caught.value.code, rule.used) == (COMMIT_UNKNOWN, 2)
        files = [entry["file"] for entry in unsettled(lost.journal.path) if "file" in entry]
        assert all(lost.catalog._load_file_io(location=file).new_input(file).exists() for file in files)
        assert len(files) == 1
        polaris.behave()
        assert files[0] in clean_orphans(writer.catalog, lost.journal.path)
    assert writer.rows("t") == BEFORE


def test_a_catalog_that_restarts_between_file_and_commit_is_waited_for(writer, polaris):
    publication = writer.written("t", ADDED)
    polaris.stop()
    threading.Timer(4, polaris.start).start()
    publication.commit(1)
    landed(writer, polaris)


def test_the_reference_server_itself_restarts_between_file_and_commit(writer, polaris, rest_catalog):
    publication = writer.written("t", ADDED)
    with ThreadPoolExecutor(1) as pool:
        with rest_catalog.process.stopped():
            committed = pool.submit(publication.commit, 1)
            time.sleep(1)
        committed.result(60)
    landed(writer, polaris)
