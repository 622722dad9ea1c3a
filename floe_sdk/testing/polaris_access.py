"""Who may ask a `PolarisServer`: clients, their tokens, and the realm."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.polaris_wire import REALM_HEADER, oauth_error, unknown_realm

if TYPE_CHECKING:
    from floe_sdk.testing.traffic import Request

ALL_ROLES = "PRINCIPAL_ROLE:"


@dataclass(frozen=True)
class Client:
    """An OAuth client; one that is not `allowed` is known, and may do nothing."""

    id: str
    secret: str
    allowed: bool = True
    principal: str = ""

    @property
    def name(self) -> str:
        """Of its principal, as the server's refusals have it."""
        return self.principal or self.id


class Access:
    """The token endpoint and what its tokens are worth.

    `token_seconds` is how long a token is valid; one that is over is answered as one that never was. With
    `needs_realm` a request without the realm's header is refused; a wrong realm always is.
    """

    def __init__(self, *clients: Client, realm: str, needs_realm: bool, token_seconds: float) -> None:
        self.clients = {client.id: client for client in clients}
        self.realm = realm
        self.needs_realm = needs_realm
        self.token_seconds = token_seconds
        self.tokens: dict[str, tuple[Client, float]] = {}
        self._lock = threading.Lock()

    def realm_problem(self, request: Request) -> Answer | None:
        """The refusal of a request whose realm is missing or wrong."""
        sent = request.headers.get(REALM_HEADER)
        wrong = sent != self.realm if sent is not None else self.needs_realm
        return unknown_realm() if wrong else None

    def grant(self, request: Request) -> Answer:
        """Answer a request for a token."""
        form = request.form
        client = self.clients.get(form.get("client_id", ""))
        if form.get("grant_type") != "client_credentials":
            return oauth_error(400, "unsupported_grant_type", "The grant type is invalid")
        if not form.get("client_id") or not form.get("client_secret"):
            return oauth_error(400, "invalid_client", "The client is invalid")
        if not all(each.startswith(ALL_ROLES) and each != ALL_ROLES for each in form.get("scope", "").split(" ")):
            return oauth_error(400, "invalid_scope", "The scope is invalid")
        if client is None or client.secret != form["client_secret"]:
            return oauth_error(401, "unauthorized_client", "The client is not authorized")
        token = f"polaris-token-{secrets.token_hex(16)}"
        with self._lock:
            self.tokens[token] = client, time.monotonic() + self.token_seconds
        answer = {"access_token": token, "token_type": "bearer", "expires_in": int(self.token_seconds)}
        return Answer.of(200, {**answer, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})

    def client(self, request: Request) -> Client | None:
        """Whose valid token the request carries."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        with self._lock:
            client, until = self.tokens.get(token, (None, 0.0))
        return client if kind.lower() == "bearer" and time.monotonic() < until else None

    def revoke(self) -> None:
        """No token that was given out so far is valid any longer."""
        with self._lock:
            self.tokens.clear()
