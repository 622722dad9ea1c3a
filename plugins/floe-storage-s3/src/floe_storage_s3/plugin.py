"""The plugin: where tables are in the bucket, how they are reached, and that the bucket is ready for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from floe_sdk import FloeError, Health, PluginContext, Secret, StorageAccess, hookimpl
from floe_storage_s3.config import S3StorageConfig

if TYPE_CHECKING:
    from floe_storage_s3.bucket import Bucket

__all__ = ["S3Storage", "S3StorageConfig"]

FILE_IO = "floe_storage_s3.file_io.S3FileIO"
_DEFAULT_REGION = "us-east-1"


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
        """The bucket is there, or is created where that is asked for; waits for a server that is still starting."""
        self._bucket().make_ready(self.config.create_bucket, min(self.config.wait_seconds, timeout))

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """Write, read and delete one object below the prefix."""
        started = time.monotonic()
        where = f"s3://{self.config.bucket}/{self._prefix()}"
        try:
            details = self._bucket(timeout).round_trip(self._prefix())
        except FloeError as error:
            return Health(ok=False, message=error.problem, seconds=time.monotonic() - started)
        message = f"wrote, read and deleted an object in {where}"
        return Health(ok=True, message=message, seconds=time.monotonic() - started, details=details)

    def _bucket(self, timeout: float | None = None) -> Bucket:
        from floe_storage_s3.bucket import Bucket

        access = self.storage_access()
        properties = {
            key: value.reveal() if isinstance(value, Secret) else value for key, value in access.file_io.items()
        }
        return Bucket(self.config.bucket, properties, timeout)

    def _virtual(self) -> str:
        path_style = self.config.path_style_access
        if path_style is None:
            path_style = self.config.endpoint is not None
        return "false" if path_style else "true"

    def _prefix(self) -> str:
        prefix = self.context.expand(self.config.prefix).strip("/")
        return f"{prefix}/" if prefix else ""
