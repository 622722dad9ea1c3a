"""What the runtime offers to a compute while a run lasts: the catalog, the storage, and publishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from floe_sdk.errors.catalog import UNREADABLE, metadata_damaged, metadata_missing

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table

    from floe_sdk.schemas.access import StorageAccess
    from floe_sdk.schemas.events import PublishedTable
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.layout import TableLayout

RUN_ID_PROPERTY = "floe.run-id"
NODE_ID_PROPERTY = "floe.node-id"
PRODUCT_PROPERTY = "floe.product"
ENVIRONMENT_PROPERTY = "floe.environment"
PORT_PROPERTY = "floe.output-port"
FINGERPRINT_PROPERTY = "floe.fingerprint"
INPUTS_PROPERTY = "floe.inputs"
SAME_ROWS_PROPERTY = "floe.same-rows-as"
"""Of a snapshot that rewrote files: the id of the snapshot whose rows it holds."""


@dataclass(frozen=True)
class TableVersion:
    """A table as it stands at one snapshot."""

    table: Table
    known_files: tuple[DataFile, ...] | None = field(default=None, repr=False)

    @cached_property
    def files(self) -> tuple[DataFile, ...]:
        """The data files of the snapshot; the first use reads its manifests. Raises FloeError where one is gone."""
        if self.known_files is not None:
            return self.known_files
        try:
            return tuple(task.file for task in self.table.scan().plan_files())
        except FileNotFoundError as error:
            name, known = ".".join(self.table.name()), self.table.metadata_location
            raise metadata_missing(name, error, self.table.io, known) from error
        except UNREADABLE as error:
            raise metadata_damaged(".".join(self.table.name()), error, self.table.metadata_location) from error


class Publication(Protocol):
    """The next snapshot of one table: prepare, write files, then commit or abandon. Used by one thread."""

    @property
    def current(self) -> TableVersion | None:
        """The table as it was when the publication began, or None; what `commit` replaces or adds to."""

    @property
    def io(self) -> FileIO:
        """What reaches the table's files, with the table's own properties; after `prepare`."""

    def prepare(
        self, schema: Schema, removed: Sequence[DataFile] | None = None, layout: TableLayout | None = None
    ) -> Schema:
        """Say what the table is to have, and which of its files go: None is every file, empty is none.

        Columns are matched by name; those that `schema` lacks are dropped. Returns the table's next schema, whose
        field ids the files must carry; a `doc` of a column is taken over. `layout` is how files are written from now
        on. Raises FloeError when the table's columns can't change or be laid out like this.
        """

    def new_file(self, partition: tuple[Any, ...] = ()) -> str:
        """The URI of a new Parquet file in the table's own location, whose folder exists; after `prepare`.

        `partition` are its values of the layout's partition fields, as Iceberg stores them. It is recorded before it is
        written, so that a later run removes it when this process dies.
        """

    def commit(self, rows: int, properties: Mapping[str, str] | None = None) -> TableVersion:
        """Commit the files of `new_file` as one snapshot; readers see the table before or after it, never between.

        `rows` is how many rows the compute staged. Nothing written and nothing removed is no commit. Raises FloeError,
        and deletes the files, when they hold another number of rows or somebody else changed the table since it was
        read; FloeError, too, when the catalog or the storage can't be reached.
        """

    def abandon(self) -> None:
        """Delete the files that were not committed; harmless afterwards and twice."""


class Publisher(Protocol):
    """Publishes what a run makes; usable from several threads."""

    @property
    def published(self) -> Mapping[str, PublishedTable]:
        """The last commit of each node of this run, by node id."""

    def load(self, namespace: str, table: str) -> TableVersion | None:
        """The table as it is in the catalog now, or None."""

    def load_foreign(self, namespace: str, table: str) -> TableVersion | None:
        """As `load`, for a table that any writer may have made. Raises FloeError (FLOE-K051) where rows are deleted by
        files of their own."""

    def tables(self, namespace: str) -> Sequence[str]:
        """The names of the namespace's tables; empty when it does not exist."""

    def upstream(self, node: Node) -> TableVersion:
        """The table that a source with `Node.upstream` is, at the snapshot that all of this run reads: the current one
        when it was first asked for. Raises FloeError where the catalog has none."""

    def begin(self, namespace: str, table: str, node_id: str) -> Publication:
        """Begin the next snapshot of a table, which need not exist, for a node of the graph."""

    def drop(self, namespace: str, table: str, node_id: str) -> bool:
        """Take a table that the node published, and no longer does, out of the catalog; whether there was one.

        Its files stay until they are cleaned as orphans. Raises FloeError for a table that the node never published.
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

    def upstream(self, node_id: str) -> TableVersion | None:
        """What a source of the graph reads of another product, as `Publisher.upstream` does; None for other nodes."""

    @property
    def private_dir(self) -> Path:
        """A folder (0700) that is removed at the end of the run, or by the next one."""

    @property
    def product_root(self) -> Path:
        """The folder of floe.yaml."""

    @property
    def notes(self) -> dict[str, Any]:
        """Scratch space shared by the compute's hooks and its adapter during this run."""
