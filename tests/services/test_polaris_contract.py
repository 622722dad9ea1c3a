"""Polaris holds what every catalog holds; on the server whose address is given, or the reference server behind it."""

import os

import pytest

from floe_sdk import StorageAccess
from floe_sdk.testing import CatalogContract

PLACE = "FLOE_CONTRACT_PLACE"


class TestPolaris(CatalogContract):
    plugin = "polaris"
    impossible = (("shop", "a.b"), ("shop", "c/d"), ("shop", " e"))

    @staticmethod
    def place(context):
        return StorageAccess.model_validate_json(os.environ[PLACE])

    @pytest.fixture
    def config(self, monkeypatch, target):
        monkeypatch.setenv("SECRET", target.secret)
        monkeypatch.setenv(PLACE, target.storage.model_dump_json())
        return target.config()
