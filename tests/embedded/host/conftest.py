from __future__ import annotations

import sys

import pytest
from support.packages import Site

from floe_sdk import Platform, PluginContext, PluginSelection, PluginType


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Packages that this process can import; forgotten afterwards."""
    known = set(sys.modules)
    made = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(made.folder))
    monkeypatch.delenv("FLOE_PLUGINS_ALLOW", raising=False)
    yield made
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(made.folder)):
            del sys.modules[name]


@pytest.fixture
def context(tmp_path):
    root = tmp_path / "platform"
    root.mkdir()
    return PluginContext(
        environment="dev",
        platform="lake",
        product="customer-360",
        product_slug="customer_360",
        platform_root=root,
        product_root=root,
        platform_state=root / ".floe/dev",
        product_state=root / ".floe",
    )


@pytest.fixture
def load(context):
    """Load `type/name` identities, or selections."""
    platforms = []

    def make(*wanted, **options):
        selections = [one if isinstance(one, PluginSelection) else select(one) for one in wanted]
        platforms.append(Platform.load(selections, context, **options))
        return platforms[-1]

    yield make
    for platform in platforms:
        platform.close()


def select(identity, config=None, **fields):
    kind, _, name = identity.partition("/")
    return PluginSelection(PluginType(kind), name, config or {}, **fields)
