"""A package that is installed, and neither selected by the manifest nor named, is imported by no command.

The commands are those that the CLI has: a new one is covered at once, or fails here until it is said how to call it.
"""

import shutil
from pathlib import Path

import click
import pytest
from support.malicious import OTHERS, install_malicious
from support.packages import Site
from support.products import make_product

from floe_sdk.cli.app import COMMANDS, floe

ROOT = Path(__file__).parents[3]
HOW = {
    ("init",): ["another", "--owner", "me@example.com"],
    ("rollback",): ["orders", "--to", "1"],
    ("query",): ["select count(*) from orders"],
    ("runs", "show"): ["last"],
    ("schema",): ["manifest"],
    ("plugins", "show"): ["storage/local"],
    ("plugins", "new"): ["storage", "mine", "--author", "Me"],
    ("plugins", "check"): ["storage/local"],
    ("package",): ["--lock", str(ROOT / "requirements.lock")],
}
"""What a command needs beside its name."""


def commands(command=floe, path=()):
    """Every command of floe that does something."""
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in COMMANDS if command is floe else command.list_commands(context):
        yield from commands(command.get_command(context, name), (*path, name))


class Shop:
    """A product that was compiled and run while the package was installed."""

    def __init__(self, root):
        self.site = Site(root / "site")
        self.told = install_malicious(self.site)
        self.root = make_product(root / "lake")
        for command in ("compile", "run"):
            assert self.floe(command).returncode == 0

    def floe(self, *arguments, **environment):
        return self.site.floe(*arguments, cwd=self.root, **environment)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("malicious"))


@pytest.fixture
def shop(installed):
    yield installed
    installed.told.unlink(missing_ok=True)


@pytest.mark.parametrize("path", [*commands()], ids=" ".join)
def test_no_command_imports_it(shop, path):
    done = shop.floe(*path, *HOW.get(path, ()))
    assert "Usage:" not in done.stderr, f"say in HOW what it needs: {done.stderr}"
    assert not shop.told.exists(), shop.told.read_text()


def test_neither_help_nor_completion_imports_it(shop):
    for path in ((), *commands()):
        done = shop.floe(*path, "--help")
        assert done.returncode == 0
    assert "from floe-evil" in shop.floe("--help").stdout
    for words, known in (("floe ev", "evil"), ("floe ", "deploy"), ("floe --d", "--debug"), ("floe plugins s", "show")):
        cursor = str(words.count(" "))
        done = shop.floe(_FLOE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=cursor)
        assert f"plain,{known}" in done.stdout.split()
    assert not shop.told.exists(), shop.told.read_text()


@pytest.mark.parametrize("name", [["plugins", "show", "storage/evil"], ["evil"]], ids=" ".join)
def test_who_names_it_imports_it_and_only_where_it_is_allowed(shop, name):
    """That the file is written, where something is imported, shows that the others of this module see something."""
    refused = shop.floe(*name, FLOE_PLUGINS_ALLOW="storage/local,command/other")
    assert "error[FLOE-P003]" in refused.stderr
    assert refused.returncode == 3
    assert not shop.told.exists()
    shop.floe(*name)
    assert shop.told.read_text().split() == [f"evil_{'storage' if len(name) > 1 else 'command'}"]


def test_a_manifest_that_approves_others_selects_it_in_vain(shop):
    root = Path(shutil.copytree(shop.root.parent, shop.root.parent.with_name("narrow"))) / "shop"
    manifest = root.parent / "manifest.yaml"
    text = manifest.read_text().replace("storage: {type: local}", "storage: {type: evil}")
    manifest.write_text(text + 'approved_plugins: ["compute/*", "transform/dbt"]\n')
    done = shop.site.floe("compile", cwd=root)
    assert "error[FLOE-P003]" in done.stderr
    assert not shop.told.exists()


def test_a_name_that_a_plugin_of_the_product_has_is_no_way_in(shop, tmp_path):
    """Two distributions with one name are refused unread, the malicious one too."""
    site = Site(tmp_path / "site")
    told = install_malicious(site)
    entries = next(site.folder.glob("floe_evil-*.dist-info")) / "entry_points.txt"
    entries.write_text("[floe.compute]\nduckdb = evil_compute:Plugin\n[floe.commands]\nrun = evil_command:command\n")
    done = site.floe("run", cwd=shop.root)
    assert "error[FLOE-P002]" in done.stderr
    assert not told.exists()


@pytest.mark.parametrize("command", [["compile"], ["health"], ["run", "--select", "regions"]], ids=" ".join)
def test_dagster_does_not_import_it_either(shop, tmp_path, command):
    root = make_product(tmp_path / "lake")
    manifest = root.parent / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("orchestrator: {type: local}", "orchestrator: {type: dagster}"))
    assert shop.site.floe("compile", cwd=root).returncode == 0
    done = shop.site.floe(*command, cwd=root)
    assert done.returncode == 0, done.stderr
    assert not shop.told.exists(), shop.told.read_text()


def test_a_dbt_plugin_is_imported_where_the_manifest_names_it(shop, tmp_path):
    root = make_product(tmp_path / "lake")
    manifest = root.parent / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("{type: dbt}", "{type: dbt, config: {plugins: [dbt_evil]}}"))
    done = shop.site.floe("compile", cwd=root)
    assert done.returncode == 0, done.stderr
    assert shop.told.read_text().split() == ["dbt_evil"]


def test_the_doors_of_libraries_are_there(shop):
    """pydantic and dbt do import such packages where floe does not keep them from it."""
    done = shop.site.python("-c", "import pydantic\nclass M(pydantic.BaseModel): a: int")
    assert "new_schema_validator" in done.stderr  # which the package lacks
    assert "pydantic" in OTHERS
    assert shop.told.read_text().split() == ["evil_library"]
