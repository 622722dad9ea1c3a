"""One of several processes that make a catalog at once, as the first runs of a team do."""

from __future__ import annotations

import os
from pathlib import Path

from floe_sdk import Platform, PluginContext, PluginSelection, PluginType, StorageAccess


def make_and_provision(number, root, uri, processes):
    """Once all are ready: provision two namespaces, connect, and find both."""
    root = Path(root)
    os.environ["SHARED_URI"] = uri
    context = PluginContext("dev", "lake", "Shop", "shop", root, root, root / str(number), root / str(number))
    selected = [PluginSelection(PluginType.CATALOG, "sql", {"uri": {"env": "SHARED_URI"}})]
    storage = StorageAccess(root=f"file://{root}/warehouse/")
    with Platform.load(selected, context) as platform:
        (root / f"ready-{number}").touch()
        while len(list(root.glob("ready-*"))) < processes:
            pass
        platform.catalog.catalog_provision(namespaces=["one", "two"], dry_run=False, storage=storage)
        catalog = platform.catalog.catalog_connect(storage=storage)
        assert sorted(catalog.list_namespaces()) == [("one",), ("two",)]
