"""Tables in one SQLite file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from floe_sdk import (
    CATALOG_NAMES,
    CATALOG_UNREACHABLE,
    CatalogAccess,
    FloeError,
    PluginContext,
    Secret,
    StorageAccess,
    hookimpl,
)
from floe_sdk.testing import loaded

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


def revealed(storage: StorageAccess) -> dict[str, str]:
    """The FileIO's properties, which every client of the tables is given."""
    return {key: value.reveal() if isinstance(value, Secret) else value for key, value in storage.file_io.items()}


class SqliteFile:
    """The file is the platform's, one for each environment."""

    def __init__(self, context: PluginContext) -> None:
        self.context = context
        self.uri = f"sqlite:///{context.platform_state / 'tables.db'}"

    @hookimpl
    def catalog_namespace(self) -> str:
        return self.context.expand("{product_slug}")

    @hookimpl
    def catalog_access(self, storage: StorageAccess) -> CatalogAccess:
        return CatalogAccess(type="sql", properties={"uri": self.uri, "warehouse": storage.root})

    @hookimpl
    def catalog_connect(self, storage: StorageAccess) -> "Catalog":
        from pyiceberg.catalog.sql import SqlCatalog  # not at the top: compiling never connects

        try:
            self.context.platform_state.mkdir(parents=True, exist_ok=True)
            return SqlCatalog("floe", uri=self.uri, warehouse=storage.root, **revealed(storage))
        except OSError as error:
            problem = f"{self.uri} can't be opened: {error.strerror}"
            raise FloeError(
                CATALOG_UNREACHABLE, problem, fix="set FLOE_STATE_DIR to a folder that can be written"
            ) from error

    @hookimpl
    def catalog_provision(self, namespaces: Sequence[str], dry_run: bool, storage: StorageAccess) -> Sequence[str]:
        catalog = self.catalog_connect(storage)
        known = {name for (name,) in catalog.list_namespaces()}
        missing = [name for name in namespaces if name not in known]
        for name in [] if dry_run else missing:
            catalog.create_namespace(name)
        catalog.close()
        return [f"create namespace {name}" for name in missing]

    @hookimpl
    def catalog_check(self, tables: Sequence[tuple[str, str]], storage: StorageAccess) -> None:
        if long := [f"{namespace}.{table}" for namespace, table in tables if len(namespace) + len(table) > 250]:
            raise FloeError(CATALOG_NAMES, f"names are too long: {', '.join(long)}", fix="use shorter names")


lake = StorageAccess(root="file:///srv/lake/")

# catalog_namespace
with loaded(catalog=SqliteFile) as platform:
    print(platform.catalog.catalog_namespace())
    # => shop

# catalog_access
with loaded(catalog=SqliteFile) as platform:
    access = platform.catalog.catalog_access(storage=lake)
    print(access.type, access.properties["warehouse"])
    # => sql file:///srv/lake/

# catalog_connect
with loaded(catalog=SqliteFile) as platform:
    catalog = platform.catalog.catalog_connect(storage=lake)
    print(catalog.list_namespaces())
    # => []
    catalog.close()

# catalog_provision
with loaded(catalog=SqliteFile) as platform:
    for dry_run in (True, False, False):
        print(list(platform.catalog.catalog_provision(namespaces=["shop"], dry_run=dry_run, storage=lake)))
        # => ['create namespace shop']
        # => ['create namespace shop']
        # => []

# catalog_check
with loaded(catalog=SqliteFile) as platform:
    platform.catalog.catalog_check(tables=[("shop", "orders")], storage=lake)
    try:
        platform.catalog.catalog_check(tables=[("shop", "o" * 300)], storage=lake)
    except FloeError as error:
        print(error.code.id, error.problem[:24])
        # => FLOE-K087 names are too long: shop
