"""What every storage plugin promises, and what is this one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from floe_sdk.testing import StorageContract
from pydantic import ValidationError

from floe_plugin_v01.storage import V01StorageConfig


class TestV01Storage(StorageContract):
    """Every test of the contract."""

    plugin = "v01"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        """As it stands in manifest.yaml under `config:`; what it refers to is there."""
        return {"path": str(tmp_path / "lake")}


@pytest.mark.parametrize(("config", "key"), [({}, "path"), ({"path": ""}, "path"), ({"pth": "lake"}, "pth")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01StorageConfig.model_validate(config)
