"""The configuration of storage `s3`; names as public manifests use them."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from floe_sdk import PluginConfig, Secret

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_NOT_IN_A_PREFIX = re.compile(r"[^A-Za-z0-9_.=/{}-]")
_URL = re.compile(r"https?://[^\s/?#@]+/?\Z")


class S3StorageConfig(PluginConfig):
    """A bucket of any S3 API, and who may reach it."""

    bucket: str = Field(description="The bucket. {environment} is not expanded in it.")
    prefix: str = Field(
        default="",
        description="Tables are placed below it; {environment}, {product_slug} and {product} are expanded.",
    )
    endpoint: str | None = Field(
        default=None, description="The server as this machine reaches it; AWS where there is none."
    )
    endpoint_internal: str | None = Field(
        default=None, description="The server as the catalog reaches it; default: `endpoint`."
    )
    region: str | None = Field(
        default=None, min_length=1, description="Default: us-east-1 with an `endpoint`; AWS is asked for the bucket's."
    )
    path_style_access: bool | None = Field(
        default=None, description="The bucket in the path instead of the host name; default: yes with an `endpoint`."
    )
    access_key_id: Secret | str | None = Field(
        default=None, description="Without one, AWS' own chain: environment, profile, container, metadata service."
    )
    secret_access_key: Secret | None = Field(default=None, description="The secret of `access_key_id`.")
    session_token: Secret | None = Field(default=None, description="The token of temporary keys.")
    profile: str | None = Field(default=None, min_length=1, description="A profile of AWS' configuration files.")
    role_arn: str | None = Field(default=None, min_length=1, description="A role to assume with these credentials.")
    role_session_name: str | None = Field(default=None, min_length=2, description="How the role's session is called.")
    external_id: str | None = Field(default=None, min_length=2, description="What the role's owner asks for.")
    sts_endpoint: str | None = Field(default=None, description="Where roles are assumed; default: AWS.")
    ca_file: str | None = Field(
        default=None,
        min_length=1,
        description="PEM file of the authority that signed the server's certificate, relative to manifest.yaml.",
    )
    sse: Literal["AES256", "aws:kms"] | None = Field(
        default=None, description="How the bucket must encrypt; a bucket that floe creates is set up like this."
    )
    sse_kms_key_id: str | None = Field(default=None, min_length=1, description="The key of `sse: aws:kms`.")
    create_bucket: bool = Field(default=False, description="Create the bucket where it is missing.")
    wait_seconds: float = Field(
        default=30.0, ge=0, le=600, description="How long to wait for a server that is still starting."
    )

    @field_validator("bucket")
    @classmethod
    def _bucket(cls, bucket: str) -> str:
        if not _BUCKET.match(bucket):
            message = f"{bucket!r} is no name of a bucket: expected 3 to 63 of a-z, 0-9, - and ., as in acme-lake"
            raise ValueError(message)
        return bucket

    @field_validator("endpoint", "endpoint_internal", "sts_endpoint")
    @classmethod
    def _address(cls, address: str | None) -> str | None:
        if address is not None and not _URL.match(address):
            message = "expected http:// or https:// and a host, perhaps a port, as in https://s3.example.com:9000"
            raise ValueError(message)
        return address

    @field_validator("prefix")
    @classmethod
    def _prefix(cls, prefix: str) -> str:
        """Other characters are legal in keys, but clients of Iceberg read them as parts of a URI, each in its way."""
        if other := sorted(set(_NOT_IN_A_PREFIX.findall(prefix))):
            shown = " ".join(map(repr, other))
            message = f"{prefix!r} holds {shown}: expected letters of ASCII, digits and _ . = - between slashes"
            raise ValueError(message)
        if {"", ".", ".."} & set(prefix.strip("/").split("/")) and prefix.strip("/"):
            message = f"{prefix!r} has a part that is empty or only dots: expected names between single slashes"
            raise ValueError(message)
        return prefix

    @model_validator(mode="after")
    def _fits(self) -> S3StorageConfig:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            message = "access_key_id and secret_access_key belong together: give both, or neither for AWS' own chain"
            raise ValueError(message)
        if self.session_token is not None and self.access_key_id is None:
            message = "session_token needs access_key_id and secret_access_key"
            raise ValueError(message)
        if self.profile is not None and self.access_key_id is not None:
            message = "profile and access_key_id contradict each other: give one of them"
            raise ValueError(message)
        if self.sse_kms_key_id is not None and self.sse != "aws:kms":
            message = "sse_kms_key_id needs sse: aws:kms"
            raise ValueError(message)
        if self.role_arn is None and (self.role_session_name or self.external_id):
            message = "role_session_name and external_id need role_arn"
            raise ValueError(message)
        return self
