"""Storage `s3` on a real server, held to the contract of storages."""

import pytest

from floe_sdk.testing import StorageContract


class TestS3(StorageContract):
    plugin = "s3"
    slack_seconds = 4.0  # two workers and their servers share the machine

    @pytest.fixture
    def config(self, s3_server, bucket, monkeypatch):
        monkeypatch.setenv("LAKE_KEY", s3_server.secret_access_key)
        return {
            "bucket": bucket,
            "prefix": "{environment}/tables",
            "endpoint": s3_server.endpoint,
            "access_key_id": s3_server.access_key_id,
            "secret_access_key": {"env": "LAKE_KEY"},
        }
