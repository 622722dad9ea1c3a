"""Any S3 API as the storage of floe."""

from floe_storage_s3.plugin import S3Storage, S3StorageConfig

__all__ = ["S3Storage", "S3StorageConfig"]
