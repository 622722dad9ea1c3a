"""The sessions of this process: how a compute's adapter, which the engine constructs, finds the run that it serves."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.run import NO_SUCH_SESSION
from floe_sdk.runtime.publishing.ports import marks_of
from floe_sdk.runtime.publishing.publisher import CatalogPublisher, Properties, no_properties
from floe_sdk.runtime.recovery.file_journal import SUFFIX, FileJournal, place_of
from floe_sdk.runtime.storage.traced_catalog import traced
from floe_sdk.runtime.tables.listing import connect

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from pyiceberg.catalog import Catalog
    from typing_extensions import Self

    from floe_sdk.plugins.host import Platform
    from floe_sdk.runtime.recovery.stale import StaleTables
    from floe_sdk.schemas.access import StorageAccess
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.events import PublishedTable
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.session import RunSession, TableVersion

_sessions: dict[str, Session] = {}


class Session:
    """The `RunSession` of a run; known to `session(id)` while it is open."""

    def __init__(
        self,
        platform: Platform,
        run_id: str,
        namespace: str,
        private_dir: Path,
        artifacts: CompiledArtifacts | None = None,
    ) -> None:
        self.id = run_id
        self.run_id = run_id
        self.namespace = namespace
        self.private_dir = private_dir
        self.product_root = platform.context.product_root
        self.notes: dict[str, Any] = {}
        self._upstream = {each.id: each for each in artifacts.transforms.nodes if each.upstream} if artifacts else {}
        self._marks = marks_of(artifacts) if artifacts else {}
        self.properties: Properties = no_properties
        self.stale: StaleTables | None = None
        self._platform = platform
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._publisher: CatalogPublisher | None = None
        journal = platform.context.product_state / "runs" / f"{run_id}{SUFFIX}"
        self._journal = FileJournal(journal, run_id, lambda: self._place)

    @cached_property
    def storage(self) -> StorageAccess:
        """How to reach the bytes."""
        return self._platform.storage.storage_access()

    @cached_property
    def _place(self) -> str:
        return place_of(self._platform)

    @property
    def catalog(self) -> Catalog:
        """The connected catalog; the first use connects, on whichever thread."""
        with self._lock:
            if self._catalog is None:
                self._catalog = traced(connect(self._platform))
            return self._catalog

    @property
    def publisher(self) -> CatalogPublisher:
        """Publishing; connects to the catalog."""
        with self._lock:
            if self._publisher is None:
                self._publisher = CatalogPublisher(self.catalog, self.storage, self.run_id, self._journal)
                self._publisher.stale = self.stale
                self._publisher.marks = self._marks
                self._publisher.environment = self._platform.context.environment
                self._publisher.properties = self.properties
            return self._publisher

    def upstream(self, node_id: str) -> TableVersion | None:
        """The table of another product that a source is, or None; connects to the catalog."""
        node = self._upstream.get(node_id)
        return self.publisher.upstream(node) if node else None

    def find_upstream(self, node: Node) -> TableVersion:
        """The same for a node of the graph that is such a source."""
        return self.publisher.upstream(node)

    def load(self, namespace: str, table: str) -> TableVersion | None:
        """A table of the catalog, or None; connects."""
        return self.publisher.load(namespace, table)

    def published(self, node_id: str) -> PublishedTable | None:
        """What a node committed, if anything; does not connect."""
        return self._publisher.published.get(node_id) if self._publisher else None

    def __enter__(self) -> Self:
        _sessions[self.id] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _sessions.pop(self.id, None)
        self._journal.close()


def session(session_id: str) -> RunSession:
    """The open session of that id. Raises FloeError (FLOE-R004) when there is none in this process."""
    try:
        return _sessions[session_id]
    except KeyError:
        raise FloeError(
            NO_SUCH_SESSION, f"no run {session_id} is open in this process", fix="start the engine through `floe run`"
        ) from None
