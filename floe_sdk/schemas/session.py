"""What the runtime offers to a compute while a run lasts: the catalog, the storage, and publishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

    from floe_sdk.schemas.access import StorageAccess
    from floe_sdk.schemas.events import PublishedTable


class Publisher(Protocol):
    """Commits files that a compute wrote as one Iceberg snapshot, whole or not at all; usable from several threads."""

    def load(self, namespace: str, table: str) -> Table | None:
        """The table as it is in the catalog now, or None."""

    def new_file(self, namespace: str, table: str) -> str:
        """The URI of a new data file in the table's own location, recorded so that a later run can clean it up."""

    def commit(
        self,
        namespace: str,
        table: str,
        *,
        schema: Schema,
        files: Sequence[str],
        rows: int,
        removed: Sequence[DataFile] | None,
        properties: Mapping[str, str],
    ) -> PublishedTable:
        """Commit `files` (written to URIs of `new_file`); `removed` None replaces all, empty appends.

        `rows` is what the compute staged: raises FloeError when the files hold another number.
        """


class RunSession(Protocol):
    """A run in progress. A compute finds the one it serves with `floe_sdk.session(session_id)`."""

    @property
    def id(self) -> str:
        """The session's id, safe to put into a profile."""

    @property
    def run_id(self) -> str:
        """The run's UUIDv7."""

    @property
    def namespace(self) -> str:
        """The product's namespace."""

    @property
    def storage(self) -> StorageAccess:
        """How to reach the bytes."""

    @property
    def catalog(self) -> Catalog:
        """The connected catalog; the first use connects."""

    @property
    def publisher(self) -> Publisher:
        """Publishing."""

    @property
    def private_dir(self) -> Path:
        """A folder (0700) that is removed at the end of the run, or by the next one."""

    @property
    def product_root(self) -> Path:
        """The folder of floe.yaml."""

    @property
    def notes(self) -> dict[str, Any]:
        """Scratch space shared by the compute's hooks and its adapter during this run."""
