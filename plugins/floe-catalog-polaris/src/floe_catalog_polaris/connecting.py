"""Connecting: the server's configuration, whether tables may be where the storage is, and whose credentials count."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from floe_catalog_polaris import file_io
from floe_catalog_polaris.errors import origin, unreachable, vending
from floe_catalog_polaris.oauth import REALM, wrong_realm
from floe_sdk import (
    CATALOG_FORBIDDEN,
    CATALOG_LOCATION,
    CATALOG_REFUSED,
    CATALOG_UNREACHABLE,
    WAREHOUSE_MISSING,
    FloeError,
)

if TYPE_CHECKING:
    from floe_catalog_polaris.catalog import PolarisCatalog
    from floe_catalog_polaris.connection import Connection
    from floe_sdk import StorageAccess

BASE_LOCATION = "default-base-location"
_FORBIDDEN, _NOT_FOUND, _BAD_REQUEST, _SERVER = 403, 404, 400, 500
_PROBE = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "probe", "required": False, "type": "int"}]}


def connect(connection: Connection, storage: StorageAccess) -> PolarisCatalog:
    """A catalog that is known to answer, for tables in `storage`."""
    from floe_catalog_polaris.catalog import PolarisCatalog

    vended = file_io.wants_vending(storage, connection.config.credential_vending_enabled)
    catalog = PolarisCatalog(connection, file_io.revealed(storage), vended=vended)
    check_location(catalog.properties.get(BASE_LOCATION), storage.root, connection.warehouse)
    if vended:
        probe_vending(catalog)
    return catalog


def server_config(connection: Connection) -> dict[str, Any]:
    """What the server says of the warehouse. Raises FloeError that tells a missing catalog from a refused client."""
    url = f"{connection.config.uri}/v1/config"
    session = connection.session()
    try:
        response = session.get(url, params={"warehouse": connection.warehouse})
    except requests.RequestException as error:
        raise unreachable(error, url) from error
    finally:
        session.close()
    document = _json(response)
    if response.ok and isinstance(document, dict):
        return document
    raise _config_refused(connection, response, document)


def _config_refused(connection: Connection, response: requests.Response, document: Any) -> FloeError:
    error = document.get("error") if isinstance(document, dict) else None
    kind, message = (error.get("type"), str(error.get("message"))) if isinstance(error, dict) else (None, "")
    status, warehouse = response.status_code, connection.warehouse
    where = origin(connection.config.uri)
    if kind == REALM:
        return wrong_realm(connection)
    if "warehouse" in message and status in (_NOT_FOUND, _BAD_REQUEST):
        return FloeError(
            WAREHOUSE_MISSING,
            f"the server at {where} has no catalog {warehouse!r} (the client and its secret are fine)",
            fix="`floe catalog provision` makes it; or correct `warehouse` of catalog polaris",
        )
    if status == _FORBIDDEN:
        client = connection.client_id or "(none)"
        problem = f"client {client!r} may not use the catalog {warehouse!r} at {where}: {message or 'status 403'}"
        return FloeError(CATALOG_FORBIDDEN, problem, fix=CATALOG_FORBIDDEN.remedy)
    if status >= _SERVER:
        problem = f"the server at {where} is not well: status {status} {message}".rstrip()
        return FloeError(CATALOG_UNREACHABLE, problem, fix=CATALOG_UNREACHABLE.remedy)
    return FloeError(
        CATALOG_REFUSED,
        f"there is no Iceberg REST catalog at {connection.config.uri} (status {status} {message})".replace(" )", ")"),
        fix="`uri` of catalog polaris ends with /api/catalog, as a rule",
    )


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def check_location(base: str | None, root: str, warehouse: str) -> None:
    """Refuse a storage outside the place where the server's catalog may have tables; None: the server names none."""
    if base is None or _plain(root).startswith(_plain(base)):
        return
    raise FloeError(
        CATALOG_LOCATION,
        f"the storage's root {root} is outside of {base}, where the catalog {warehouse!r} keeps its tables",
        fix="point the storage into that place, or name another `warehouse`; `floe catalog provision --dry-run` "
        "compares",
    )


def _plain(location: str) -> str:
    scheme, _, rest = location.partition(":")
    scheme = {"s3a": "s3", "s3n": "s3"}.get(scheme, scheme)
    return f"{scheme}:/{rest.lstrip('/').rstrip('/')}/"


def probe_vending(catalog: PolarisCatalog) -> None:
    """Have the server stage a table, which leaves nothing behind, to see whether it hands out credentials.

    Without a namespace, or without the right to create a table, the first table that is loaded will tell.
    """
    namespaces = catalog.list_namespaces()
    if not namespaces:
        return
    path = f"namespaces/{quote(namespaces[0][0], safe='')}/tables"
    document = {"name": f"floe_probe_{uuid.uuid4().hex}", "schema": _PROBE, "stage-create": True, "properties": {}}
    try:
        response = catalog.session.post(catalog.url(path), json=document)
    except requests.RequestException as error:
        raise unreachable(error, catalog.uri) from error
    answer = _json(response)
    if response.status_code == _BAD_REQUEST and "Credential vending" in response.text:
        raise vending(answer["error"]["message"] if isinstance(answer, dict) else "status 400")
    if response.ok and isinstance(answer, dict) and not _hands_out(answer):
        raise vending("its answer for a new table holds none")


def _hands_out(answer: dict[str, Any]) -> bool:
    configs = [
        answer.get("config") or {},
        *(each.get("config", {}) for each in answer.get("storage-credentials") or ()),
    ]
    return any(file_io.is_credential(key) for config in configs for key in config)
