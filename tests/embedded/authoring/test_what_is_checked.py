"""Which distribution `floe plugins check` means, and what becomes of a wrong use."""

import json

import pytest
from support.authors import broken


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (None, "has no pyproject.toml"),
        ("[project]\nversion = '1'\n", "no [project] with a name"),
        ("[project]\nname = 'x'\nversion = '1'\n", "entry-points"),
        ("[project\n", "can't be read"),
    ],
)
def test_a_folder_that_is_no_plugins_is_2(site, tmp_path, toml, problem):
    if toml is not None:
        (tmp_path / "pyproject.toml").write_text(toml, encoding="utf-8")
    ended = site.floe("plugins", "check", str(tmp_path), "--json")
    error = json.loads(ended.stdout)["errors"][0]
    assert (ended.returncode, error["code"]) == (2, "FLOE-P030")
    assert problem in error["problem"]


def test_a_name_that_nobody_provides_is_2(site):
    ended = site.floe("plugins", "check", "storage/locl")
    assert ended.returncode == 2
    assert "storage/local" in ended.stderr


def test_the_allow_list_holds_and_nothing_is_imported(author, site):
    author.edit("src/floe_storage_shelf/plugin.py", "import time\n", "open(__file__ + '.was-here', 'w')\nimport time\n")
    ended = site.floe("plugins", "check", str(author.folder), "--json", FLOE_PLUGINS_ALLOW="compute/*")
    assert (ended.returncode, json.loads(ended.stdout)["errors"][0]["code"]) == (3, "FLOE-P003")
    assert not list(site.folder.parent.rglob("*was-here"))


def test_the_static_rules_import_nothing(author):
    """A rule by which floe refuses it stands before the import, which then never happens."""
    author.edit("src/floe_storage_shelf/plugin.py", "import time\n", "open(__file__ + '.was-here', 'w')\nimport time\n")
    author.edit("pyproject.toml", "floe-sdk>=0.1,<0.2", "floe-sdk>=7")
    ended, report = author.check()
    assert ended.returncode == 4
    assert {one["status"] for one in report["rules"] if one["rule"] in {"import", "hooks", "suite"}} == {"not run"}
    assert not list(author.folder.parent.rglob("*was-here"))


def test_the_source_folder_goes_before_what_is_installed(author, site):
    site.install("floe-storage-shelf", "1 / 0", plugins={"storage/shelf": "Shelf"}, version="0.9")
    ended = site.floe("plugins", "check", str(author.folder), "--json", "--no-suite")
    report = json.loads(ended.stdout)
    assert (report["version"], broken(report)) == ("1.0.0", set())


def test_a_folder_is_named_from_the_working_directory(author, site):
    for what, where in ((".", author.folder), (author.folder.name, author.folder.parent)):
        command = (
            f"import os, sys; os.chdir({str(where)!r}); from floe_sdk.cli.app import run; sys.exit(run(sys.argv[1:]))"
        )
        ended = site.python("-c", command, "plugins", "check", what, "--level", "silver", "--json")
        assert (ended.returncode, json.loads(ended.stdout)["reached"]) == (0, "gold")


def test_a_command_is_checked_by_what_applies_to_it(site):
    site.install(
        "x-greet", "import click\n@click.command()\ndef run():\n    'Greet.'", plugins={"command/greet": "run"}
    )
    site.install("x-odd", "run = 3", plugins={"command/odd": "run"})
    report = json.loads(site.floe("plugins", "check", "command/greet", "--json").stdout)
    assert not broken(report) & {"import", "constructor", "docstring", "suite", "suite-passes"}
    ended = site.floe("plugins", "check", "command/odd", "--json")
    assert ended.returncode == 4
    assert "constructor" in broken(json.loads(ended.stdout))


def test_what_an_extra_requires_is_not_required(site):
    """Tests may need other plugins; the extra that has them is no part of the plugin."""
    more = ["x-mem[more]; extra == 'all'", "floe-compute-duckdb; extra == 'test'", "floe-sdk[testing]; extra == 'test'"]
    site.install("x-mem", requires=[*more, "floe-sdk>=0.1,<0.2"])
    report = json.loads(site.floe("plugins", "check", "x-mem", "--json", "--no-suite").stdout)
    assert not broken(report) & {"other-plugins", "sdk-range", "sdk-upper"}


def test_what_is_installed_beside_it_does_not_count(site):
    site.install("x-broken", "1 / 0")
    site.install("x-mem")
    report = json.loads(site.floe("plugins", "check", "x-mem", "--json", "--no-suite").stdout)
    assert report["plugins"] == ["storage/x-mem"]
    assert not broken(report) & {"import", "other-plugins", "entry-point"}
