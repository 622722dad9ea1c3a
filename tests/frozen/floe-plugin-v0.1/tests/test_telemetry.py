"""What every telemetry plugin promises, and what is this one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from floe_sdk.testing import TelemetryContract
from pydantic import ValidationError

from floe_plugin_v01.telemetry import V01TelemetryConfig


class TestV01Telemetry(TelemetryContract):
    """Every test of the contract."""

    plugin = "v01"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        """As it stands in manifest.yaml under `config:`; what it refers to is there."""
        return {"path": str(tmp_path / "spans.jsonl")}

    @pytest.fixture
    def received(self, tmp_path: Path) -> Callable[[], list[str]]:
        """Gives the names of the spans that have arrived."""
        file = tmp_path / "spans.jsonl"
        return lambda: [json.loads(line)["name"] for line in file.read_text().splitlines()]


@pytest.mark.parametrize(("config", "key"), [({"path": ""}, "path"), ({"pth": "x"}, "pth")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01TelemetryConfig.model_validate(config)
