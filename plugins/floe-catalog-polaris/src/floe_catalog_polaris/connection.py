"""A connection: the settings of one catalog, its tokens, and sessions that speak HTTP for it."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import requests
from requests.auth import AuthBase

from floe_catalog_polaris.session import BEARER, PinnedSession, TimedSession, adapter
from floe_catalog_polaris.tokens import Tokens
from floe_sdk import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from floe_catalog_polaris.config import OAuth2Config, PolarisConfig
    from floe_catalog_polaris.tokens import Token

_Session = TypeVar("_Session", bound=requests.Session)


class Connection:
    """What every call to one server shares; usable from several threads.

    `timeout` caps both timeouts and switches retries off: a check of health must end in time.
    """

    def __init__(self, config: PolarisConfig, expand: Callable[[str], str], timeout: float | None = None) -> None:
        self.config = config
        self.warehouse = expand(config.warehouse)
        self.max_retries = config.max_retries if timeout is None else 0
        self._cap = timeout
        self._sessions: list[requests.Session] = []
        self._lock = threading.Lock()
        self.tokens = Tokens(self._token, config.oauth2.refresh_margin_seconds) if config.oauth2 else None

    @property
    def oauth2(self) -> OAuth2Config | None:
        """The client, where the server asks for one."""
        return self.config.oauth2

    @cached_property
    def client_id(self) -> str:
        """The client's id; revealed where it is a secret."""
        known = self.config.oauth2.client_id if self.config.oauth2 else ""
        return known.reveal() if isinstance(known, Secret) else known

    @property
    def client_secret(self) -> str:
        """The client's secret, looked up now."""
        return self.config.oauth2.client_secret.reveal() if self.config.oauth2 else ""

    @property
    def token_url(self) -> str:
        """Where tokens are had: always said outright, never left to a client's default."""
        own = self.config.oauth2.token_url if self.config.oauth2 else None
        return own or f"{self.config.uri}/v1/oauth/tokens"

    @property
    def timeouts(self) -> tuple[float, float]:
        """For a connection, and for an answer."""
        limits = (self.config.connect_timeout_seconds, self.config.read_timeout_seconds)
        return limits if self._cap is None else (min(limits[0], self._cap), min(limits[1], self._cap))

    @property
    def headers(self) -> dict[str, str]:
        """Of every call, those for tokens too."""
        return {self.config.realm_header: self.config.realm} if self.config.realm else {}

    def session(self, origin_url: str | None = None) -> PinnedSession:
        """A session that authenticates itself, for the server of `origin_url` (default: the catalog's) alone."""
        session = PinnedSession(self, origin_url or self.config.uri)
        session.auth = _Bearer(self.tokens)
        return self._kept(session)

    @cached_property
    def plain_session(self) -> requests.Session:
        """The session for the token endpoint: without a token, and without what a .netrc would add."""
        session = TimedSession(self.timeouts)
        session.mount("http://", adapter(self.max_retries, every_method=True))
        session.mount("https://", adapter(self.max_retries, every_method=True))
        session.headers.update(self.headers)
        session.auth = _Bearer(None)
        return self._kept(session)

    def close(self) -> None:
        """Close every session."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def _token(self) -> Token:
        from floe_catalog_polaris.oauth import fetch

        return fetch(self)

    def _kept(self, session: _Session) -> _Session:
        with self._lock:
            self._sessions.append(session)
        return session


class _Bearer(AuthBase):
    """Sends the present token; with None, nothing, and keeps requests from looking into a .netrc."""

    def __init__(self, tokens: Tokens | None) -> None:
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._tokens is not None:
            request.headers["Authorization"] = f"{BEARER}{self._tokens.get()}"
        return request
