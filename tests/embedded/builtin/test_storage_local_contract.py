import pytest

from floe_sdk.testing import StorageContract


class TestLocalStorage(StorageContract):
    plugin = "local"

    @pytest.fixture
    def config(self):
        return {"path": "lake"}
