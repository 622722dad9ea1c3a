import pytest

from floe_sdk import ResolvedGovernance
from floe_sdk.testing import PolicyContract


class TestBuiltinPolicy(PolicyContract):
    plugin = "builtin"

    @pytest.fixture
    def governance(self):
        gates = {"minimum_test_coverage": 100, "require_descriptions": True, "require_column_descriptions": True}
        return ResolvedGovernance.model_validate({"quality_gates": gates})
