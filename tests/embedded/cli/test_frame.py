"""The command's frame: what is imported, and how each failure ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import import_module

import click
import pytest

from floe_sdk.cli.app import COMMANDS

COMMAND = """
    import click, os, sys, time
    from floe_sdk import FloeError, SECRET_NOT_FOUND, redactor
    from floe_sdk.cli.options import json_option
    @click.command()
    @json_option
    @click.argument("what")
    def command(as_json, what):
        '''Do it.'''
        redactor.add("planted-secret")
        if what == "known": raise FloeError(SECRET_NOT_FOUND, "no planted-secret here", where="x.yaml:1", fix="set it")
        if what == "unknown": raise KeyError("planted-secret")
        if what == "missing": open("not-there.txt")
        if what == "code": return 7
        if what == "sleep": print("ready", flush=True); time.sleep(60)
        if what == "much":
            for _ in range(100_000): click.echo("x" * 100)
"""

PLUGINS_LIST = {f"floe_sdk.cli.plugins{name}" for name in ("", ".list", ".records")}


@pytest.fixture
def extra(site):
    site.install("x-extra", COMMAND, plugins={"command/extra": "command"})
    return site


IMPORTS = """
import sys
from floe_sdk.cli import main
try: main({arguments!r})
finally: print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["plugins", "list"], ["plugins", "list", "--json"]])
def test_help_and_the_list_import_no_plugin_no_pydantic_and_no_other_command(extra, arguments):
    ended = extra.python("-c", IMPORTS.format(arguments=arguments))
    assert ended.returncode == 0, ended.stderr
    loaded = set(ended.stderr.split())
    commands = {name for name in loaded if name.startswith("floe_sdk.cli.") and name.split(".")[2] in COMMANDS}
    assert commands == (PLUGINS_LIST if "plugins" in arguments else set())
    heavy = {
        "pydantic",
        "pluggy",
        "yaml",
        "packaging",
        "rich",
        "dbt",
        "duckdb",
        "x_extra",
        "opentelemetry",
        "floe_sdk.plugins.host",
    }
    assert not loaded & heavy
    assert not [name for name in loaded if name.startswith(("floe_sdk.builtin", "floe_compute", "floe_transform"))]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_holds_each_commands_own_help(name):
    command = import_module(f"floe_sdk.cli.{name}").command
    assert command.get_short_help_str(limit=200) == COMMANDS[name]


def options(command):
    """Every option of a command and of those below it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        below = (command.get_command(context, name) for name in command.list_commands(context))
        return [option for each in below for option in options(each)]
    return [each for each in command.params if isinstance(each, click.Option)]


def test_a_long_option_has_the_same_short_form_everywhere():
    shorts = {}
    for name in COMMANDS:
        for option in options(import_module(f"floe_sdk.cli.{name}").command):
            long = next(each for each in option.opts if each.startswith("--"))
            shorts.setdefault(long, {}).setdefault(frozenset(option.opts) - {long}, []).append(name)
    assert {"--env", "--output", "--badge"} < shorts.keys()
    assert {long: found for long, found in shorts.items() if len(found) > 1} == {}


def test_help_shows_exit_codes_completion_and_the_commands_of_packages(extra):
    shown = extra.floe("--help").stdout
    for text in ("Exit codes", "_FLOE_COMPLETE=bash_source", "extra", "from x-extra", *COMMANDS):
        assert text in shown


def test_completion_knows_the_commands(site):
    shown = site.floe(_FLOE_COMPLETE="bash_complete", COMP_WORDS="floe pl", COMP_CWORD="1").stdout
    assert "plain,plugins" in shown


def test_a_known_problem_is_told_in_words_and_redacted(extra):
    ended = extra.floe("extra", "known")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "x.yaml:1: error[FLOE-S002]: no *** here\n  fix: set it\n"


def test_a_known_problem_is_json_where_json_is_asked_for(extra):
    ended = extra.floe("extra", "known", "--json")
    assert ended.returncode == 2
    (error,) = json.loads(ended.stdout)["errors"]
    assert (error["code"], error["problem"], error["where"]) == ("FLOE-S002", "no *** here", "x.yaml:1")


def test_an_unknown_problem_is_one_line_with_the_way_to_the_traceback(extra):
    ended = extra.floe("extra", "unknown")
    assert ended.returncode == 1
    assert "unexpected KeyError: '***'" in ended.stderr
    assert "floe --debug" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_debug_shows_the_traceback_redacted(extra):
    ended = extra.floe("--debug", "extra", "unknown")
    assert ended.returncode == 1
    assert "Traceback (most recent call last)" in ended.stderr
    assert "planted-secret" not in ended.stderr.replace('redactor.add("planted-secret")', "").replace(
        'KeyError("planted-secret")', ""
    )


def test_a_file_that_is_not_there_is_named(extra):
    ended = extra.floe("extra", "missing")
    assert (ended.returncode, ended.stderr) == (1, "error: not-there.txt: No such file or directory\n")


def test_a_commands_number_is_the_exit_code(extra):
    assert extra.floe("extra", "code").returncode == 7


def test_wrong_use_is_2_with_the_nearest_name(site):
    ended = site.floe("plugnis")
    assert ended.returncode == 2
    assert "Did you mean 'plugins'?" in ended.stderr
    assert site.floe("plugins", "list", "--nope").returncode == 2
    ended = site.floe("plugins", "new", "storge", "x")
    assert ended.returncode == 2
    assert "Did you mean 'storage'?" in ended.stderr


def test_ctrl_c_is_130(extra):
    environment = {**os.environ, "PYTHONPATH": str(extra.folder)}
    command = [sys.executable, "-m", "floe_sdk", "extra", "sleep"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.strip() == "interrupted"


def test_a_reader_that_goes_away_is_no_traceback(extra):
    environment = {**os.environ, "PYTHONPATH": str(extra.folder)}
    command = [sys.executable, "-m", "floe_sdk", "extra", "much"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
        process.wait(30)
    assert told == ""
    assert process.returncode == 1


def test_a_packages_command_is_subject_to_the_allow_list(extra):
    assert extra.floe("extra", "code", FLOE_PLUGINS_ALLOW="command/extra").returncode == 7
    refused = extra.floe("extra", "code", FLOE_PLUGINS_ALLOW="storage/*")
    assert refused.returncode == 3
    assert "command/extra" in refused.stderr


def test_a_packages_command_that_is_broken_or_none_is_one_clear_error(site):
    site.install("x-none", "command = 5", plugins={"command/none": "command"})
    site.install("x-broken", "1 / 0", plugins={"command/broken": "command"})
    for name, text in (("none", "is no click command"), ("broken", "ZeroDivisionError")):
        ended = site.floe(name)
        assert ended.returncode == 4
        assert text in ended.stderr


def test_a_package_cannot_replace_a_command_of_floe(site):
    site.install("x-thief", "1 / 0", plugins={"command/version": "command"})
    ended = site.floe("version")
    assert ended.returncode == 0
    assert re.match(r"floe-sdk \d", ended.stdout)


def test_start_is_quick(site):
    start = time.monotonic()
    site.floe("--help")
    assert time.monotonic() - start < 20
