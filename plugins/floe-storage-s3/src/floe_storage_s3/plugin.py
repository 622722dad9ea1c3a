"""The plugin: where tables are in the bucket, how they are reached, and that the bucket is ready for them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from floe_sdk import (
    KEYS_FROM_CATALOG,
    STORAGE_BUCKET_MISSING,
    STORAGE_CREDENTIALS,
    STORAGE_DENIED,
    FloeError,
    Health,
    PluginContext,
    Secret,
    StorageAccess,
    hookimpl,
)
from floe_storage_s3.config import S3StorageConfig

if TYPE_CHECKING:
    from floe_storage_s3.bucket import Bucket

__all__ = ["S3Storage", "S3StorageConfig"]

FILE_IO = "floe_storage_s3.file_io.S3FileIO"
_DEFAULT_REGION = "us-east-1"
_NOT_ALLOWED = (STORAGE_CREDENTIALS, STORAGE_DENIED)


class S3Storage:
    """Tables in a bucket; shared by all machines and products that name it."""

    def __init__(self, config: S3StorageConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context

    @hookimpl
    def storage_access(self) -> StorageAccess:
        """The bucket and prefix, and Iceberg's FileIO properties."""
        config = self.config
        region = config.region or (_DEFAULT_REGION if config.endpoint else None)
        properties: dict[str, Any] = {
            "py-io-impl": FILE_IO,
            "s3.endpoint": config.endpoint.rstrip("/") if config.endpoint else None,
            "s3.region": region,
            "s3.force-virtual-addressing": self._virtual(),
            "s3.access-key-id": config.access_key_id,
            "s3.secret-access-key": config.secret_access_key,
            "s3.session-token": config.session_token,
            "s3.profile-name": config.profile,
            "s3.role-arn": config.role_arn,
            "s3.role-session-name": config.role_session_name,
            "client.assume-role.external-id": config.external_id,
            "s3.sts-endpoint": config.sts_endpoint,
            "s3.ca-file": str(self.context.platform_root / config.ca_file) if config.ca_file else None,
            "s3.server-side-encryption": config.sse,
            "s3.sse-kms-key-id": config.sse_kms_key_id,
        }
        held = {key: value for key, value in properties.items() if value is not None}
        internal = config.endpoint_internal.rstrip("/") if config.endpoint_internal else None
        return StorageAccess(root=f"s3://{config.bucket}/{self._prefix()}", file_io=held, endpoint_internal=internal)

    @hookimpl
    def storage_ready(self, timeout: float) -> None:
        """The bucket is there, or is created where that is asked for; waits for a server that is still starting.

        Who has no keys of their own may not be able to tell: the catalog may hand out keys for each table. If it does
        not, the first table says so.
        """
        try:
            self._bucket(timeout).make_ready(self.config.create_bucket, self.config.wait_seconds)
        except FloeError as error:
            if self._has_keys or self.config.create_bucket or error.code not in _NOT_ALLOWED:
                raise

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Write, read and delete one object below the prefix."""
        started = time.monotonic()
        try:
            details = self._bucket(timeout).round_trip(self._prefix())
        except FloeError as error:
            if error.code in _NOT_ALLOWED and not self._has_keys:
                return self._health_without_keys(error, timeout - (time.monotonic() - started))
            return replace(Health.fault(error, time.monotonic() - started), fix=self._fix(error))
        message = f"wrote, read and deleted an object in s3://{self.config.bucket}/{self._prefix()}"
        return Health(ok=True, message=message, seconds=time.monotonic() - started, details=details)

    def _health_without_keys(self, refused: FloeError, timeout: float) -> Health:
        """That the bucket is there, which S3 tells anybody; to write is up to the catalog's keys."""
        started = time.monotonic()
        try:
            self._bucket(timeout, anonymous=True).look_for()
        except FloeError as error:
            if error.code not in _NOT_ALLOWED:
                return replace(Health.fault(error, time.monotonic() - started), fix=self._fix(error))
        message = f"the bucket is there; keys must come from the catalog: {refused.problem}"
        details = {KEYS_FROM_CATALOG: refused.problem}
        took = time.monotonic() - started
        return Health(True, message, took, details, fix=refused.fix, code=refused.code.id)

    @property
    def _has_keys(self) -> bool:
        """Whether the configuration says whose credentials to use, rather than leave it to AWS' chain."""
        config = self.config
        return any(each is not None for each in (config.access_key_id, config.profile, config.role_arn))

    def _fix(self, error: FloeError) -> str | None:
        """What to do, where this configuration says more about it than the error itself."""
        if error.code is STORAGE_BUCKET_MISSING and self.config.create_bucket:
            return (
                "the next `floe run` creates it (`create_bucket: true`), unless `bucket` is not the one that was meant"
            )
        of_keys = error.code is STORAGE_CREDENTIALS and "access_key_id" in (error.fix or "")
        if of_keys and isinstance(self.config.secret_access_key, Secret):
            names = ("access_key_id", "secret_access_key", "session_token")
            given = {name: getattr(self.config, name) for name in names}
            told = [f"`{name}` ({_source(value)})" for name, value in given.items() if value is not None]
            return f"correct what the storage's {', '.join(told)} refer to"
        return error.fix

    def _bucket(self, timeout: float | None = None, *, anonymous: bool = False) -> Bucket:
        from floe_storage_s3.bucket import Bucket

        access = self.storage_access()
        properties = {
            key: value.reveal() if isinstance(value, Secret) else value for key, value in access.file_io.items()
        }
        return Bucket(self.config.bucket, {**properties, "s3.anonymous": str(anonymous).lower()}, timeout)

    def _virtual(self) -> str:
        path_style = self.config.path_style_access
        if path_style is None:
            path_style = self.config.endpoint is not None
        return "false" if path_style else "true"

    def _prefix(self) -> str:
        prefix = self.context.expand(self.config.prefix).strip("/")
        return f"{prefix}/" if prefix else ""


def _source(value: Secret | str) -> str:
    return f"{value.scheme} {value.key}" if isinstance(value, Secret) else value
