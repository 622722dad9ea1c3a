"""The call for a token: to Polaris itself, or to another identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from floe_catalog_polaris.errors import origin, unreachable
from floe_catalog_polaris.tokens import Token
from floe_sdk import CATALOG_CREDENTIALS, CATALOG_ELSEWHERE, CATALOG_REALM, FloeError, redactor

if TYPE_CHECKING:
    from floe_catalog_polaris.config import OAuth2Config
    from floe_catalog_polaris.connection import Connection

REALM = "MissingOrInvalidRealm"
"""The type of Polaris' error where it does not have the realm."""

_CLIENT_FIX = "check `oauth2.client_id` and what `oauth2.client_secret` refers to ({secret}); `floe health` tries again"
_FIXES = {
    "unauthorized_client": _CLIENT_FIX,
    "invalid_client": _CLIENT_FIX,
    "invalid_scope": "set `oauth2.scope` to roles of the principal, such as PRINCIPAL_ROLE:ALL, or to what the "
    "identity provider of `oauth2.token_url` expects",
}


def fetch(connection: Connection) -> Token:
    """Ask for a token. Raises FloeError that says as whom and where it was tried, never the secret."""
    oauth2 = connection.oauth2
    if oauth2 is None:
        raise AssertionError
    form = {
        "grant_type": "client_credentials",
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
        "scope": oauth2.scope,
    }
    url = connection.token_url
    try:
        response = connection.plain_session.post(url, data=form, allow_redirects=False)
    except requests.RequestException as error:
        raise unreachable(error, url) from error
    if response.is_redirect:
        raise FloeError(
            CATALOG_ELSEWHERE,
            f"{url} sends on to {origin(response.headers['Location'])}; the client's secret was not sent there",
            fix="set `oauth2.token_url` to where the tokens really are",
        )
    document = _document(response)
    token = document.get("access_token")
    if response.ok and isinstance(token, str) and token:
        redactor.add(token)
        seconds = document.get("expires_in")
        return Token(token, float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None)
    raise _refused(response, document, connection)


def _document(response: requests.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _refused(response: requests.Response, document: dict[str, Any], connection: Connection) -> FloeError:
    problem = document.get("error")
    if isinstance(problem, dict) and problem.get("type") == REALM:
        return wrong_realm(connection)
    oauth2, url = connection.oauth2, connection.token_url
    scope = oauth2.scope if oauth2 else ""
    kind = problem if isinstance(problem, str) else f"status {response.status_code}"
    reason = ": ".join(str(part) for part in (kind, document.get("error_description")) if part)
    return FloeError(
        CATALOG_CREDENTIALS,
        f"{url} gives no token ({reason}); tried client {connection.client_id!r} with the scope {scope!r}",
        fix=_FIXES.get(kind, "check `oauth2.token_url`, the client and its secret").format(secret=_source(oauth2)),
    )


def _source(oauth2: OAuth2Config | None) -> str:
    return f"{oauth2.client_secret.scheme} {oauth2.client_secret.key}" if oauth2 else ""


def wrong_realm(connection: Connection) -> FloeError:
    """The server does not have the realm."""
    sent = f"{connection.config.realm_header}: {connection.config.realm}" if connection.config.realm else "no realm"
    return FloeError(
        CATALOG_REALM,
        f"the server at {origin(connection.config.uri)} does not know the realm (sent: {sent})",
        fix="set `realm` of catalog polaris to one that the server has; `realm_header` where its name is another",
    )
