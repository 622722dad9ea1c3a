"""What every secrets plugin promises, and what is this one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from floe_sdk.testing import SecretsContract
from pydantic import ValidationError

from floe_plugin_v01.secrets import V01SecretsConfig


class TestV01Secrets(SecretsContract):
    """Every test of the contract."""

    plugin = "v01"

    @pytest.fixture
    def stored(self, tmp_path: Path) -> tuple[str, str]:
        """A key and its value, which is in the store when a test begins."""
        (tmp_path / "secrets.json").write_text(json.dumps({"password": "planted-value"}))
        return "password", "planted-value"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        """As it stands in manifest.yaml under `config:`; what it refers to is there."""
        return {"path": str(tmp_path / "secrets.json")}


@pytest.mark.parametrize(("config", "key"), [({}, "path"), ({"path": ""}, "path"), ({"pth": "x"}, "pth")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01SecretsConfig.model_validate(config)
