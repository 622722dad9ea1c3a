"""The contract of each plugin type, one file a type."""

from floe_sdk.plugins.hookspecs.alert import AlertSpec
from floe_sdk.plugins.hookspecs.catalog import CatalogSpec
from floe_sdk.plugins.hookspecs.compute import ComputeSpec
from floe_sdk.plugins.hookspecs.lifecycle import LifecycleSpec, ObserverSpec
from floe_sdk.plugins.hookspecs.lineage import LineageSpec
from floe_sdk.plugins.hookspecs.orchestrator import OrchestratorSpec
from floe_sdk.plugins.hookspecs.policy import PolicySpec
from floe_sdk.plugins.hookspecs.secrets import SecretsSpec
from floe_sdk.plugins.hookspecs.storage import StorageSpec
from floe_sdk.plugins.hookspecs.telemetry import TelemetrySpec
from floe_sdk.plugins.hookspecs.transform import TransformSpec
from floe_sdk.plugins.types import PluginType

SPECS: dict[PluginType, type] = {
    PluginType.COMPUTE: ComputeSpec,
    PluginType.TRANSFORM: TransformSpec,
    PluginType.CATALOG: CatalogSpec,
    PluginType.STORAGE: StorageSpec,
    PluginType.ORCHESTRATOR: OrchestratorSpec,
    PluginType.TELEMETRY: TelemetrySpec,
    PluginType.LINEAGE: LineageSpec,
    PluginType.SECRETS: SecretsSpec,
    PluginType.POLICY: PolicySpec,
    PluginType.ALERT: AlertSpec,
}
"""Every type has its contract; a test holds that every type also has a plugin that works."""

__all__ = [
    "SPECS",
    "AlertSpec",
    "CatalogSpec",
    "ComputeSpec",
    "LifecycleSpec",
    "LineageSpec",
    "ObserverSpec",
    "OrchestratorSpec",
    "PolicySpec",
    "SecretsSpec",
    "StorageSpec",
    "TelemetrySpec",
    "TransformSpec",
]
