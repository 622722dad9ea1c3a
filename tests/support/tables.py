"""The tables of a product on this machine as bare PyIceberg reads them; nothing of floe is involved."""

from __future__ import annotations

from contextlib import closing

from pyiceberg.catalog.sql import SqlCatalog


def bare_catalog(state, warehouse=None):
    """The catalog in the state folder of an environment (`.floe/dev`), until the block ends."""
    warehouse = warehouse or f"{state}/warehouse"
    return closing(SqlCatalog("floe", uri=f"sqlite:///{state}/catalog.db", warehouse=f"file://{warehouse}"))


def rows(state, namespace, table):
    """All rows of a table, sorted."""
    with bare_catalog(state) as catalog:
        return sorted(catalog.load_table((namespace, table)).scan().to_arrow().to_pylist(), key=str)
