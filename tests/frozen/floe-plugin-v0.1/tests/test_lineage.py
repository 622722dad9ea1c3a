"""What every lineage plugin promises, and what is this one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from floe_sdk.testing import LineageContract
from pydantic import ValidationError

from floe_plugin_v01.lineage import V01LineageConfig


class TestV01Lineage(LineageContract):
    """Every test of the contract."""

    plugin = "v01"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        """As it stands in manifest.yaml under `config:`; what it refers to is there."""
        return {"path": str(tmp_path / "events.jsonl")}

    @pytest.fixture
    def received(self, tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
        """Gives the events that have arrived."""
        file = tmp_path / "events.jsonl"
        return lambda: [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize(("config", "key"), [({"path": ""}, "path"), ({"pth": "x"}, "pth")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01LineageConfig.model_validate(config)
