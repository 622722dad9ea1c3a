"""Hooks evolve: an argument is added, and a hook or an argument goes after its authors were told, by name."""

import inspect
import sys

import pytest
from support.products import make_product, manifest_text

from floe_sdk import PluginType
from floe_sdk.cli.app import run as run_command
from floe_sdk.plugins.hookspecs import SPECS, StorageSpec
from floe_sdk.plugins.markers import HookDeprecated, deprecated_argument, deprecated_hook, optional_hook

OLD = """
    from floe_sdk import StorageAccess, hookimpl

    class Plugin:
        def __init__(self) -> None:
            self.waited = None

        @hookimpl
        def storage_access(self):
            return StorageAccess(root="mem://old/")

        @hookimpl
        def storage_ready(self, timeout):
            print("ready within", timeout)
"""


class Longer:
    @optional_hook
    def storage_ready(self, timeout: float, budget: int) -> None: ...


class Going:
    @deprecated_hook(removed_in="0.3", instead="implement storage_prepare")
    @optional_hook
    def storage_ready(self, timeout: float) -> None: ...


class GoingArgument:
    @deprecated_argument("timeout", removed_in="0.3", instead="take `deadline`")
    @optional_hook
    def storage_ready(self, timeout: float, deadline: float) -> None: ...


GOING = [(Going, "the hook storage_ready"), (GoingArgument, "the argument 'timeout' of storage_ready")]


@pytest.fixture
def specify(monkeypatch):
    """Make the contract of storage plugins that of a later version, with these hooks in place of its own."""

    def make(later):
        hooks = {
            name: one for spec in (StorageSpec, later) for name, one in vars(spec).items() if inspect.isfunction(one)
        }
        monkeypatch.setitem(SPECS, PluginType.STORAGE, type("StorageSpec", (), hooks))

    return make


def test_a_new_argument_leaves_old_implementations_as_they_are(site, load, specify, capsys):
    specify(Longer)
    site.install("shelf", OLD)
    load("storage/shelf").storage.storage_ready(timeout=3.0, budget=7)
    assert capsys.readouterr().out == "ready within 3.0\n"


def test_a_new_argument_reaches_who_takes_it(site, load, specify, capsys):
    specify(Longer)
    site.install("shelf", OLD.replace("(self, timeout)", "(self, budget)").replace("timeout)", "budget)"))
    load("storage/shelf").storage.storage_ready(timeout=3.0, budget=7)
    assert capsys.readouterr().out == "ready within 7\n"


@pytest.mark.parametrize(("hook", "what"), GOING, ids=["hook", "argument"])
def test_who_implements_what_goes_is_told_by_name(site, load, specify, hook, what):
    specify(hook)
    site.install("shelf", OLD, version="1.2")
    with pytest.warns(HookDeprecated, match=f"{what} goes in floe-sdk 0.3") as caught:  # what an author's tests see
        platform = load("storage/shelf")
    assert caught[0].filename.endswith("shelf.py")
    [warning] = platform.warnings
    assert warning.code.id == "FLOE-P044"
    assert warning.problem == f"storage/shelf of shelf 1.2 uses {what}, which goes in floe-sdk 0.3"
    assert "its author: " in warning.fix
    assert "'floe-sdk<0.3'" in warning.fix


@pytest.mark.parametrize(("hook", "what"), GOING, ids=["hook", "argument"])
def test_who_does_not_is_not_told(site, load, specify, hook, what):
    specify(hook)
    site.install("shelf", OLD.replace("(self, timeout)", "(self)").replace('"ready within", timeout', ""))
    if hook is Going:
        site.install("shelf", OLD.replace("@hookimpl\n        def storage_ready", "def storage_ready"))
    assert load("storage/shelf").warnings == ()


@pytest.mark.filterwarnings("ignore::floe_sdk.plugins.markers.HookDeprecated")
def test_a_compile_says_it_once(site, specify, tmp_path, capsys):
    specify(Going)
    site.install("shelf", OLD)
    manifest = manifest_text().replace("storage: {type: local}", "storage: {type: shelf}")
    root = make_product(tmp_path / "lake", manifest=manifest)
    assert run_command(["validate", str(root)]) == 0
    said = capsys.readouterr().err
    assert said.count("storage/shelf of shelf 1.0 uses") == 1
    assert "goes in floe-sdk 0.3" in said
    assert "implement storage_prepare" in said
    assert str(sys.modules["shelf"].__file__) not in said
