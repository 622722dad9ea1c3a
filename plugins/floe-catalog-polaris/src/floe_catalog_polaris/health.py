"""`floe health`: a real round trip to the server, with what each step found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import requests

from floe_catalog_polaris.connecting import server_config
from floe_catalog_polaris.errors import origin, unreachable
from floe_sdk import CATALOG_FORBIDDEN, CATALOG_REFUSED, FloeError, Health

if TYPE_CHECKING:
    from floe_catalog_polaris.connection import Connection

_FORBIDDEN = 403


def check(connection: Connection, timeout: float) -> Health:
    """Ask for a token, the configuration and the namespaces; says which of them is refused, and as whom."""
    began = time.monotonic()
    try:
        count, more = _namespaces(connection)
    except FloeError as error:
        return Health.fault(error, time.monotonic() - began)
    finally:
        connection.close()
    seconds = time.monotonic() - began
    where = f"{connection.warehouse!r} at {origin(connection.config.uri)}"
    if seconds > timeout:
        return Health(ok=False, message=f"{where} answers, but too slowly", seconds=seconds)
    return Health(ok=True, message=f"{where}: {'more than ' if more else ''}{count} namespaces", seconds=seconds)


def _namespaces(connection: Connection) -> tuple[int, bool]:
    prefix = (server_config(connection).get("overrides") or {}).get("prefix", "")
    url = "/".join(part for part in (connection.config.uri, "v1", prefix, "namespaces") if part)
    session = connection.session()
    try:
        response = session.get(url)
        document = response.json() if response.ok else {}
    except (requests.RequestException, ValueError) as error:
        raise unreachable(error, url) from error
    if response.status_code == _FORBIDDEN:
        client = connection.client_id or "(none)"
        problem = f"client {client!r} may not list the namespaces of {connection.warehouse!r}"
        raise FloeError(CATALOG_FORBIDDEN, problem, fix=CATALOG_FORBIDDEN.remedy)
    if not response.ok:
        problem = f"the list of namespaces is answered with status {response.status_code}"
        raise FloeError(CATALOG_REFUSED, problem, fix=CATALOG_REFUSED.remedy)
    return len(document.get("namespaces", ())), bool(document.get("next-page-token"))
