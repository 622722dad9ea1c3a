"""docs/reference/public-api.txt is what the code promises, and no promise goes without a deprecation.

That the file is what the code says, test_reference holds; `make reference` writes it.
"""

import importlib.util
import sys
import warnings
from pathlib import Path

import pytest

import floe_sdk

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs" / "reference" / "public-api.txt"


@pytest.fixture(scope="module")
def api():
    spec = importlib.util.spec_from_file_location("public_api", ROOT / "scripts" / "public_api.py")
    module = sys.modules["public_api"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["public_api"]


@pytest.fixture(scope="module")
def known(api):
    return api.parsed(FILE.read_text(encoding="utf-8"))


def test_nothing_of_the_snapshot_is_broken_by_the_code(api, known):
    found = api.breaks(known, api.public_api(), "0.1.0")
    assert not found, "\n".join([*found, "what no release has had yet: python scripts/reference.py --accept-breaks"])


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("floe_sdk.hookimpl", "a HookimplMarker"),
        ("floe_sdk.PluginConfig", "class, a FrozenModel"),
        ("floe_sdk.PluginContext.platform_root", "required, Path"),
        ("floe_sdk.StorageAccess.root", "required, str"),
        ("floe_sdk.PluginType.STORAGE", "'storage'"),
        ("floe_sdk.CATALOG_LOCKED", floe_sdk.CATALOG_LOCKED.id),
        ("floe_sdk.Platform.load(approved)", "keyword, Sequence[str] | None"),
        ("floe_sdk.FloeError.__init__(problem)", "required, str"),
        ("floe_sdk.testing.StorageContract", "class, a PluginContract"),
        ("hook storage.storage_access", "required, -> StorageAccess"),
        ("hook storage.storage_ready(timeout)", "required, float"),
        ("hook every type.run_finished(event)", "required, RunFinished"),
    ],
)
def test_every_kind_of_promise_is_in_it(known, name, what):
    assert known[name] == what


def test_all_public_names_are_in_it(known):
    assert {f"floe_sdk.{name}" for name in floe_sdk.__all__} <= known.keys()


OLD = {
    "floe_sdk.f": "-> int",
    "floe_sdk.f(a)": "required, int",
    "floe_sdk.f(b)": "keyword, int",
    "floe_sdk.M": "class",
    "floe_sdk.M.x": "required, str",
    "hook storage": "",
    "hook storage.access": "required, -> A",
    "hook storage.ready": "-> None",
    "hook storage.ready(timeout)": "required, float",
    "hook storage.old": "-> None, goes in 0.3",
}


def without(*names):
    return {name: what for name, what in OLD.items() if name not in names}


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (without("floe_sdk.f", "floe_sdk.f(a)", "floe_sdk.f(b)"), "floe_sdk.f is gone"),
        (without("floe_sdk.f(b)"), "floe_sdk.f(b) is gone"),
        (without("floe_sdk.M.x"), "floe_sdk.M.x is gone"),
        (without("hook storage.ready(timeout)"), "hook storage.ready(timeout) is gone"),
        (without("hook storage.old"), "hook storage.old is gone before 0.3"),
        ({**OLD, "floe_sdk.f(c)": "required, int"}, "floe_sdk.f(c) is required"),
        ({**OLD, "floe_sdk.f(b)": "required, keyword, int"}, "floe_sdk.f(b) is required"),
        ({**OLD, "floe_sdk.M.y": "required, int"}, "floe_sdk.M.y is required"),
        ({**OLD, "hook storage.new": "required, -> A"}, "hook storage.new is required"),
        ({**OLD, "hook storage.ready": "required, -> None"}, "hook storage.ready is required"),
    ],
)
def test_what_breaks_others_is_told_once(api, new, told):
    assert [each.startswith(told) for each in api.breaks(OLD, new, "0.2.0")] == [True]


@pytest.mark.parametrize(
    "new",
    [
        {
            **OLD,
            "floe_sdk.f(c)": "keyword, int",
            "floe_sdk.M.y": "int",
            "floe_sdk.g": "",
            "floe_sdk.g(a)": "required, int",
        },
        {**OLD, "hook storage.ready(budget)": "required, float", "hook storage.new": "-> None"},
        {**OLD, "hook shelf": "", "hook shelf.access": "required, -> A"},
    ],
)
def test_what_is_added_breaks_nobody(api, new):
    assert not api.breaks(OLD, new, "0.2.0")


def test_what_was_deprecated_may_go_in_its_version(api):
    assert not api.breaks(OLD, without("hook storage.old"), "0.3.0")


def test_a_deprecated_name_warns_and_is_marked(api, monkeypatch):
    monkeypatch.setitem(floe_sdk.DEPRECATED, "Health", ("0.3", "use Fitness"))
    monkeypatch.delitem(vars(floe_sdk), "Health", raising=False)
    with pytest.warns(DeprecationWarning, match=r"floe_sdk.Health goes in floe-sdk 0.3: use Fitness") as caught:
        assert floe_sdk.Health.__name__ == "Health"
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert api.public_api()["floe_sdk.Health"].endswith("goes in 0.3")
