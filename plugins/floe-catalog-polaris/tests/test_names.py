"""Names that are refused when a product is compiled."""

from __future__ import annotations

import re

import pytest
from support.packages import Site
from support.polaris import plugin
from support.workspace import ENGINE, MANIFEST, PLUGINS, Workspace

from floe_sdk import CATALOG_NAMES, FORMAT_VERSION, FloeError, FloeErrors, parse_layout


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (("shop", "a.b"), "holds a dot"),
        (("sh.op", "a"), "the namespace 'sh.op' holds a dot"),
        (("shop", "a/b"), "holds '/'"),
        (("shop", "a\x1fb"), r"holds '\\x1f'"),
        (("shop", "a%b"), "holds '%'"),
        *((("shop", f"a{each}b"), f"holds {re.escape(repr(each))}") for each in ':*?"<>|#+`\\'),
        (("größe", "a"), "the namespace 'größe' holds 'ö': its folder"),
        (("my shop", "a"), "the namespace 'my shop' holds ' ': its folder"),
        (("shop", " a"), "begins or ends with a space"),
        (("shop", "é" * 128), "is 256 bytes long; 255 are possible"),
        (("SYSTEM$x", "a"), "server's own names"),
    ],
)
def test_a_name_that_is_read_differently_is_refused(target, table, said):
    with pytest.raises(FloeError, match=said) as caught:
        plugin(target).catalog_check([table])
    assert caught.value.code is CATALOG_NAMES
    assert caught.value.exit_code == 2


def test_names_that_differ_only_in_case_overlap(target):
    with pytest.raises(
        FloeError, match=r"Shop\.orders, shop\.Orders differ only in case: their names and places overlap"
    ):
        plugin(target).catalog_check([("shop", "Orders"), ("Shop", "orders"), ("shop", "other")])


def test_all_problems_come_at_once(target):
    with pytest.raises(FloeErrors) as caught:
        plugin(target).catalog_check([("shop", "a.b"), ("shop", "c/d"), ("shop", "E"), ("shop", "e")])
    assert len(caught.value.errors) == 3


def test_ordinary_names_pass_however_they_are_spelt(target):
    plugin(target).catalog_check([("shop", "Orders"), ("shop", "orders_2"), ("shop_x", "Größe"), ("shop", "é" * 127)])


def test_a_table_of_format_version_3_is_refused_before_anything_is_sent(server, catalog):
    server.forget()
    for create in (catalog.create_table, catalog.create_table_transaction):
        with pytest.raises(FloeError, match=r"shop\.t: tables of Iceberg's format version 3") as caught:
            create(("shop", "t"), None, properties={"format-version": "3"})
        assert caught.value.code is FORMAT_VERSION
    assert server.requests == []


def test_a_model_that_asks_for_it_is_refused_when_compiled():
    with pytest.raises(ValueError, match="format-version 3"):
        parse_layout({"properties": {"format-version": 3}})
    assert parse_layout({"properties": {"format-version": "2"}}).properties == {"format-version": "2"}


def test_floe_compile_refuses_them_without_a_server(tmp_path):
    site = Site(tmp_path / "site")
    site.install("tiny-engine", ENGINE, plugins=PLUGINS)
    workspace = Workspace(tmp_path / "repository", site)
    config = {"uri": "http://127.0.0.1:9/api/catalog", "warehouse": "lake"}
    plugins = {**MANIFEST["plugins"], "catalog": {"type": "polaris", "config": config}}
    workspace.write(manifest={"plugins": plugins}, models=[{"name": "Orders"}, {"name": "orders"}])
    _, problem = workspace.floe("compile", code=2)
    assert "error[FLOE-K087]: shop.Orders, shop.orders differ only in case" in problem
    assert not workspace.artifact.exists()
