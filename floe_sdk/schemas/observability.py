"""The section `observability`: as a manifest writes it and as an artifact carries it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from floe_sdk.schemas.document import DocumentModel
from floe_sdk.schemas.secret import Secret

NO_PLUGIN = frozenset({"none", "noop"})
"""Exporters and transports that name no plugin."""

LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]

_SECRET_HEADER = re.compile(r"auth|cookie|key|password|secret|token|credential", re.IGNORECASE)


def _header(value: object) -> object:
    return value if isinstance(value, str) else Secret.from_reference(value)


HeaderValue = Annotated[str | Secret, BeforeValidator(_header)]
"""Text, or a reference where the header is a secret."""


class Tracing(DocumentModel):
    """Spans of a compile and a run. `exporter` names a telemetry plugin; the rest is handed to one that declares it."""

    enabled: bool = Field(default=False, description="By default true if an exporter or a telemetry plugin is named.")
    exporter: str | None = Field(
        default=None, min_length=1, description="A telemetry plugin; `none` and `noop`: no plugin."
    )
    endpoint: str | None = Field(default=None, min_length=1)
    protocol: Literal["grpc", "http", "http/protobuf"] | None = None
    headers: dict[str, HeaderValue] = Field(default_factory=dict, description="Write a secret as {env: NAME}.")
    sample_ratio: float = Field(default=1.0, ge=0, le=1, strict=True)

    @field_validator("headers", mode="after")
    @classmethod
    def _no_literal_secrets(cls, headers: dict[str, str | Secret]) -> dict[str, str | Secret]:
        for name, value in headers.items():
            if isinstance(value, str) and _SECRET_HEADER.search(name):
                raise PydanticCustomError("literal_secret", "{header} is a secret", {"header": name})
        return headers


class Lineage(DocumentModel):
    """OpenLineage events of a run. `transport` names a lineage plugin; `http` is the plugin `openlineage`."""

    enabled: bool = Field(default=False, description="By default true if a transport or a lineage plugin is named.")
    transport: str | None = Field(
        default=None, min_length=1, description="A lineage plugin; `none` and `noop`: no plugin."
    )
    endpoint: str | None = Field(default=None, min_length=1)
    namespace: str | None = Field(
        default=None, min_length=1, description="The namespace of the jobs (default: the platform's name)."
    )


class Logging(DocumentModel):
    """floe's own log."""

    level: LogLevel = "INFO"
    format: Literal["text", "json"] = "text"


class ObservabilityConfig(DocumentModel):
    """Traces, lineage and logs: all of it from the manifest, none of it from code."""

    tracing: Tracing = Tracing()
    lineage: Lineage = Lineage()
    logging: Logging = Logging()
    flush_timeout: float = Field(
        default=3.0,
        gt=0,
        le=300,
        description="Seconds that the end of a run may wait for backends of telemetry and lineage, all together.",
    )
