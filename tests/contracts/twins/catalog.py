"""Catalog: tables that are listed in a file of SQLite."""

import threading
import time

import pytest
from contracts.twins.marking import base_twins, twin
from pydantic import Field

from floe_sdk import CATALOG_NAMES, CatalogAccess, FloeError, FloeErrors, Health, PluginContext, Secret, hookimpl
from floe_sdk.builtin.catalog_sql import SqlCatalogConfig, SqlCatalogPlugin
from floe_sdk.testing import CatalogContract

LONGEST = 40


class FileConfig(SqlCatalogConfig):
    path: str = Field(description="The file of SQLite, relative to manifest.yaml.")
    key: Secret = Field(description="Nothing is done with it.")


class Good(SqlCatalogPlugin):
    """The catalog in the box, which also refuses names that are too long."""

    Config = FileConfig

    def __init__(self, config: FileConfig, context: PluginContext) -> None:
        super().__init__(config, context)

    def _uri(self):
        return f"sqlite:///{self.context.platform_root / self.config.path}"

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        try:
            return super().plugin_health(timeout)
        except FloeError as error:
            return Health.fault(error)

    @hookimpl
    def catalog_check(self, tables) -> None:
        long = [name for _, name in tables if len(name) > LONGEST]
        errors = [
            FloeError(CATALOG_NAMES, f"the name {name!r} is too long", fix="give it a shorter one") for name in long
        ]
        if errors:
            raise FloeErrors(errors) if errors[1:] else errors[0]


class Suite(CatalogContract):
    slack_seconds = 0.5
    impossible = (("shop", "a" * 41), ("shop", "b" * 60))

    @pytest.fixture
    def config(self, monkeypatch):
        monkeypatch.setenv("FILE_KEY", "planted-key-of-a-file")
        return {"path": "catalog.db", "key": {"env": "FILE_KEY"}}


class _Connected(Good):
    """A catalog whose way with something is changed once it is connected."""

    def change(self, catalog):
        raise AssertionError

    @hookimpl
    def catalog_connect(self, storage):
        catalog = super().catalog_connect(storage)
        self.change(catalog)
        return catalog


@twin("test_the_namespace_is_the_products")
class NamespaceAsWritten(Good):
    """`{environment}` stays what it is."""

    @hookimpl
    def catalog_namespace(self) -> str:
        return self.config.namespace


@twin("test_rows_are_read_back_as_they_were_written")
class LowerCase(_Connected):
    """Columns are called in lower case."""

    def change(self, catalog):
        import pyarrow as pa

        create = catalog.create_table

        def create_table(identifier, schema, **options):
            lower = pa.schema([field.with_name(field.name.lower()) for field in schema])
            return create(identifier, schema=lower, **options)

        catalog.create_table = create_table


@twin("test_what_is_there_and_what_is_not_is_told_as_iceberg_does")
class MadeAgain(_Connected):
    """Who makes a namespace that is there is not told."""

    def change(self, catalog):
        create = catalog.create_namespace
        catalog.create_namespace = lambda name: catalog.namespace_exists(name) or create(name)


@twin("test_a_dropped_table_is_gone")
class DropsNothing(_Connected):
    """A table that is dropped stays."""

    def change(self, catalog):
        catalog.drop_table = lambda _identifier: None


@twin("test_the_storages_properties_reach_the_files")
class SecretsAsText(Good):
    """The FileIO is told the reference in the place of a secret's value."""

    @hookimpl
    def catalog_connect(self, storage):
        plain = {name: str(value) for name, value in storage.file_io.items()}
        return super().catalog_connect(storage.model_copy(update={"file_io": plain}))


class _Commits(_Connected):
    """A catalog whose commits are changed."""

    def change(self, catalog):
        commit = catalog.commit_table
        catalog.commit_table = lambda table, *changes: self.commit(catalog, commit, table, changes)

    @staticmethod
    def lost(catalog, table):
        """The answer to a commit that was not made."""
        from pyiceberg.table import CommitTableResponse

        now = catalog.load_table(table.name())
        return CommitTableResponse(metadata=now.metadata, metadata_location=now.metadata_location)


