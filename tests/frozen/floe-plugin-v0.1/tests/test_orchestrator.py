"""What every orchestrator plugin promises, and what is this one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from floe_sdk.testing import OrchestratorContract
from pydantic import ValidationError

from floe_plugin_v01.orchestrator import V01OrchestratorConfig


class TestV01Orchestrator(OrchestratorContract):
    """Every test of the contract."""

    plugin = "v01"
    not_supported = {
        "workspace": "each product has a script of its own",
        "commands": "`floe run` serves a package",
    }

    @pytest.fixture
    def config(self) -> Mapping[str, Any]:
        """As it stands in manifest.yaml under `config:`."""
        return {"command": "sh"}

    @pytest.fixture
    def unreachable(self) -> Mapping[str, Any]:
        """A configuration whose command is not there."""
        return {"command": "no-such-command"}


@pytest.mark.parametrize(("config", "key"), [({"command": ""}, "command"), ({"comand": "floe"}, "comand")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01OrchestratorConfig.model_validate(config)
