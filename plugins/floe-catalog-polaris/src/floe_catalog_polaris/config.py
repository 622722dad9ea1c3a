"""The configuration of catalog `polaris`."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from floe_sdk import PluginConfig, Secret

CATALOG_API = "/api/catalog"
MANAGEMENT_API = "/api/management/v1"


class OAuth2Config(PluginConfig):
    """The OAuth2 client (client credentials) by which runs reach the catalog."""

    client_id: Secret | str = Field(description="The client's id; a secret reference where it shall not be seen.")
    client_secret: Secret = Field(description="The client's secret.")
    scope: str = Field(
        default="PRINCIPAL_ROLE:ALL",
        description="The scope that is asked for: Polaris' roles, or what another identity provider expects.",
    )
    token_url: str | None = Field(
        default=None, description="Token endpoint of another identity provider. Default: Polaris' own, below `uri`."
    )
    refresh_margin_seconds: float = Field(
        default=60, ge=0, description="How long before its end a token is renewed; at most half of its life."
    )

    @field_validator("token_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return _http(value)


class PolarisConfig(PluginConfig):
    """Where the server is, and as whom it is asked."""

    uri: str = Field(description="The catalog's API, such as `https://polaris.example.com/api/catalog`.")
    warehouse: str = Field(
        min_length=1, description="The catalog's name in Polaris; {environment} and {product_slug} are expanded."
    )
    namespace: str = Field(
        default="{product_slug}",
        min_length=1,
        description="Namespace of a product's tables; {product_slug}, {product} and {environment} are expanded.",
    )
    oauth2: OAuth2Config | None = Field(default=None, description="None: the server asks for no credentials.")
    realm: str | None = Field(default=None, description="Polaris' realm, sent with every call. Default: the server's.")
    realm_header: str = Field(default="Polaris-Realm", description="The header that names the realm.")
    connect_timeout_seconds: float = Field(default=10, gt=0, description="How long a connection may take.")
    read_timeout_seconds: float = Field(
        default=60, gt=0, description="How long the server may think; no call that took longer is tried again."
    )
    max_retries: int = Field(
        default=3, ge=0, description="How often a call that changes nothing, or was not heard, is tried again."
    )
    credential_vending_enabled: bool | None = Field(
        default=None,
        description="Whether the server hands out the credentials for a table's files. Default: it does where the "
        "storage is an object store and has no keys of its own.",
    )
    management_uri: str | None = Field(
        default=None,
        description="Polaris' management API, for `floe catalog provision`. Default: beside `uri` on the same server.",
    )
    storage_role_arn: str | None = Field(
        default=None, description="AWS role that the server assumes to hand out credentials; for provisioning."
    )
    storage_external_id: str | None = Field(default=None, description="The external id of that role.")

    @field_validator("uri", "management_uri")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        return _http(value)

    @property
    def management(self) -> str | None:
        """The management API's address, without "/" at its end; None where it can't be told from `uri`."""
        if self.management_uri is None:
            base, api, rest = self.uri.partition(CATALOG_API)
            return base + MANAGEMENT_API if api and not rest else None
        if urlsplit(self.management_uri).path in ("", "/api/management"):
            return self.management_uri.partition("/api/management")[0] + MANAGEMENT_API
        return self.management_uri


def _http(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a URL such as https://host:8181/path")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected a URL without credentials, query or fragment")
    return value.rstrip("/")
