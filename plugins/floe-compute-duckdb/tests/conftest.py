"""A dbt project run through the adapter in this process, over a real SQLite catalog and files."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from floe_compute_duckdb import DuckDBCompute, DuckDBConfig
from floe_compute_duckdb.object_store import ObjectStore
from floe_compute_duckdb.writing import publish
from floe_sdk import PluginContext, PublishedTable, QueryRequest, TableVersion
from floe_sdk.builtin.catalog_sql import SqlCatalogConfig, SqlCatalogPlugin
from floe_sdk.builtin.storage_local import LocalStorage, LocalStorageConfig
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAMESPACE = "shop"


@dataclass
class Outcome:
    """What one run left."""

    success: bool
    error: str
    statuses: dict[str, str]
    messages: dict[str, str]
    published: dict[str, PublishedTable]
    run_id: str
    nodes: dict[str, Any] = field(default_factory=dict)


class Product:
    """A dbt project in a folder with its own platform state; `run` is one run of floe, without its shell."""

    def __init__(self, root: Path, config: DuckDBConfig) -> None:
        self.root = root / "product"
        self.state = root / "state"
        self.root.mkdir()
        self.context = PluginContext(
            environment="dev",
            platform="acme",
            product="Shop",
            product_slug=NAMESPACE,
            platform_root=root,
            product_root=self.root,
            platform_state=self.state / "platform",
            product_state=self.state / "product",
        )
        self.compute = DuckDBCompute(config, self.context)
        self.storage = LocalStorage(LocalStorageConfig(), self.context)
        self.catalog_plugin = SqlCatalogPlugin(SqlCatalogConfig(), self.context)
        project = {"name": "shop", "version": "1.0", "profile": "p", "flags": {"send_anonymous_usage_stats": False}}
        self.write("dbt_project.yml", yaml.safe_dump(project))

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def configure(self, **values: Any) -> None:
        file = self.root / "dbt_project.yml"
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **values}))

    @property
    def database(self) -> Path:
        return self.context.product_state / "floe.duckdb"

    def catalog(self) -> Any:
        return self.catalog_plugin.catalog_connect(self.storage.storage_access())

    def session(self, private: Path) -> Session:
        platform = SimpleNamespace(context=self.context, storage=self.storage, catalog=self.catalog_plugin)
        return Session(platform, new_run_id(), NAMESPACE, private)

    def run(self, *arguments: str, command: str = "build", close: bool = True) -> Outcome:
        from dbt.cli.main import dbtRunner

        private = self.context.product_state / "private" / new_run_id()
        private.mkdir(parents=True)
        with self.session(private) as session:
            profile = dict(self.compute.compute_open(session, self.compute.compute_profile(NAMESPACE)))
            document = {"p": {"target": "dev", "outputs": {"dev": profile}}}
            (private / "profiles.yml").write_text(yaml.safe_dump(document))
            folders = [
                f"--project-dir={self.root}",
                f"--profiles-dir={private}",
                f"--target-path={self.state / 'target'}",
            ]
            result = dbtRunner().invoke([f"--log-path={self.state / 'logs'}", "-q", command, *folders, *arguments])
            close_dbt_log()
            if close:
                self.compute.compute_close(session, built=True)
            published = dict(session.publisher.published)
        results = getattr(result.result, "results", None) or []
        by_name = {
            each.node.unique_id if each.node.resource_type == "test" else each.node.name: each for each in results
        }
        return Outcome(
            success=result.success,
            error=str(result.exception or ""),
            statuses={name: str(each.status) for name, each in by_name.items()},
            messages={name: str(each.message) for name, each in by_name.items()},
            published=published,
            run_id=session.run_id,
            nodes={each.node.unique_id: each for each in results},
        )

    def rows(self, table: str, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
        """The rows as bare PyIceberg reads them, sorted."""
        rows = self.catalog().load_table((namespace, table)).scan().to_arrow().to_pylist()
        return sorted(rows, key=repr)

    def snapshots(self, table: str, namespace: str = NAMESPACE) -> list[Any]:
        return list(self.catalog().load_table((namespace, table)).snapshots())

    def forget_duckdb(self) -> None:
        self.database.unlink()

    @staticmethod
    def close_dbt_log() -> None:
        close_dbt_log()

    def close(self) -> None:
        self.catalog_plugin.plugin_close()


@pytest.fixture(autouse=True)
def _dbt_log() -> Iterator[None]:
    yield
    close_dbt_log()


def close_dbt_log() -> None:
    """dbt leaves its log file open."""
    if "dbt_common" not in sys.modules:
        return
    from dbt_common.events.event_manager_client import get_event_manager

    for logger in get_event_manager().loggers:
        for handler in getattr(getattr(logger, "_python_logger", None), "handlers", ()):
            handler.close()


@pytest.fixture
def make_product(tmp_path: Path) -> Iterator[Callable[..., Product]]:
    made = []

    def make(**config: Any) -> Product:
        product = Product(tmp_path, DuckDBConfig(**config))
        made.append(product)
        return product

    yield make
    for product in made:
        product.close()


@pytest.fixture(scope="module")
def shared_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all tests of a module: a build of dbt is what they cost."""
    made = Product(tmp_path_factory.mktemp("shared"), DuckDBConfig())
    yield made
    made.close()


@pytest.fixture
def product(make_product: Callable[..., Product]) -> Product:
    return make_product()


class Lake:
    """Tables published straight from SQL, without dbt."""

    def __init__(self, product: Product, session: Session) -> None:
        self.product = product
        self.session = session
        self.connection = duckdb.connect()
        self.store = ObjectStore(lambda: self.connection, "auto", session.storage, session.private_dir)

    def publish(self, table: str, query: str, namespace: str = NAMESPACE, **options: Any) -> TableVersion:
        publication = self.session.publisher.begin(namespace, table, f"model.shop.{table}")
        options = {"removed": None, "store": self.store, **options}
        version, _ = publish(self.connection.execute, publication, query, **options)
        return version

    def select(self, version: TableVersion) -> list[tuple[Any, ...]]:
        return self.connection.execute(self.store.scan(version)).fetchall()

    def ask(self, sql: str) -> list[dict[str, Any]]:
        request = QueryRequest(sql, self.session.catalog, self.session.storage, (NAMESPACE,))
        return self.product.compute.compute_query(request).reader.read_all().to_pylist()

    def data_files(self) -> set[Path]:
        return set(self.product.context.platform_state.rglob("*.parquet"))


@pytest.fixture
def lake(product: Product) -> Iterator[Lake]:
    private = product.context.product_state / "private"
    private.mkdir(parents=True)
    with product.session(private) as session:
        made = Lake(product, session)
        yield made
        made.connection.close()
