"""What every compute plugin promises, and what is this one's own."""

from __future__ import annotations

import pytest
from floe_sdk.testing import ComputeContract
from pydantic import ValidationError

from floe_plugin_v01.compute import V01ComputeConfig


class TestV01Compute(ComputeContract):
    """Every test of the contract."""

    plugin = "v01"
    not_supported = {"unreachable": "SQL runs in the process of the run: there is no server that could be away"}


@pytest.mark.parametrize(("config", "key"), [({"threads": 0}, "threads"), ({"thread": 1}, "thread")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01ComputeConfig.model_validate(config)
