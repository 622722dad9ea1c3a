"""For the authors of plugins: contract suites to inherit, and servers that speak the real protocol and misbehave.

Importing this needs the standard library alone; the suites, imported when they are named, need pytest
(`pip install "floe-sdk[testing]"`). Nothing of it is imported by `floe` itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.testing.contracts.alert import AlertContract as AlertContract
    from floe_sdk.testing.contracts.base import PluginContract as PluginContract
    from floe_sdk.testing.contracts.catalog import CatalogContract as CatalogContract
    from floe_sdk.testing.contracts.compute import ComputeContract as ComputeContract
    from floe_sdk.testing.contracts.lineage import LineageContract as LineageContract
    from floe_sdk.testing.contracts.orchestrator import OrchestratorContract as OrchestratorContract
    from floe_sdk.testing.contracts.policy import PolicyContract as PolicyContract
    from floe_sdk.testing.contracts.secrets import SecretsContract as SecretsContract
    from floe_sdk.testing.contracts.storage import StorageContract as StorageContract
    from floe_sdk.testing.contracts.telemetry import TelemetryContract as TelemetryContract
    from floe_sdk.testing.contracts.transform import TransformContract as TransformContract
    from floe_sdk.testing.faults import Answer as Answer
    from floe_sdk.testing.faults import Change as Change
    from floe_sdk.testing.faults import Cut as Cut
    from floe_sdk.testing.faults import Fault as Fault
    from floe_sdk.testing.faults import Instead as Instead
    from floe_sdk.testing.faults import Slow as Slow
    from floe_sdk.testing.faults import redirect as redirect
    from floe_sdk.testing.loading import loaded as loaded
    from floe_sdk.testing.openlineage import EVENTS as EVENTS
    from floe_sdk.testing.openlineage import Flapping as Flapping
    from floe_sdk.testing.openlineage import LineageServer as LineageServer
    from floe_sdk.testing.polaris import PolarisServer as PolarisServer
    from floe_sdk.testing.polaris import offering as offering
    from floe_sdk.testing.polaris import overriding as overriding
    from floe_sdk.testing.polaris import repeated_page_token as repeated_page_token
    from floe_sdk.testing.proxy import FaultProxy as FaultProxy
    from floe_sdk.testing.traffic import ANY as ANY
    from floe_sdk.testing.traffic import Calls as Calls
    from floe_sdk.testing.traffic import Request as Request
    from floe_sdk.testing.traffic import Rule as Rule

_CONTRACTS = {
    "AlertContract": "alert",
    "LineageContract": "lineage",
    "PluginContract": "base",
    "CatalogContract": "catalog",
    "ComputeContract": "compute",
    "PolicyContract": "policy",
    "SecretsContract": "secrets",
    "OrchestratorContract": "orchestrator",
    "StorageContract": "storage",
    "TransformContract": "transform",
    "TelemetryContract": "telemetry",
}
"""The suites, by the module that holds each."""

_PUBLIC = {
    **{name: f"contracts.{module}" for name, module in _CONTRACTS.items()},
    **dict.fromkeys(("Answer", "Change", "Cut", "Fault", "Instead", "Slow", "redirect"), "faults"),
    "loaded": "loading",
    **dict.fromkeys(("EVENTS", "Flapping", "LineageServer"), "openlineage"),
    **dict.fromkeys(("PolarisServer", "offering", "overriding", "repeated_page_token"), "polaris"),
    "FaultProxy": "proxy",
    **dict.fromkeys(("ANY", "Calls", "Request", "Rule"), "traffic"),
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        message = f"module 'floe_sdk.testing' has no attribute {name!r}"
        raise AttributeError(message)
    if name in _CONTRACTS:
        import pytest

        pytest.register_assert_rewrite("floe_sdk.testing.contracts")
    value = getattr(import_module(f"floe_sdk.testing.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
