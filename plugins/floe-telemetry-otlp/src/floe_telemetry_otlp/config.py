"""The configuration of telemetry `otlp`."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from floe_sdk import PluginConfig, Secret

Signal = Literal["traces", "metrics", "logs"]
_SECRET_HEADER = re.compile(r"auth|cookie|key|password|secret|token|credential", re.IGNORECASE)


class OtlpConfig(PluginConfig):
    """Where the collector is; `OTEL_EXPORTER_OTLP_*` variables win over what stands here."""

    endpoint: str | None = Field(
        default=None,
        min_length=1,
        description="The collector, such as `http://localhost:4318`; `/v1/traces` and the like are added for HTTP. "
        "Default: OpenTelemetry's, this machine.",
    )
    protocol: Literal["grpc", "http", "http/protobuf"] | None = Field(
        default=None, description="Default: gRPC where the port is 4317 or no scheme is given, else HTTP."
    )
    headers: dict[str, Secret | str] = Field(
        default_factory=dict, description="Sent with every request; a key or a token as a secret reference."
    )
    compression: Literal["none", "gzip"] = Field(default="none", description="Of what is sent.")
    timeout: float = Field(
        default=10.0, gt=0, description="Seconds that sending a batch may take, with what is tried again."
    )
    metrics: bool = Field(default=True, description="Send metrics too. A backend without them is left alone by itself.")
    logs: bool = Field(default=True, description="Send log lines too; as above.")
    ca_file: str | None = Field(
        default=None, min_length=1, description="Certificates to trust (PEM), relative to manifest.yaml."
    )
    client_certificate: str | None = Field(
        default=None, min_length=1, description="This client's certificate (PEM), relative to manifest.yaml."
    )
    client_key: str | None = Field(
        default=None, min_length=1, description="Its key's file (PEM), relative to manifest.yaml."
    )
    insecure: bool = Field(default=False, description="Without TLS, for gRPC to an endpoint that gives no scheme.")

    @field_validator("endpoint")
    @classmethod
    def _address(cls, endpoint: str | None) -> str | None:
        """A password that stands in the file is a literal secret."""
        if endpoint is None:
            return None
        try:
            parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
            known = parts.scheme in ("", "http", "https") and parts.hostname and (parts.port or True)
        except ValueError:
            known = False
        if not known:
            raise PydanticCustomError("endpoint", "expected http://HOST:PORT, https://HOST:PORT or HOST:PORT")
        if parts.password:
            raise PydanticCustomError("literal_secret", "the address holds a password: use `headers`")
        return endpoint

    @field_validator("headers")
    @classmethod
    def _no_literal_secrets(cls, headers: dict[str, Secret | str]) -> dict[str, Secret | str]:
        for name, value in headers.items():
            if isinstance(value, str) and _SECRET_HEADER.search(name):
                raise PydanticCustomError("literal_secret", "{header} is a secret", {"header": name})
        return headers
