"""A catalog of SQLite and a folder for tables, with which plugins of other types are tested."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from floe_sdk import Platform, PluginContext, PluginSelection, PluginType
from floe_sdk.runtime.ids import new_run_id
from floe_sdk.runtime.profiles import private_folder
from floe_sdk.runtime.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from typing_extensions import Self

    from floe_sdk import StorageAccess

NAMESPACE = "shop"


def context_in(folder: Path) -> PluginContext:
    """That of the product `Shop` of the platform `lake`, which keep what they have in `folder`."""
    state = folder / "state"
    return PluginContext(
        environment="dev",
        platform="lake",
        product="Shop",
        product_slug=NAMESPACE,
        platform_root=folder,
        product_root=folder / "product",
        platform_state=state / "platform",
        product_state=state / "product",
    )


class Lake:
    """Tables below a folder; `platform` has the plugins that come with floe-sdk, and a compute where one is named."""

    def __init__(self, context: PluginContext, compute: str | None = None) -> None:
        selected = [PluginSelection(PluginType.CATALOG, "sql"), PluginSelection(PluginType.STORAGE, "local")]
        if compute:
            selected.append(PluginSelection(PluginType.COMPUTE, compute))
        self.platform = Platform.load(selected, context)
        self.storage: StorageAccess = self.platform.storage.storage_access()
        self._catalog: Catalog | None = None

    @property
    def catalog(self) -> Catalog:
        """Connected."""
        if self._catalog is None:
            self._catalog = self.platform.catalog.catalog_connect(storage=self.storage)
        return self._catalog

    def write(self, name: str, data: pa.Table) -> Table:
        """Append to the table `namespace.name`, which is made where it is missing."""
        namespace, _, table = name.partition(".")
        if not self.catalog.namespace_exists(namespace):
            self.catalog.create_namespace(namespace)
        found = (
            self.catalog.load_table(name)
            if self.catalog.table_exists(name)
            else self.catalog.create_table(name, schema=data.schema, location=f"{self.storage.root}{namespace}/{table}")
        )
        found.append(data)
        return found

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A run in progress, with its private folder."""
        run_id, state = new_run_id(), self.platform.context.product_state
        with private_folder(state, run_id) as private, Session(self.platform, run_id, NAMESPACE, private) as session:
            yield session

    @contextmanager
    def opened(self, session: Session) -> Iterator[Mapping[str, Any]]:
        """The profile of the compute, which is open for as long as the block takes; empty without one."""
        if not self.platform.has(PluginType.COMPUTE):
            yield {}
            return
        compute = self.platform.compute()
        profile = compute.compute_profile(namespace=session.namespace)
        try:
            yield compute.compute_open(session=session, profile=profile) or profile
        finally:
            compute.compute_close(session=session, succeeded=True, built=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.platform.close()
