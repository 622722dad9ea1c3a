"""What LOAD and VALIDATE hand on: the effective documents of one product, and where each value came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from floe_sdk.errors import Location
    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.selection import PluginSelection
    from floe_sdk.schemas.governance import ResolvedGovernance
    from floe_sdk.schemas.manifest import Manifest
    from floe_sdk.schemas.observability import ObservabilityConfig
    from floe_sdk.schemas.spec import FloeSpec


@dataclass(frozen=True)
class Origin:
    """Where an effective value came from: a file's place, an environment variable, the command line or a default.

    `source` is for people (`manifest.yaml:12:5`, `FLOE_ENV`, `--env`, `default`); for values of a document `file` is
    its path relative to the product's root, and `key` the dotted key in it.
    """

    source: str
    file: str | None = None
    key: str | None = None
    location: Location | None = None


@dataclass(frozen=True)
class ResolvedProduct:
    """The result of `floe_sdk.project.resolve`: everything merged, nothing imported, no secret looked at.

    `origins` maps a dotted key (`governance.pii_encryption`, `observability.tracing.endpoint`, `environment`) to its
    origin. `manifest` and `spec` are the effective ones, for this environment. `approved_plugins` is None where no
    manifest narrows them. `warnings` are for people. `locate` gives the place in floe.yaml of a path such as
    `("transforms", 3, "name")`.
    """

    manifest: Manifest
    manifest_path: Path
    spec: FloeSpec
    spec_path: Path
    environment: str
    governance: ResolvedGovernance
    observability: ObservabilityConfig
    plugins: tuple[PluginSelection, ...]
    context: PluginContext
    origins: Mapping[str, Origin]
    approved_plugins: tuple[str, ...] | None = None
    resources: Mapping[str, Mapping[str, str]] | None = None
    warnings: tuple[str, ...] = ()
    locate: Callable[[tuple[str | int, ...]], Location | None] = lambda _: None

    def effective(self) -> dict[str, Any]:
        """Every effective value as plain data, secrets as references (`floe config show`)."""
        from floe_sdk.project.show import effective_values

        return effective_values(self)
