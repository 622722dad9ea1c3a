"""What every policy plugin promises, and what is this one's own."""

from __future__ import annotations

import pytest
from floe_sdk.testing import PolicyContract
from pydantic import ValidationError

from floe_plugin_v01.policy import V01PolicyConfig


class TestV01Policy(PolicyContract):
    """Every test of the contract."""

    plugin = "v01"


@pytest.mark.parametrize(("config", "key"), [({"field": ""}, "field"), ({"feild": "team"}, "feild")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01PolicyConfig.model_validate(config)
