"""The SQL catalog holds what every catalog holds."""

import pytest

from floe_sdk.testing import CatalogContract


class TestSqlite(CatalogContract):
    plugin = "sql"

    @pytest.fixture
    def config(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LAKE_URI", f"sqlite:///{tmp_path}/planted-catalog.db")
        return {"uri": {"env": "LAKE_URI"}}

    @pytest.fixture
    def unreachable(self, monkeypatch):
        monkeypatch.setenv("AWAY_URI", "postgresql://floe:planted-hunter2@127.0.0.1:1/lake")
        return {"uri": {"env": "AWAY_URI"}}
