"""The configuration of lineage `openlineage`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from floe_lineage_openlineage.address import address
from floe_sdk import PluginConfig, Secret

if TYPE_CHECKING:
    from typing_extensions import Self

_SECRET_PROPERTY = re.compile(r"password|secret|token|\.pem$|oauthbearer\.config", re.IGNORECASE)


def _plain_or_secret(value: Any) -> Any:
    return value if isinstance(value, str) else Secret.from_reference(value)


Name = Annotated[str | Secret, BeforeValidator(_plain_or_secret)]


class KafkaConfig(PluginConfig):
    """A topic of Kafka that takes the events, in the order of each run."""

    bootstrap_servers: str = Field(min_length=1, description="`host:port`, several with commas between.")
    topic: str = Field(default="openlineage.events", min_length=1, description="The topic; {environment} is expanded.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="As Kafka's clients call it."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="How `sasl_username` and `sasl_password` are proven."
    )
    sasl_username: Name | None = Field(default=None, description="The user; a secret reference where it is secret.")
    sasl_password: Secret | None = Field(default=None, description="The user's password.")
    certificate_file: str | None = Field(
        default=None, description="The client's own certificate (PEM), relative to manifest.yaml."
    )
    key_file: str | None = Field(default=None, description="Its private key (PEM), relative to manifest.yaml.")
    key_password: Secret | None = Field(default=None, description="The password of `key_file`.")
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        default="none", description="How messages are compressed."
    )
    properties: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="More settings of the client (librdkafka's names); no secrets."
    )

    @field_validator("properties")
    @classmethod
    def _no_secrets(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if _SECRET_PROPERTY.search(name):
                raise ValueError(f"{name} is a secret: use `sasl_password`, `key_file` and `key_password`")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (self.sasl_mechanism and self.sasl_password):
            raise ValueError(f"{self.security_protocol} needs `sasl_mechanism`, `sasl_username` and `sasl_password`")
        return self


class OpenLineageConfig(PluginConfig):
    """Where the events go, and how: to `url` by HTTP, or to `kafka`."""

    allow_insecure_http: bool = Field(
        default=False, description="Allow plain http to another machine: events and `api_key` can be read on the way."
    )
    url: str | None = Field(
        default=None,
        description="The server, such as https://marquez.example.com; `/api/v1/lineage` is added where the address "
        "does not end with `/lineage`. OPENLINEAGE_URL wins.",
    )
    api_key: Secret | None = Field(default=None, description="Sent as a bearer token. OPENLINEAGE_API_KEY wins.")
    verify_ssl: bool = Field(default=True, description="Whether the server's certificate is checked.")
    ca_file: str | None = Field(
        default=None, description="The authorities to trust (PEM), relative to manifest.yaml. Default: the system's."
    )
    gzip: bool = Field(default=False, description="Compress what is sent by HTTP.")
    timeout: float = Field(default=5.0, gt=0, le=60, description="Seconds that connecting or an answer may take.")
    drain_timeout: float | None = Field(
        default=None,
        ge=0,
        description="Seconds that sending may take at the end of a run. Default: what the run allows, which also is "
        "the most. What is left is sent by the next run.",
    )
    environment: str | None = Field(
        default=None, description="The environment that this server is for; a run of another one is told so."
    )
    kafka: KafkaConfig | None = Field(default=None, description="Send to a topic of Kafka instead of `url`.")

    @field_validator("url")
    @classmethod
    def _reachable(cls, value: str | None, info: Any) -> str | None:
        if value is not None:
            address(value, insecure=info.data.get("allow_insecure_http", False))
        return value

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.url and self.kafka:
            raise ValueError("`url` and `kafka` are two ways: keep one")
        return self
