"""PyIceberg's REST catalog as Polaris needs it; imported when a catalog is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.io import load_file_io
from pyiceberg.typedef import EMPTY_DICT

from floe_catalog_polaris import file_io
from floe_catalog_polaris.commits import Commit
from floe_catalog_polaris.errors import translated
from floe_catalog_polaris.shims import delegation, endpoints, format_version, overrides, pagination

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.io import FileIO
    from pyiceberg.table import CommitTableResponse, CreateTableTransaction, Table
    from pyiceberg.table.update import TableRequirement, TableUpdate
    from pyiceberg.typedef import Identifier, Properties
    from requests import Session

    from floe_catalog_polaris.connection import Connection
    from floe_catalog_polaris.session import PinnedSession

NAME = "polaris"
TOKEN = "token"  # noqa: S105 - a property's name


class PolarisCatalog(RestCatalog):
    """A connected catalog; `own` are the storage's FileIO properties, revealed.

    Its errors are those of floe, but for the ones that callers know what to do with: no such table or namespace, one
    that exists already, a commit that was refused.
    """

    offered: frozenset[str]
    """The endpoints that the server lists; none where it lists none."""

    load_table = translated(RestCatalog.load_table)
    table_exists = translated(RestCatalog.table_exists)
    register_table = translated(RestCatalog.register_table)
    rename_table = translated(RestCatalog.rename_table)
    drop_table = translated(RestCatalog.drop_table)
    purge_table = translated(RestCatalog.purge_table)
    namespace_exists = translated(RestCatalog.namespace_exists)
    create_namespace = translated(RestCatalog.create_namespace)
    drop_namespace = translated(RestCatalog.drop_namespace)
    load_namespace_properties = translated(RestCatalog.load_namespace_properties)
    update_namespace_properties = translated(RestCatalog.update_namespace_properties)
    drop_view = translated(RestCatalog.drop_view)
    list_namespaces = translated(pagination.list_namespaces)
    list_tables = translated(pagination.list_tables)
    list_views = translated(pagination.list_views)

    def __init__(self, connection: Connection, own: Mapping[str, str], *, vended: bool) -> None:
        self.connection = connection
        self.own = dict(own)
        self.vended = vended
        super().__init__(NAME, uri=connection.config.uri, warehouse=connection.warehouse)

    @property
    def session(self) -> Session:
        """The session of its calls."""
        return self._session

    def close(self) -> None:
        """Close the connections."""
        self.connection.close()

    def create_table(
        self, identifier: str | Identifier, schema: Any, *args: Any, properties: Properties = EMPTY_DICT, **kwargs: Any
    ) -> Table:
        """As PyIceberg's; a table of format version 3 is refused (FLOE-K088)."""
        format_version.check(identifier, properties)
        table: Table = self._create(identifier, schema, *args, properties=properties, **kwargs)
        return table

    def create_table_transaction(
        self, identifier: str | Identifier, schema: Any, *args: Any, properties: Properties = EMPTY_DICT, **kwargs: Any
    ) -> CreateTableTransaction:
        """As PyIceberg's; a table of format version 3 is refused (FLOE-K088)."""
        format_version.check(identifier, properties)
        begun: CreateTableTransaction = self._begin(identifier, schema, *args, properties=properties, **kwargs)
        return begun

    def commit_table(
        self, table: Table, requirements: tuple[TableRequirement, ...], updates: tuple[TableUpdate, ...]
    ) -> CommitTableResponse:
        """Commit; an answer that is lost is looked up in the table."""
        format_version.check_table(table.name(), table.metadata, updates)

        def send() -> CommitTableResponse:
            response: CommitTableResponse = RestCatalog.commit_table(self, table, requirements, updates)
            return response

        def load() -> Table:
            loaded: Table = RestCatalog.load_table(self, table.name())
            return loaded

        commit = Commit(".".join(table.name()), send, load, updates, requirements)
        return self._make(commit)

    _create = translated(RestCatalog.create_table)
    _begin = translated(RestCatalog.create_table_transaction)

    @translated
    def _make(self, commit: Commit) -> CommitTableResponse:
        return commit.make(self.connection.max_retries, self.connection.config.uri)

    def _create_session(self) -> PinnedSession:
        session = self.connection.session()
        self._config_headers(session)
        session.headers[delegation.HEADER] = delegation.value(self.vended)
        return session

    def _fetch_config(self) -> None:
        """As PyIceberg's, but for what a server may override and what in `endpoints` can't be read."""
        from floe_catalog_polaris.connecting import server_config

        document = server_config(self.connection)
        taken = overrides.taken(document, self.properties, self.connection.config.uri)
        self.properties = taken
        self.uri = self.connection.config.uri
        endpoints.offer(self, document.get("endpoints"))

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:
        sent = {**self.properties, **properties}
        return load_file_io(file_io.merged(self.own, sent, vended=self.vended), location)

    def _response_to_table(self, identifier_tuple: tuple[str, ...], table_response: Any) -> Table:
        return super()._response_to_table(identifier_tuple, _without_token(table_response))

    def _response_to_staged_table(self, identifier_tuple: tuple[str, ...], table_response: Any) -> Any:
        return super()._response_to_staged_table(identifier_tuple, _without_token(table_response))


def _without_token(response: Any) -> Any:
    """A token that a server sends with a table would take the place of ours."""
    config = {key: value for key, value in response.config.items() if key != TOKEN}
    return response.model_copy(update={"config": config})
