"""Platforms of a team whose catalog is a database of a PostgreSQL."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io.pyarrow import schema_to_pyarrow

from floe_sdk import Platform, PluginContext, PluginSelection, PluginType, StorageAccess
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.publishing.publisher import CatalogPublisher
from floe_sdk.runtime.recovery.file_journal import FileJournal
from support.contention import COLUMNS


class Team:
    """Platforms of one folder whose catalog is a database of the server."""

    def __init__(self, folder, server, database):
        self.folder, self.server, self.database = folder, server, database
        self.storage = StorageAccess(root=f"file://{folder}/warehouse/")
        self._platforms = []

    def platform(self, uri=None, **config):
        context = PluginContext("dev", "lake", "Shop", "shop", self.folder, self.folder, self.folder, self.folder)
        config = {
            "uri": uri or f"postgresql://{self.server.user}@127.0.0.1:{self.server.port}/{self.database}",
            **config,
        }
        self._platforms.append(Platform.load([PluginSelection(PluginType.CATALOG, "sql", config)], context))
        return self._platforms[-1]

    def plugin(self, **config):
        config.setdefault("password", {"env": "LAKE_PASSWORD"})
        return self.platform(**config).catalog

    def connect(self, **config):
        return self.plugin(**config).catalog_connect(storage=self.storage)

    def health(self, **config):
        config.setdefault("password", {"env": "LAKE_PASSWORD"})
        (record,) = [each for each in self.platform(**config).records if each.record.identity == "catalog/sql"]
        return record.hooks.plugin_health(timeout=5)

    def asked(self, **config):
        """Everything that a command asks of the catalog first."""
        provision = self.plugin(**config).catalog_provision
        return {
            "connect": lambda: self.connect(**config),
            "provision": lambda: provision(namespaces=["shop"], dry_run=False, storage=self.storage),
            "health": lambda: self.health(**config),
        }

    def close(self):
        for each in self._platforms:
            each.close()


def publish(team, catalog, numbers, before_commit=lambda: None):
    run_id = new_run_id()
    journal = FileJournal(team.folder / "runs" / f"{run_id}.files", run_id)
    publication = CatalogPublisher(catalog, team.storage, run_id, journal).begin("shop", "t", "model.shop.t")
    schema = schema_to_pyarrow(publication.prepare(COLUMNS, ()))
    rows = pa.Table.from_pylist([{"who": 0, "n": number} for number in numbers], schema)
    pq.write_table(rows, publication.new_file().removeprefix("file://"))
    before_commit()
    publication.commit(len(numbers))
    journal.close()
    return rows_of(catalog)


def rows_of(catalog):
    try:
        return sorted(catalog.load_table(("shop", "t")).scan().to_arrow()["n"].to_pylist())
    except NoSuchTableError:
        return []
