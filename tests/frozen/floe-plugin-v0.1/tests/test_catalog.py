"""What every catalog plugin promises, and what is this one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from floe_sdk.testing import CatalogContract
from pydantic import ValidationError

from floe_plugin_v01.catalog import V01CatalogConfig


class TestV01Catalog(CatalogContract):
    """Every test of the contract."""

    plugin = "v01"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        """As it stands in manifest.yaml under `config:`; what it refers to is there."""
        return {"path": str(tmp_path / "catalog.db")}


@pytest.mark.parametrize(("config", "key"), [({"namespace": ""}, "namespace"), ({"pth": "x"}, "pth")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01CatalogConfig.model_validate(config)
