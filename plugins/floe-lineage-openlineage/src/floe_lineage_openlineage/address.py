"""The address that events are posted to, from what the manifest and the environment say."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_lineage_openlineage.config import OpenLineageConfig

LINEAGE_API = "api/v1/lineage"


@dataclass(frozen=True)
class Address:
    """Scheme, host and port, and the path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """For messages, and to compare servers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True)
class Destination:
    """Where events go; `own_key` is whether the manifest's key is for that server."""

    address: Address
    own_key: bool


def address(url: str, *, insecure: bool, endpoint: str | None = None) -> Address:
    """Read `url`. Raises ValueError, without the address' own credentials, for one that can't or must not be used."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address such as https://marquez.example.com")
    if parts.username or parts.password:
        raise ValueError("credentials don't belong in the address: use `api_key`")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ValueError("its port is no number between 0 and 65535") from None
    if parts.scheme == "http" and not insecure and not _is_this_machine(parts.hostname):
        raise ValueError(
            f"plain http to {parts.hostname}, which is another machine, can be read on the way: use https, or set "
            "`allow_insecure_http: true`"
        )
    path = parts.path.rstrip("/")
    if endpoint is not None:
        path = f"{path}/{endpoint.lstrip('/')}"
    elif not path.endswith("/lineage"):
        path = f"{path}/{LINEAGE_API}"
    return Address(parts.scheme, parts.hostname, port, path + (f"?{parts.query}" if parts.query else ""))


def destination(config: OpenLineageConfig, environment: Mapping[str, str]) -> Destination:
    """OPENLINEAGE_URL and OPENLINEAGE_ENDPOINT before the manifest's `url`. Raises ValueError where there is none.

    The key in the manifest is for the server in the manifest: it is not sent to another one.
    """
    override, endpoint = environment.get("OPENLINEAGE_URL"), environment.get("OPENLINEAGE_ENDPOINT") or None
    insecure = config.allow_insecure_http
    if not (override or config.url):
        raise ValueError("there is no address: set `url` of lineage openlineage, or OPENLINEAGE_URL")
    if not override:
        return Destination(address(config.url or "", insecure=insecure, endpoint=endpoint), own_key=True)
    try:
        found = address(override, insecure=insecure, endpoint=endpoint)
    except ValueError as error:
        raise ValueError(f"OPENLINEAGE_URL: {error}") from None
    own = config.url is None or address(config.url, insecure=True).origin == found.origin
    return Destination(found, own_key=own)


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
