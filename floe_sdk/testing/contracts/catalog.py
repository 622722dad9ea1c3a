"""What every catalog plugin has to hold; an author's test class inherits it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk import FloeError, PluginType, Secret, StorageAccess
from floe_sdk.testing.contracts import rows
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.elsewhere import PRELOADED, at_once, in_another_process, job
from floe_sdk.testing.contracts.gaps import Feature, given, needs
from floe_sdk.testing.contracts.open_files import opened_since, what_is_open
from floe_sdk.testing.contracts.quiet import answering
from floe_sdk.testing.contracts.telling import assert_told, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from floe_sdk import Platform, PluginContext
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.testing.contracts.elsewhere import Job
    from floe_sdk.testing.contracts.fixtures import Load

    There = Callable[..., Job]

WRITERS, APPENDS = 3, 2
PRELOADED += ["pyarrow.parquet", "pyiceberg.catalog.sql", "pyiceberg.io.pyarrow"]


class CatalogContract(PluginContract):
    """Inherit it, name the plugin, and give a `config` whose catalog may be written to.

    `place(context)` is where tables are placed: a folder, unless a static method of that name says otherwise.
    `impossible` are tables (namespace, table) that `catalog_check` has to refuse, at least two. `connect_seconds` is
    how long it may take until a server that is not there is told. Features: `namespace` (a key of that name in its
    configuration), `provision` and `check` (the optional hooks), `processes` (several of them use it at once).
    """

    kind = PluginType.CATALOG
    features: ClassVar[Mapping[str, Feature]] = {
        "namespace": Feature(),
        "provision": Feature("catalog_provision"),
        "check": Feature("catalog_check", asked=False),
        "processes": Feature(),
    }
    impossible: ClassVar[Sequence[tuple[str, str]]] = ()
    connect_seconds: ClassVar[float] = 20.0

    @staticmethod
    def place(context: PluginContext) -> StorageAccess:
        """Where tables are placed."""
        return StorageAccess(root=f"file://{context.platform_root}/warehouse/")

    @classmethod
    def use(cls, platform: Platform) -> None:
        """Connect, and ask."""
        platform.catalog.catalog_connect(storage=cls.place(platform.context)).list_namespaces()

    @classmethod
    def facts(cls, platform: Platform) -> Any:
        """The namespace, and how other clients reach the catalog."""
        access = platform.catalog.catalog_access(storage=cls.place(platform.context))
        return platform.catalog.catalog_namespace(), access.model_dump(mode="json")

    @pytest.fixture
    def storage(self, context: PluginContext) -> StorageAccess:
        """Where tables are placed."""
        return self.place(context)

    @pytest.fixture
    def namespace(self) -> str:
        """A namespace that nobody else has, on a server that tests share."""
        return f"contract_{uuid.uuid4().hex[:12]}"

    @pytest.fixture
    def catalog(self, platform: Platform, storage: StorageAccess) -> Catalog:
        """Connected."""
        return platform.catalog.catalog_connect(storage=storage)

    @pytest.fixture
    def there(self, record: PluginRecord, config: Mapping[str, Any], context: PluginContext) -> There:
        """A job of another process, which has the same platform."""
        return lambda function, *arguments: job(record, config, context, function, arguments)

    @pytest.fixture
    def table(self, catalog: Catalog, storage: StorageAccess, namespace: str) -> Table:
        """An empty table of the columns `who` and `n`, in a namespace of its own."""
        catalog.create_namespace(namespace)
        return rows.create(catalog, storage, (namespace, "orders"), rows.numbers(0))

    @needs("namespace")
    def test_the_namespace_is_the_products(self, load: Load, config: Mapping[str, Any]) -> None:
        """It is not empty, and `{environment}` and `{product_slug}` stand for those of the product."""
        assert load().catalog.catalog_namespace()
        own = load({**config, "namespace": "{environment}_{product_slug}"})
        assert own.catalog.catalog_namespace() == f"{own.context.environment}_{own.context.product_slug}"

    def test_rows_are_read_back_as_they_were_written(
        self, platform: Platform, catalog: Catalog, storage: StorageAccess, namespace: str
    ) -> None:
        """Over another connection: values of every type, names as they were spelt, each commit as a snapshot."""
        catalog.create_namespace(namespace)
        data = rows.typed()
        made = rows.create(catalog, storage, (namespace, "Orders"), data)
        made.append(data)
        made.append(data)
        again = platform.catalog.catalog_connect(storage=storage).load_table((namespace, "Orders"))
        assert again.location() == f"{storage.root}{namespace}/Orders"
        assert rows.plain(again) == rows.plain(made)
        assert again.scan().to_arrow().select(data.column_names).slice(0, 2).equals(data)
        assert len(again.snapshots()) == 2  # noqa: PLR2004 - as often as was appended

    def test_what_is_there_and_what_is_not_is_told_as_iceberg_does(
        self, catalog: Catalog, storage: StorageAccess, namespace: str
    ) -> None:
        """PyIceberg's own errors: a run looks whether a namespace or a table is there, and somebody may be faster."""
        from pyiceberg.exceptions import (
            NamespaceAlreadyExistsError,
            NoSuchNamespaceError,
            NoSuchTableError,
            TableAlreadyExistsError,
        )

        assert not catalog.namespace_exists(namespace)
        with pytest.raises(NoSuchNamespaceError):
            catalog.list_tables(namespace)
        catalog.create_namespace(namespace)
        assert catalog.namespace_exists(namespace)
        with pytest.raises(NamespaceAlreadyExistsError):
            catalog.create_namespace(namespace)
        with pytest.raises((NoSuchTableError, NoSuchNamespaceError)):
            catalog.load_table((namespace, "orders"))
        rows.create(catalog, storage, (namespace, "orders"), rows.numbers(0))
        with pytest.raises(TableAlreadyExistsError):
            rows.create(catalog, storage, (namespace, "orders"), rows.numbers(0))

    def test_a_dropped_table_is_gone(self, catalog: Catalog, table: Table) -> None:
        """It can not be listed, and not be found."""
        namespace, name = table.name()
        assert catalog.list_tables(namespace) == [(namespace, name)]
        catalog.drop_table((namespace, name))
        assert catalog.list_tables(namespace) == []
        assert not catalog.table_exists((namespace, name))

    def test_the_storages_properties_reach_the_files(
        self, platform: Platform, storage: StorageAccess, namespace: str
    ) -> None:
        """The FileIO of a table has what `StorageAccess.file_io` says, secrets with their values."""
        key = Secret("contract", "key", lambda _secret: "planted-contract-key")
        told = storage.model_copy(update={"file_io": {**storage.file_io, "contract.plain": "1", "contract.key": key}})
        catalog = platform.catalog.catalog_connect(storage=told)
        catalog.create_namespace(namespace)
        properties = rows.create(catalog, told, (namespace, "orders"), rows.numbers(0)).io.properties
        assert {name: properties.get(name) for name in ("contract.plain", "contract.key")} == {
            "contract.plain": "1",
            "contract.key": "planted-contract-key",
        }

    def test_threads_that_share_a_connection_lose_nothing(self, catalog: Catalog, table: Table) -> None:
        """Every commit of every thread is there: who is refused is told, and tries again."""
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda who: rows.append_each(catalog, table.name(), who, APPENDS), range(WRITERS)))
        assert rows.plain(catalog.load_table(table.name())) == rows.expected(WRITERS, APPENDS)

    @needs("processes")
    def test_processes_lose_nothing(
        self, platform: Platform, table: Table, there: There, storage: StorageAccess
    ) -> None:
        """The same of two processes that commit to one table at once."""
        at_once([there(_append, storage, table.name(), who, APPENDS) for who in range(2)])
        again = platform.catalog.catalog_connect(storage=storage)
        assert rows.plain(again.load_table(table.name())) == rows.expected(2, APPENDS)

    @needs("processes")
    def test_another_process_sees_what_was_written_and_is_seen(
        self, catalog: Catalog, table: Table, there: There, storage: StorageAccess
    ) -> None:
        """Nothing of a table is remembered from before: a connection that is open sees what others commit."""
        rows.append_each(catalog, table.name(), 7, 1)
        assert rows.plain(catalog.load_table(table.name())) == [(7, 0)]
        seen = in_another_process(there(_read_and_append, storage, table.name()))
        assert seen == [(7, 0)]
        assert rows.plain(catalog.load_table(table.name())) == [(0, 0), (7, 0)]

    @needs("provision")
    def test_a_dry_run_says_what_would_be_done_and_does_nothing(
        self, platform: Platform, load: Load, storage: StorageAccess, namespace: str
    ) -> None:
        """A line for each change, the same ones that the provisioning itself says then."""
        provision = platform.catalog.catalog_provision
        said = provision(namespaces=[namespace], dry_run=True, storage=storage) or ()
        assert any(namespace in line for line in said), said
        assert provision(namespaces=[namespace], dry_run=True, storage=storage) == said
        done = load().catalog.catalog_provision(namespaces=[namespace], dry_run=False, storage=storage)
        assert done == said, "a dry run says the same lines as the provisioning itself"

    @needs("provision")
    def test_provisioning_twice_changes_nothing(
        self, platform: Platform, storage: StorageAccess, namespace: str
    ) -> None:
        """The namespaces are there after the first time, and the second has nothing to say."""
        provision = platform.catalog.catalog_provision
        provision(namespaces=[namespace], dry_run=False, storage=storage)
        assert platform.catalog.catalog_connect(storage=storage).namespace_exists(namespace)
        for dry_run in (False, True):
            assert not provision(namespaces=[namespace], dry_run=dry_run, storage=storage)

    @needs("check")
    def test_names_that_it_could_not_hold_are_refused_all_at_once(
        self, platform: Platform, storage: StorageAccess
    ) -> None:
        """One error for each of `impossible`, which names it."""
        assert len(self.impossible) > 1, "name at least two tables in `impossible`"
        for table in self.impossible:
            with pytest.raises(FloeError):
                platform.catalog.catalog_check(tables=[table], storage=storage)
        with pytest.raises(FloeError) as caught:
            platform.catalog.catalog_check(tables=[("shop", "orders"), *self.impossible], storage=storage)
        told = caught.value.render()
        assert [each for each in self.impossible if repr(each[1]) not in told and each[1] not in told] == []
        assert_told(caught.value)

    @needs("check")
    def test_ordinary_names_pass(self, platform: Platform, storage: StorageAccess) -> None:
        """Letters of either case, digits and underscores, in several namespaces."""
        tables = [("shop", "orders"), ("shop", "Orders_2"), ("shop_staging", "stg_orders")]
        platform.catalog.catalog_check(tables=tables, storage=storage)

    def test_a_compile_asks_no_server_opens_no_file_and_reveals_no_secret(
        self, platform: Platform, storage: StorageAccess, tmp_path: Path
    ) -> None:
        """Namespace, access and check are asked where no server can be reached and no secret is set."""
        with answering(platform, tmp_path):
            namespace = platform.catalog.catalog_namespace()
            access = platform.catalog.catalog_access(storage=storage)
            platform.catalog.catalog_check(tables=[(namespace, "orders")], storage=storage)
        assert platform.catalog.catalog_access(storage=storage) == access
        written = access.model_dump_json()
        assert not [secret for secret in platform.secrets if secret.reveal() in written]

    @needs("unreachable")
    def test_a_server_that_is_not_there_is_told_in_time(
        self, load: Load, unreachable: Mapping[str, Any] | None, storage: StorageAccess
    ) -> None:
        """FloeError within `connect_seconds`, and not an error of some library."""
        platform = load(given(unreachable))
        with within(self.connect_seconds, self.slack_seconds, "catalog_connect"), pytest.raises(FloeError) as caught:
            platform.catalog.catalog_connect(storage=storage).list_namespaces()
        assert_told(caught.value)

    def test_a_closed_platform_holds_nothing_open(self, load: Load, storage: StorageAccess, namespace: str) -> None:
        """No connection and no file is open that was not before."""
        self.use(load())  # what is opened once, and kept
        before = what_is_open()
        platform = load()
        catalog = platform.catalog.catalog_connect(storage=storage)
        catalog.namespace_exists(namespace)
        platform.close()
        assert opened_since(before) == []


def _append(platform: Platform, storage: StorageAccess, table: tuple[str, ...], who: int, times: int) -> None:
    rows.append_each(platform.catalog.catalog_connect(storage=storage), table, who, times)


def _read_and_append(platform: Platform, storage: StorageAccess, table: tuple[str, ...]) -> list[tuple[int, int]]:
    catalog = platform.catalog.catalog_connect(storage=storage)
    seen = rows.plain(catalog.load_table(table))
    rows.append_each(catalog, table, 0, 1)
    return seen
