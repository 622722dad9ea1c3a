"""Polaris holds what every catalog holds; on the server whose address is given, or the reference server behind it."""

import os

import pytest
from support.polaris import connected
from support.polaris_given import clearing, differences, is_given

from floe_sdk import StorageAccess
from floe_sdk.testing import CatalogContract

PLACE = "FLOE_CONTRACT_PLACE"


class TestPolaris(CatalogContract):
    plugin = "polaris"
    slack_seconds = 4.0  # two workers and their servers share the machine
    impossible = (("shop", "a.b"), ("shop", "c/d"), ("shop", " e"))

    @staticmethod
    def place(context):
        return StorageAccess.model_validate_json(os.environ[PLACE])

    @pytest.fixture
    def config(self, monkeypatch, target):
        monkeypatch.setenv("SECRET", target.secret)
        monkeypatch.setenv(PLACE, target.storage.model_dump_json())
        return target.config()

    @pytest.fixture
    def namespace(self, target, unique):
        yield unique
        with connected(target) as catalog, clearing(catalog, target, unique):
            pass

    @pytest.fixture(autouse=True)
    def _left_as_it_is(self, request):
        """A catalog of somebody's that is not as it would be provisioned is not changed by tests."""
        if is_given() and ("provision" in request.node.name or "dry_run" in request.node.name) and differences():
            pytest.skip(f"the given catalog is not as it would be provisioned: {'; '.join(differences())}")
