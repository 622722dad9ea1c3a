"""The README: its commands on the demo, its plugin as on the page about storages.

CI runs `make test`; what `make demo` and the commands that execute dbt do on the demo is held by
tests/embedded/test_main_job.py. Here these only have to be understood, with the options that the README shows.
"""

import shlex
import shutil

import pytest
from click.testing import CliRunner
from support.pages import DOCS, ROOT, Reader, blocks, commands

from floe_sdk.cli.app import floe

README = ROOT / "README.md"
SHOWN = [command.text for block in blocks(README) if block.language == "console" for command in commands(block)]
FLOE = [shlex.split(text)[1:] for text in SHOWN if text.startswith(".venv/bin/floe ")]
FAST = {"validate", "config", "plugins"}


def test_every_command_is_run_here_or_by_make():
    assert [text for text in SHOWN if not text.startswith(".venv/bin/floe ")] == ["make demo", "make test"]
    assert {"compile", "run", "tables", "query", "health", *FAST} <= {arguments[0] for arguments in FLOE}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "demo", folder / "demo", ignore=shutil.ignore_patterns(".floe", "target"))
    (folder / ".git").mkdir()
    return Reader(folder)


@pytest.mark.parametrize("arguments", [one for one in FLOE if one[0] in FAST], ids=" ".join)
def test_a_fast_command_works_on_the_demo(demo, arguments):
    output = demo.run(shlex.join(["floe", *arguments]))
    assert demo.code == 0, output


@pytest.mark.parametrize("arguments", [one for one in FLOE if one[0] not in FAST], ids=" ".join)
def test_a_slow_command_has_the_options_that_are_shown(arguments):
    help_text = CliRunner().invoke(floe, [arguments[0], "--help"]).output
    assert all(argument in help_text for argument in arguments if argument.startswith("--"))
    command = floe.get_command(floe.make_context("floe", ["version"]), arguments[0])
    assert command.make_context(arguments[0], arguments[1:]).params


@pytest.mark.parametrize("language", ["python", "toml"])
def test_the_plugin_is_that_of_the_page_about_storages(language):
    page = "".join(block.text for block in blocks(DOCS / "plugins" / "storage.md") if block.language == language)
    (shown,) = [block.text for block in blocks(README) if block.language == language]
    assert {line.partition("  #")[0].rstrip() for line in shown.splitlines()} <= set(page.splitlines())
