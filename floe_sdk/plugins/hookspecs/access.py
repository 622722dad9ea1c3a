"""The typed way to a platform's plugins: what a call of each type is checked against."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.hookspecs import (
        AlertSpec,
        CatalogSpec,
        ComputeSpec,
        LifecycleSpec,
        LineageSpec,
        OrchestratorSpec,
        PolicySpec,
        SecretsSpec,
        StorageSpec,
        TelemetrySpec,
        TransformSpec,
    )


class TypedAccess(ABC):
    """A property or a method for each type; a type that takes one plugin and has none is FLOE-P010."""

    @abstractmethod
    def _hooks(self, kind: PluginType, name: str | None = None) -> Any:
        """The hooks of the plugin of that name, or of the first of the type; raises where there is none."""

    @abstractmethod
    def _of_type(self, kind: PluginType) -> Mapping[str, Any]:
        """The hooks of the selected plugins of a type by name, in the manifest's order."""

    @property
    def storage(self) -> StorageSpec:
        """The storage plugin."""
        return cast("StorageSpec", self._hooks(PluginType.STORAGE))

    @property
    def catalog(self) -> CatalogSpec:
        """The catalog plugin."""
        return cast("CatalogSpec", self._hooks(PluginType.CATALOG))

    @property
    def transform(self) -> TransformSpec:
        """The transform plugin."""
        return cast("TransformSpec", self._hooks(PluginType.TRANSFORM))

    @property
    def orchestrator(self) -> OrchestratorSpec:
        """The orchestrator plugin."""
        return cast("OrchestratorSpec", self._hooks(PluginType.ORCHESTRATOR))

    def compute(self, name: str | None = None) -> ComputeSpec:
        """The compute plugin of that name, or the first that the manifest selects."""
        return cast("ComputeSpec", self._hooks(PluginType.COMPUTE, name))

    @overload
    def each(self, kind: Literal[PluginType.COMPUTE]) -> list[tuple[str, ComputeSpec]]: ...
    @overload
    def each(self, kind: Literal[PluginType.TELEMETRY]) -> list[tuple[str, TelemetrySpec]]: ...
    @overload
    def each(self, kind: Literal[PluginType.LINEAGE]) -> list[tuple[str, LineageSpec]]: ...
    @overload
    def each(self, kind: Literal[PluginType.SECRETS]) -> list[tuple[str, SecretsSpec]]: ...
    @overload
    def each(self, kind: Literal[PluginType.POLICY]) -> list[tuple[str, PolicySpec]]: ...
    @overload
    def each(self, kind: Literal[PluginType.ALERT]) -> list[tuple[str, AlertSpec]]: ...
    def each(self, kind: PluginType) -> list[tuple[str, Any]]:
        """Name and hooks of each selected plugin of a type that takes many, in the manifest's order."""
        return list(self._of_type(kind).items())

    def lifecycle(self, identity: str) -> LifecycleSpec:
        """The hooks that every plugin may have, of the plugin `type/name`."""
        kind, _, name = identity.partition("/")
        return cast("LifecycleSpec", self._hooks(PluginType(kind), name))
