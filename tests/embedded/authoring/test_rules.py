"""Each rule of `floe plugins check` is broken once, by a package that keeps all the others."""

import pytest
from support.authors import broken

from floe_sdk.authoring.checking import rules
from floe_sdk.authoring.checking.rule import RULES, Stage

TOML, PLUGIN, README = "pyproject.toml", "src/floe_storage_shelf/plugin.py", "README.md"


def edit(name, old, new):
    return lambda author: author.edit(name, old, new)


def add(name, text):
    return lambda author: author.edit(name, "'''The plugin.'''\n", f"'''The plugin.'''\n{text}\n")


def secret(key, name):
    def change(author):
        annotated, _, default = key.partition(" = ")
        field = f'    {annotated} = Field(default={default or "..."}, description="Opens the shelf.")\n'
        author.edit(PLUGIN, "'''Where the shelf is.'''\n", f"'''Where the shelf is.'''\n\n{field}")
        author.edit(PLUGIN, "import time\n", "import time\n\nimport floe_sdk\n")
        author.edit(README, "| `folder`", f"| `{name}` | opens it |\n| `folder`")

    return change


BREAKS = {
    "version": [edit(TOML, 'version = "1.0.0"', 'version = "one"')],
    "summary": [
        edit(TOML, 'description = "A folder as the storage of floe"\n', ""),
        edit(TOML, "A folder as the storage of floe", "Shelf"),
    ],
    "licence": [edit(TOML, 'license = "Apache-2.0"\n', "")],
    "requires-python": [
        edit(TOML, 'requires-python = ">=3.10"\n', ""),
        edit(TOML, 'requires-python = ">=3.10"', 'requires-python = "<4"'),
        edit(TOML, 'requires-python = ">=3.10"', 'requires-python = "3 or more"'),
    ],
    "sdk-range": [edit(TOML, "floe-sdk>=0.1,<0.2", "floe-sdk<0.2")],
    "sdk-fits": [edit(TOML, "floe-sdk>=0.1,<0.2", "floe-sdk>=7,<8")],
    "entry-point-group": [
        edit(
            TOML,
            '"floe.storage"]',
            '"floe.storage"]\nodd = "floe_storage_shelf"\n[project.entry-points."floe.storages"]',
        ),
    ],
    "syntax": [lambda author: author.write("src/floe_storage_shelf/more.py", "def broken(:\n")],
    "entry-point": [
        edit(TOML, "floe_storage_shelf:Shelf", "floe_storage_shelf:Shelve"),
        edit(TOML, "floe_storage_shelf:Shelf", "floe_storage_shelf.plugins:Shelf"),
    ],
    "public-api": [
        add(PLUGIN, "from floe_sdk.plugins.host import Platform"),
        add(PLUGIN, "import floe_sdk.schemas.secret"),
        add(PLUGIN, "from floe_sdk.testing.faults import Fault"),
        add(PLUGIN, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from floe_sdk import Secrt"),
        add(PLUGIN, "def later():\n    from importlib import import_module\n    import_module('floe_sdk.cli.app')"),
        add(PLUGIN, "import floe_sdk\n\n\ndef later():\n    return floe_sdk.plugins"),
    ],
    "other-plugins": [
        add(PLUGIN, "def later():\n    import floe_compute_duckdb"),
        add(PLUGIN, "def later():\n    import floe_storage_nobody_has"),
        edit(TOML, '"floe-sdk>=0.1,<0.2"', '"floe-sdk>=0.1,<0.2", "floe-transform-dbt>=0.1"'),
    ],
    "placeholders": [
        edit(README, "| `folder`", "<!-- floe:replace: what it is -->\n| `folder`"),
        add(PLUGIN, "# floe:replace"),
    ],
    "import": [
        add(PLUGIN, "1 / 0"),
        add(PLUGIN, "import os\n\nos._exit(3)"),
        add(PLUGIN, "raise SystemExit"),
        add(PLUGIN, "import a_module_that_nobody_has"),
        add(PLUGIN, "import time\n\ntime.sleep(60)"),
    ],
    "constructor": [
        edit(
            PLUGIN,
            "config: ShelfConfig, context: PluginContext",
            "config: ShelfConfig, context: PluginContext, more: int",
        ),
        edit(PLUGIN, "config: ShelfConfig", "config: dict[str, str]"),
    ],
    "hooks": [
        edit(PLUGIN, "def storage_ready", "def storage_raedy"),
        edit(PLUGIN, "storage_ready(self, timeout: float", "storage_ready(self, seconds: float"),
        edit(PLUGIN, "def storage_access", "def access"),
    ],
    "secrets": [
        secret("password: str", "password"),
        secret("api_key: str | None = None", "api_key"),
        secret("token: floe_sdk.Secret | str | None = None", "token"),
    ],
    "author": [edit(TOML, 'authors = [{name = "Ada Example"}]\n', "")],
    "licence-file": [
        lambda author: (author.remove("LICENSE"), author.edit(TOML, 'license-files = ["LICENSE"]\n', "")),
    ],
    "tests": [
        lambda author: author.remove("tests/test_contract.py"),
        edit("tests/test_contract.py", "(StorageContract)", ""),
        edit("tests/test_contract.py", "StorageContract", "CatalogContract"),
    ],
    "readme": [
        edit(TOML, 'readme = "README.md"\n', ""),
        lambda author: author.write(README, "The `folder` of a shelf."),
        edit(README, "shelf", "board"),
    ],
    "documented-keys": [edit(README, "folder", "place")],
    "described-keys": [edit(PLUGIN, ', description="Below the platform\'s folder."', "")],
    "import-time": [add(PLUGIN, "import time\n\nwhile time.process_time() < 3:\n    pass")],
    "import-light": [
        add(PLUGIN, "import sqlalchemy"),
        add(PLUGIN, "import time\n\nend = time.process_time() + 0.8\nwhile time.process_time() < end:\n    pass"),
    ],
    "sdk-upper": [edit(TOML, "floe-sdk>=0.1,<0.2", "floe-sdk>=0.1")],
    "home-page": [
        edit(TOML, 'Homepage = "https://github.com/ada-example/floe-storage-shelf"', ""),
        edit(TOML, "github.com/ada-example", "example.com"),
        edit(TOML, "github.com/ada-example", "docs.example.org"),
        edit(TOML, "github.com/ada-example", "shelf.example"),
    ],
    "classifiers": [
        edit(TOML, '"Programming Language :: Python :: 3.10", ', ""),
        edit(TOML, ', "Typing :: Typed"', ""),
        edit(TOML, ":: 3.10", ":: 3.9"),
    ],
    "py-typed": [lambda author: author.remove("src/floe_storage_shelf/py.typed")],
    "docstring": [edit(PLUGIN, "'''A folder of this machine.'''", "")],
    "annotated-hooks": [
        edit(PLUGIN, "timeout: float", "timeout"),
        edit(PLUGIN, "def storage_access(self) -> StorageAccess", "def storage_access(self)"),
    ],
}
ALSO = {"readme": {"documented-keys"}, "sdk-range": set(), "import-time": {"import-light"}}
"""What can't but break along with a rule: without a README no key is documented."""
CASES = [(rule, number) for rule, breaks in BREAKS.items() for number in range(len(breaks))]


def test_every_rule_but_those_of_the_suite_is_broken_here():
    assert rules
    assert set(BREAKS) == {one.id for one in RULES.values() if one.stage is not Stage.SUITE}


def test_one_that_keeps_them_all_is_gold(author):
    ended, report = author.check("--no-suite", "--level", "gold")
    assert broken(report) == set()
    assert {one["status"] for one in report["rules"]} == {"holds", "not run"}
    assert (ended.returncode, report["reached"], report["plugins"]) == (0, "gold", ["storage/shelf"])


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_a_broken_rule_is_found_and_no_other(author, rule, number, monkeypatch):
    monkeypatch.setenv("FLOE_IMPORT_TIMEOUT", "8" if rule == "import" else "120")
    BREAKS[rule][number](author)
    ended, report = author.check("--no-suite", "--level", "gold")
    assert {rule} <= broken(report) <= {rule, *ALSO.get(rule, ())}
    found = next(one for one in report["rules"] if one["rule"] == rule)
    assert found["findings"]
    assert found["fix"]
    assert ended.returncode == (4 if RULES[rule].loads else 1)
