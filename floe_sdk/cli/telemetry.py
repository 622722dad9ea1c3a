"""Telemetry of the commands that compile or run: turned on once the plugins are known, flushed at the end."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from floe_sdk.cli.output import echo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from floe_sdk.observability.spans import Span
    from floe_sdk.observability.telemetry import TelemetryProvider
    from floe_sdk.plugins.host import Platform
    from floe_sdk.project.resolved import ResolvedProduct
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.observability import ObservabilityConfig

COMPILE_SHARE = 0.1
"""A compile waits for backends a tenth of what a run may wait: it is over in a moment, and is done again often."""


class CommandTelemetry:
    """A context manager around a command: everything in it is one trace, below a span of the command's name."""

    def __init__(self, name: str, *, share: float = 1.0, run_id: str | None = None) -> None:
        self._name = name
        self._share = share
        self._run_id = run_id
        self._began = datetime.now(timezone.utc)
        self._provider: TelemetryProvider | None = None
        self._span: Span | None = None
        self._above: Span | None = None
        self._unwatch: Callable[[], None] = lambda: None
        self._timeout = 0.0

    def compiling(self, product: ResolvedProduct, platform: Platform) -> None:
        """The `started` of `compile_product`."""
        from floe_sdk.compilation.compile import resource_attributes_of

        self._start(product.observability, platform, resource_attributes_of(product))

    def running(self, artifacts: CompiledArtifacts, platform: Platform) -> None:
        """An artifact that is run as it is."""
        self._start(artifacts.observability, platform, artifacts.resource_attributes)

    def _start(self, config: ObservabilityConfig, platform: Platform, attributes: Mapping[str, str]) -> None:
        from floe_sdk.observability import create_span
        from floe_sdk.observability.logs import configure_logging
        from floe_sdk.observability.scheduler import scheduler_span
        from floe_sdk.project.telemetry import start_telemetry, watch_hooks

        configure_logging(config.logging, level="DEBUG" if _debug() else None)
        run = {"floe.run_id": self._run_id} if self._run_id else {}
        self._timeout = config.flush_timeout * self._share
        self._provider = start_telemetry(config, platform, {**attributes, **run})
        baggage = {"product": attributes.get("floe.product", ""), **({"run_id": self._run_id} if self._run_id else {})}
        self._above = scheduler_span()
        self._span = create_span(self._name, parent=self._above, at=self._began).lead(**baggage).activate()
        self._unwatch = watch_hooks(platform)

    def failed(self, reason: str) -> None:
        """The command ends with a failure that is no exception."""
        for span in (self._span, self._above):
            if span is not None:
                span.fail(reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unwatch()
        if self._span is not None:
            self._span.__exit__(kind, error, trace)
        if self._above is not None:
            self._above.__exit__(kind, error, trace)
        if self._provider is not None:
            for line in self._provider.close(self._timeout):
                echo(f"warning: {line}", err=True)


def _debug() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().obj and context.find_root().obj.get("debug"))
