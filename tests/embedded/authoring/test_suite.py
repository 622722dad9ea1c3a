"""The contract suite in `floe plugins check`: of a source folder, of what is installed, and where there is none."""

import json

import pytest
from support.authors import FILES, broken

PLUGIN, CONTRACT = "src/floe_storage_shelf/plugin.py", "tests/test_contract.py"
LAZY = ("def plugin_health", "def not_health")


def installed(author, site):
    """The author's module as a wheel would have installed it: without tests, with all else."""
    code = (author.folder / PLUGIN).read_text(encoding="utf-8")
    site.install("floe-storage-shelf", code, plugins={"storage/shelf": "Shelf"}, requires=["floe-sdk>=0.1,<0.2"])


def test_one_whose_suite_passes_is_gold_and_has_a_badge(author):
    ended, report = author.check("--level", "gold", "--badge")
    assert broken(report) == set()
    assert (ended.returncode, report["reached"]) == (0, "gold")
    assert report["badge"] == "![floe plugin: gold](floe-plugin.svg)"
    assert "floe plugin: gold" in (author.folder / "floe-plugin.svg").read_text(encoding="utf-8")
    assert {test["outcome"] for test in report["suite"]["tests"]} == {"passed", "skipped"}


def test_a_test_that_fails_takes_every_level_and_is_named(author):
    author.edit(PLUGIN, *LAZY)
    author.edit(PLUGIN, "@hookimpl\n    def not_health", "def not_health")
    ended, report = author.check()
    assert broken(report) == {"suite-passes"}
    assert (ended.returncode, report["reached"]) == (1, None)
    problems = [finding["problem"] for one in report["rules"] for finding in one["findings"]]
    assert any("test_health_is_well_where_it_works: " in problem and "not_supported" in problem for problem in problems)


def test_a_gap_that_only_the_tests_name_is_told(author):
    author.edit(PLUGIN, *LAZY)
    author.edit(PLUGIN, "@hookimpl\n    def not_health", "def not_health")
    author.edit(CONTRACT, 'plugin = "shelf"', 'plugin = "shelf"\n    not_supported = {"health": "nobody asks"}')
    ended, report = author.check("--level", "silver")
    assert broken(report) == {"gaps"}
    assert (ended.returncode, report["reached"]) == (1, "bronze")
    assert report["not_supported"] == {"storage/shelf": {"health": "nobody asks"}}
    author.edit(PLUGIN, "    def __init__", '    not_supported = {"health": "nobody asks"}\n\n    def __init__')
    assert author.check("--level", "gold")[0].returncode == 0


def test_a_suite_in_which_nothing_runs_is_no_suite(author):
    author.edit(CONTRACT, "class TestShelf", "class Shelf")
    ended, report = author.check("--level", "silver")
    assert broken(report) == {"suite"}
    assert (ended.returncode, report["reached"]) == (1, "bronze")


def test_one_that_can_not_be_collected_says_why(author):
    author.edit(CONTRACT, "from floe_sdk.testing", "import nothing_of_the_kind\nfrom floe_sdk.testing")
    _, report = author.check()
    assert broken(report) == {"suite"}
    assert "nothing_of_the_kind" in report["suite"]["problem"]


def test_what_is_installed_runs_its_contract_with_the_defaults(author, site):
    installed(author, site)
    ended = site.floe("plugins", "check", "shelf", "--json")
    report = json.loads(ended.stdout)
    assert "with the defaults" in report["suite"]["note"]
    assert {test["outcome"] for test in report["suite"]["tests"]} == {"passed", "skipped"}
    assert broken(report) >= {"licence"}  # the metadata of the test's wheel says little
    assert not broken(report) & {"suite", "suite-passes", "import", "hooks"}


@pytest.mark.parametrize("given", [False, True])
def test_a_required_key_is_given_in_a_file(author, site, given):
    author.edit(PLUGIN, 'default="shelf", ', "")
    installed(author, site)
    config = site.folder / "config.yaml"
    config.write_text("folder: boards\n", encoding="utf-8")
    ended = site.floe("plugins", "check", "shelf", "--json", *(["--config", str(config)] if given else []))
    report = json.loads(ended.stdout)
    assert ("suite" in broken(report)) is not given
    if given:
        assert {test["outcome"] for test in report["suite"]["tests"]} == {"passed", "skipped"}
    else:
        assert "values for folder; give that by --tests PATH or --config FILE" in report["suite"]["problem"]


def test_the_tests_of_an_installed_plugin_are_given(author, site):
    installed(author, site)
    contract = author.folder / CONTRACT
    more = "\n\nclass TestLocal(StorageContract):\n    plugin = 'local'\n"
    contract.write_text(contract.read_text(encoding="utf-8") + more, encoding="utf-8")
    report = json.loads(site.floe("plugins", "check", "shelf", "--tests", str(contract), "--json").stdout)
    assert not broken(report) & {"suite", "suite-passes"}
    assert report["suite"]["note"] is None
    assert {test["plugin"] for test in report["suite"]["tests"]} == {"storage/shelf"}


def test_a_plugin_may_be_named_by_its_class(author):
    author.edit(CONTRACT, "from floe_sdk.testing", "from floe_storage_shelf import Shelf\nfrom floe_sdk.testing")
    author.edit(CONTRACT, '"shelf"', "Shelf")
    ended, report = author.check("--level", "gold")
    assert (ended.returncode, broken(report)) == (0, set())


def test_a_contract_that_needs_more_than_a_configuration_says_so(site):
    report = json.loads(site.floe("plugins", "check", "secrets/env", "--json").stdout)
    assert broken(report) >= {"suite"}
    assert "needs more than a configuration (secrets); give that by --tests PATH" in report["suite"]["problem"]


def test_an_installed_plugin_shows_what_it_does_not_support(author, site):
    author.edit(PLUGIN, "    def __init__", '    not_supported = {"listing": "a shelf is dark"}\n\n    def __init__')
    installed(author, site)
    assert "Not supported: listing: a shelf is dark" in site.floe("plugins", "show", "shelf").stdout
    shown = json.loads(site.floe("plugins", "show", "shelf", "--json").stdout)
    assert shown["not_supported"] == {"listing": "a shelf is dark"}


def test_a_badge_is_not_given_without_the_suite(author, site):
    ended = site.floe("plugins", "check", str(author.folder), "--badge", "--no-suite")
    assert ended.returncode == 2
    assert not (author.folder / "floe-plugin.svg").exists()


def test_the_text_names_rules_places_fixes_and_the_level(author, site):
    author.edit("pyproject.toml", 'authors = [{name = "Ada Example"}]\n', "")
    author.edit(PLUGIN, "import time\n", "import time\n\n# floe:replace: a better clock\n")
    ended = site.floe("plugins", "check", str(author.folder), "--no-suite")
    assert ended.returncode == 1
    for part in (
        "floe-storage-shelf 1.0.0: storage/shelf",
        "placeholders: to be written: a better clock  (src/floe_storage_shelf/plugin.py:5)",
        "author: neither author nor maintainer is named",
        "fix: write what the mark asks for, and remove the mark",
        "level reached: none (without its suite); asked for: bronze",
    ):
        assert part in ended.stdout


def test_the_files_of_a_plugin_are_all_there():
    assert {"pyproject.toml", "LICENSE", "README.md", CONTRACT} <= set(FILES)
