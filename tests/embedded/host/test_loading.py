"""What a broken package does to those who select it, and to those who don't."""

import sys
from textwrap import dedent

import pytest
from support.packages import STORAGE

from floe_sdk import FloeError, Location, PluginType

from .conftest import select

BROKEN = {
    "raises": ("raise ValueError('no such driver')", "ValueError: no such driver"),
    "exits": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "lacks-module": ("import not_there_at_all", "No module named 'not_there_at_all'"),
    "lacks-class": ("x = 1", "has no attribute 'Plugin'"),
    "syntax": ("def (", "SyntaxError"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_package_that_breaks_at_import_is_one_clear_error(site, load, name):
    code, reason = BROKEN[name]
    site.install(name, code)
    with pytest.raises(FloeError) as caught:
        load(f"storage/{name}")
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-P004", 4)
    assert reason in caught.value.problem
    assert name in caught.value.problem
    assert "1.0" in caught.value.problem


def test_an_import_that_hangs_is_given_up(site, load, monkeypatch):
    monkeypatch.setenv("FLOE_IMPORT_TIMEOUT", "0.3")
    site.install("hangs", "import time\ntime.sleep(20)")
    with pytest.raises(FloeError, match=r"longer than 0.3 s") as caught:
        load("storage/hangs")
    assert caught.value.exit_code == 4
    assert "FLOE_IMPORT_TIMEOUT" in caught.value.fix


def test_a_process_whose_plugin_hangs_still_ends(site):
    site.install("hangs", "import time\ntime.sleep(300)")
    ended = site.python("-c", LOAD.format(name="hangs"), FLOE_IMPORT_TIMEOUT="0.5")
    assert ended.returncode == 4, ended.stderr
    assert "longer than 0.5 s" in ended.stderr


LOAD = """
import sys
from pathlib import Path
from floe_sdk import FloeError, Platform, PluginContext, PluginSelection, PluginType
root = Path()
context = PluginContext("dev", "p", "x", "x", root, root, root, root)
try:
    Platform.load([PluginSelection(PluginType.STORAGE, "{name}")], context)
except FloeError as error:
    sys.exit(print(error, file=sys.stderr) or error.exit_code)
"""


def test_a_malicious_package_is_imported_by_nobody_who_did_not_select_it(site):
    site.install("malicious", "from pathlib import Path\nPath('was-here').touch()\n" + "x = 1")
    site.install("harmless")
    for arguments in (
        ["--help"],
        ["plugins", "list"],
        ["plugins", "show", "harmless"],
        ["version"],
        ["plugins", "nothing"],
    ):
        site.floe(*arguments)
    assert site.python("-c", LOAD.format(name="harmless")).returncode == 0
    assert not (site.folder / "was-here").exists()
    assert site.python("-c", LOAD.format(name="malicious")).returncode == 4
    assert (site.folder / "was-here").exists()


def test_two_distributions_of_one_name_are_an_error_that_names_both(site, load):
    site.install("first", plugins={"storage/azure": "Plugin"})
    site.install("second", plugins={"storage/azure": "Plugin"})
    with pytest.raises(FloeError) as caught:
        load("storage/azure")
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-P002", 2)
    assert "first 1.0" in caught.value.problem
    assert "second 1.0" in caught.value.problem
    assert "distribution: first" in caught.value.fix
    assert load(select("storage/azure", distribution="second")).records[0].record.distribution == "second"
    with pytest.raises(FloeError, match="it comes with first, second"):
        load(select("storage/azure", distribution="third"))


def test_somebody_else_who_claims_secrets_env_changes_nothing(site, load):
    site.install("thief", plugins={"secrets/env": "Plugin"})
    load("storage/local")
    assert "thief" not in sys.modules


def test_a_name_that_nobody_provides_says_what_to_install_and_the_nearest(load):
    with pytest.raises(FloeError) as caught:
        load(select("storage/locl", locate=lambda path: Location("manifest.yaml", 7, 3) if path == ("name",) else None))
    assert str(caught.value).startswith("manifest.yaml:7:3: error[FLOE-P001]")
    assert "pip install floe-storage-locl" in caught.value.fix
    assert "local" in caught.value.fix
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("wanted", "fits"), [("1", True), ("1.0", True), ("1.1", False), ("<2", True), ("==1.*", True), ("~=0.9", False)]
)
def test_the_manifests_version_is_a_specifier_and_a_bare_one_means_at_least(site, load, wanted, fits):
    site.install("versioned")
    if fits:
        assert load(select("storage/versioned", version=wanted)).records[0].record.version == "1.0"
    else:
        with pytest.raises(FloeError, match=r"installed in version 1\.0") as caught:
            load(select("storage/versioned", version=wanted))
        assert caught.value.exit_code == 2


def test_a_version_that_is_none_is_said_at_its_place(site, load):
    site.install("versioned")
    with pytest.raises(FloeError, match="no version specifier"):
        load(select("storage/versioned", version="latest"))


def test_a_plugin_for_a_newer_sdk_is_refused_unimported(site, load):
    site.install("future", "raise RuntimeError", requires=["floe-sdk>=99"])
    with pytest.raises(FloeError) as caught:
        load("storage/future")
    assert caught.value.code.id == "FLOE-P006"
    assert "needs floe-sdk >=99" in caught.value.problem
    assert "floe-sdk>=99" in caught.value.fix


def test_all_problems_are_told_at_once_and_before_any_import(site, load):
    site.install("first", "from pathlib import Path\nPath(__file__).with_suffix('.imported').touch()\n" + "x = 1")
    with pytest.raises(FloeError) as caught:
        load("storage/first", "compute/nope", "catalog/nope")
    assert [error.code.id for error in caught.value.errors] == ["FLOE-P001", "FLOE-P001"]
    assert not (site.folder / "first.imported").exists()


@pytest.mark.parametrize(
    ("approved", "variable", "allowed"),
    [
        (None, None, True),
        (["storage/x-mem"], None, True),
        (["storage/*"], None, True),
        (["compute/*"], None, False),
        ([], None, False),
        (None, "compute/duckdb, storage/x-mem", True),
        (None, "storage/other", False),
        (None, "", False),
        (["storage/*"], "compute/*", False),
    ],
)
def test_allow_lists_narrow_before_import(site, load, monkeypatch, approved, variable, allowed):
    site.install(
        "x-mem", STORAGE + "\n    from pathlib import Path\n    Path(__file__).with_suffix('.imported').touch()\n"
    )
    if variable is not None:
        monkeypatch.setenv("FLOE_PLUGINS_ALLOW", variable)
    if allowed:
        load("storage/x-mem", approved=approved)
    else:
        with pytest.raises(FloeError) as caught:
            load("storage/x-mem", approved=approved)
        assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-P003", 3)
    assert (site.folder / "x_mem.imported").exists() == allowed
    assert load("storage/local", approved=approved).has(PluginType.STORAGE)


def test_an_allow_list_entry_that_cannot_be_read_is_an_error(site, load, monkeypatch):
    site.install("x-mem")
    monkeypatch.setenv("FLOE_PLUGINS_ALLOW", "x-mem")
    with pytest.raises(FloeError, match="FLOE_PLUGINS_ALLOW holds 'x-mem'"):
        load("storage/x-mem")


def test_one_plugin_of_a_type_that_takes_one(site, load):
    site.install("x-mem")
    with pytest.raises(FloeError, match="storage is selected twice"):
        load("storage/local", "storage/x-mem")
    with pytest.raises(FloeError, match="secrets/env is selected twice"):
        load("secrets/env", "secrets/env")


def test_a_module_that_loads_its_own_platform_while_it_is_imported_is_no_deadlock(site):
    site.install("x-self", dedent(STORAGE) + LOAD.format(name="x-self"))
    ended = site.python("-c", "import x_self", FLOE_IMPORT_TIMEOUT="5")
    assert (ended.returncode, ended.stderr) == (0, "")
