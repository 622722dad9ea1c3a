"""What `floe plugins check` says of what `floe plugins new` has written: only the author's part is missing."""

from __future__ import annotations

import json

import pytest
from support.scaffolding import NAME

from floe_sdk import PluginType
from floe_sdk.authoring.placeholders import MARK
from floe_sdk.authoring.scaffold import About, plan_package, write_package

ABOUT = About("Knows a thing", "Ada", "ada@example.com", "MIT", "https://github.com/ada-example/thing")


def checked(author, folder, *options):
    """The broken rules of each level."""
    done = author.run("floe", "plugins", "check", folder, "--json", *options)
    report = json.loads(done.stdout)
    return done.returncode, {one["rule"] for one in report["rules"] if one["status"] == "broken"}, report


@pytest.fixture
def package(author, tmp_path):
    package = plan_package(PluginType.POLICY, "house", ABOUT, author.here / tmp_path.name)
    write_package(package)
    return package


def test_only_what_the_author_must_write_is_missing(author, package):
    code, broken, report = checked(author, package.folder.name, "--level", "gold")
    assert (code, broken) == (1, {"placeholders"}), report


def test_a_finished_package_reaches_the_highest_level(author, package):
    for path, text in package.files.items():
        kept = [line for line in text.splitlines(keepends=True) if MARK not in line]
        (package.folder / path).write_text("".join(kept))
    code, broken, report = checked(author, package.folder, "--level", "gold")
    assert (code, broken) == (0, set()), report


@pytest.mark.parametrize("kind", list(PluginType), ids=lambda kind: kind.value)
def test_of_each_type_nothing_else_is_missing(author, kind):
    """Without the suite, which another test runs; nobody has said what it is for, who wrote it, and where."""
    folder = author.here / f"floe-{kind.value}-{NAME}"
    _, broken, report = checked(author, folder, "--no-suite")
    assert broken <= {"placeholders", "author", "home-page", "suite", "suite-passes"}, report
    assert "placeholders" in broken
