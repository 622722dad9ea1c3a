"""kill -9 at every step of a node: readers see the old or the new table, and the next run puts everything right."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from floe_sdk.runtime.recovery.faults import POINTS

CASES = [
    *(("replace", point) for point in POINTS if point != "during-flush"),
    *(("append", point) for point in ("during-copy", "during-commit", "after-commit")),
    *(("create", point) for point in ("before-commit", "during-commit", "after-commit")),
]
BEFORE_COMMIT = ("after-start", "during-copy", "after-file", "before-commit", "during-commit")


class Story:
    """One product through many runs; each case adds a generation, so that every run has something to do."""

    def __init__(self, shelf, evidence, forks):
        self.shelf, self.evidence, self.forks = shelf, evidence, forks
        self.models = {"orders": ("table", 1), "events": ("incremental", 1)}
        self.created = {}
        code, output, _ = self.run()
        assert code == 0, output

    def next(self, *, create=None):
        number = self.models["orders"][1] + 1
        self.models = {"orders": ("table", number), "events": ("incremental", number)}
        if create:
            self.created[create] = self.models[create] = ("table", 1)

    def run(self, **options):
        self.shelf.set_up(self.models)
        return self.forks.run("run", cwd=self.shelf.product, **options)

    def dead_run(self, fault):
        status, output, _ = self.run(FLOE_FAULT=fault)
        assert status == -signal.SIGKILL, output


@pytest.fixture(scope="module")
def story(tmp_path_factory, make_shelf, forks):
    return Story(*make_shelf(tmp_path_factory.mktemp("story") / "lake"), forks)


@pytest.mark.parametrize(("kind", "point"), CASES)
def test_a_node_that_is_killed(story, kind, point):
    evidence = story.evidence
    name = {"replace": "orders", "append": "events", "create": f"made_{point.replace('-', '_')}"}[kind]
    before = evidence.tables()
    story.next(create=name if kind == "create" else None)
    story.dead_run(f"{point}:{name}")

    seen = evidence.tables()
    dead = evidence.open_starts()
    assert {"shop", f"shop.shop.{name}"} <= set(dead)
    if point in BEFORE_COMMIT:
        assert seen.get(name) == before.get(name)
    else:
        assert seen[name] != before.get(name)

    code, output, _ = story.run()
    assert code == 0, output
    assert "had been killed: it is closed as aborted" in output
    after = evidence.tables()
    assert seen[name] in (before.get(name), after[name]) if name in seen else name not in before
    assert evidence.unreferred() == []
    assert evidence.journals() == []
    assert evidence.private() == []
    evidence.check_lineage()
    aborted = [each["job"]["name"] for each in evidence.lineage() if each["eventType"] == "ABORT"]
    assert aborted[-len(dead) :] == [*(each for each in dead if each != "shop"), "shop"]


def test_a_flush_that_is_killed(story):
    evidence = story.evidence
    story.next()
    story.dead_run("during-flush:lineage")
    seen = evidence.tables()
    assert story.run()[0] == 0
    assert evidence.tables() == seen
    assert (evidence.unreferred(), evidence.journals(), evidence.private()) == ([], [], [])
    evidence.check_lineage()


def test_the_tables_are_those_of_an_undisturbed_run(story, tmp_path, make_shelf):
    twin, evidence = make_shelf(tmp_path / "lake")
    twin.set_up({**story.created, **story.models})
    assert story.forks.run("run", cwd=twin.product)[0] == 0
    assert evidence.tables() == story.evidence.tables()


def test_a_metadata_file_that_was_cut_by_the_kill_is_deleted(story):
    story.next()
    story.dead_run("during-commit:orders")
    (uri,) = [each for each in story.evidence.unreferred() if each.endswith(".metadata.json")]
    file = Path(uri.removeprefix("file://"))
    os.truncate(file, file.stat().st_size // 2)

    code, output, _ = story.run()
    assert code == 0, output
    assert not file.exists()
    assert story.evidence.unreferred() == []