@twin("test_threads_that_share_a_connection_lose_nothing")
class OneAtATime(_Commits):
    """A commit that comes while another thread commits is taken for made."""

    def __init__(self, config: FileConfig, context: PluginContext) -> None:
        super().__init__(config, context)
        self.busy = threading.Lock()

    def commit(self, catalog, commit, table, changes):
        if not self.busy.acquire(blocking=False):
            return self.lost(catalog, table)
        try:
            time.sleep(0.01)
            return commit(table, *changes)
        finally:
            self.busy.release()


@twin("test_processes_lose_nothing")
class KnowsItsOwn(_Commits):
    """A commit that another process was faster than is taken for made."""

    def __init__(self, config: FileConfig, context: PluginContext) -> None:
        super().__init__(config, context)
        self.own = set()

    def commit(self, catalog, commit, table, changes):
        from pyiceberg.exceptions import CommitFailedException

        try:
            time.sleep(0.05)
            response = commit(table, *changes)
        except CommitFailedException:
            if catalog.load_table(table.name()).metadata_location in self.own:
                raise
            return self.lost(catalog, table)
        self.own.add(response.metadata_location)
        return response


@twin("test_another_process_sees_what_was_written_and_is_seen")
class Remembers(_Commits):
    """A table is what it was when it was looked at first, until it is committed to."""

    def change(self, catalog):
        super().change(catalog)
        self.known = {}
        load = catalog.load_table

        def load_table(identifier):
            # In the main thread only: in threads that share a connection, the attempts to commit could run out.
            if threading.current_thread() is not threading.main_thread():
                return load(identifier)
            if identifier not in self.known:
                self.known[identifier] = load(identifier)
            return self.known[identifier]

        drop = catalog.drop_table

        def drop_table(identifier):
            self.known.clear()
            drop(identifier)

        catalog.load_table, catalog.drop_table = load_table, drop_table

    def commit(self, catalog, commit, table, changes):
        self.known.clear()
        try:
            return commit(table, *changes)
        finally:
            self.known.clear()


@twin("test_a_dry_run_says_what_would_be_done_and_does_nothing")
class WetRun(Good):
    """A dry run is none."""

    @hookimpl
    def catalog_provision(self, namespaces):
        return super().catalog_provision(namespaces, dry_run=False)


@twin("test_provisioning_twice_changes_nothing")
class SaysItAgain(Good):
    """Where nothing is to be done, that is said as a change."""

    @hookimpl
    def catalog_provision(self, namespaces, dry_run):
        return super().catalog_provision(namespaces, dry_run) or ["there is nothing to do"]


@twin("test_names_that_it_could_not_hold_are_refused_all_at_once")
class OneByOne(Good):
    """The first name that is refused is told."""

    @hookimpl
    def catalog_check(self, tables) -> None:
        for table in tables:
            super().catalog_check([table])


@twin("test_ordinary_names_pass")
class NoCapitals(Good):
    """Names with capital letters are refused."""

    @hookimpl
    def catalog_check(self, tables) -> None:
        super().catalog_check([(space, name if name.islower() else name * LONGEST) for space, name in tables])


@twin("test_a_compile_asks_no_server_opens_no_file_and_reveals_no_secret")
class AccessWithKey(Good):
    """Other clients are told the key."""

    @hookimpl
    def catalog_access(self, storage) -> CatalogAccess:
        access = super().catalog_access(storage)
        return CatalogAccess(type=access.type, properties={**access.properties, "key": self.config.key.reveal()})


@twin("test_a_server_that_is_not_there_is_told_in_time")
class ToldByPython(Good):
    """Where the catalog can't be reached, what Python raises comes out."""

    @hookimpl
    def catalog_connect(self, storage):
        try:
            return super().catalog_connect(storage)
        except FloeError as error:
            raise ConnectionError("it can't be reached") from error


_left = []


@twin("test_a_closed_platform_holds_nothing_open")
class StaysOpen(Good):
    """Connections are left open."""

    @hookimpl
    def plugin_close(self) -> None:
        _left.extend(self._catalogs)
        self._catalogs.clear()


globals().update(base_twins(Good, "catalog_connect"))
