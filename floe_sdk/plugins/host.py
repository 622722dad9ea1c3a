"""`Platform`: the selected plugins of one manifest in one environment, loaded, configured, and ready to be called."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.plugins import PLUGIN_NOT_SELECTED, SELECTED_TWICE
from floe_sdk.plugins.allow import check_allowed
from floe_sdk.plugins.configuring import config_model, construct, validate_config
from floe_sdk.plugins.delivery import Deliveries, DeliveryReport
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, PluginRecord, discover
from floe_sdk.plugins.hookspecs import ObserverSpec
from floe_sdk.plugins.loading import load_target
from floe_sdk.plugins.registering import Manager, implemented
from floe_sdk.plugins.routing import proxy
from floe_sdk.plugins.secrets import IMPLICIT, MANIFEST, from_manifest, reveal
from floe_sdk.plugins.selecting import check_versions, choose
from floe_sdk.plugins.selection import PluginSelection
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from floe_sdk.plugins.config import PluginConfig, PluginContext
    from floe_sdk.plugins.hookspecs import (
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
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.secret import Secret

_logger = logging.getLogger("floe.plugins")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class LoadedPlugin:
    """A selected plugin. `config` is its validated configuration as plain data, secrets as references."""

    record: PluginRecord
    config: dict[str, Any]
    hooks: Any
    implements: frozenset[str]

    @property
    def type(self) -> PluginType:
        """Its type."""
        return PluginType(self.record.type)

    @property
    def name(self) -> str:
        """Its name."""
        return self.record.name


class Platform:
    """The plugins of a platform. Make one with `load` or `from_artifact`; use it as a context manager, or `close` it.

    The properties and methods that give a plugin are typed as the hooks of its type:
    `platform.storage.storage_access()`. One that is not selected is FLOE-P010.
    """

    def __init__(self, context: PluginContext) -> None:
        self.context = context
        self.warnings: tuple[FloeError, ...] = ()
        self._manager = Manager()
        self._plugins: dict[str, LoadedPlugin] = {}
        self._used_schemes: set[str] = set()
        self._selected: set[str] = set()
        self._deliveries: Deliveries | None = None

    @classmethod
    def load(
        cls,
        selections: Sequence[PluginSelection],
        context: PluginContext,
        *,
        approved: Sequence[str] | None = None,
        literal_secrets: bool = False,
    ) -> Self:
        """Import, configure and register what is selected, and nothing else; reveals no secret and does no I/O else.

        `approved` is the manifest's `approved_plugins`. With `literal_secrets`, a literal secret is tolerated: it becomes
        a reference to its place in the manifest, and one of `warnings`. Raises FloeError, all problems of a step at once.
        """
        platform = cls(context)
        platform._selected = {selection.identity for selection in selections}
        _check_number(selections)
        installed = discover().records
        implicit = [PluginSelection(PluginType.SECRETS, name, distribution=OWN_DISTRIBUTION) for name in IMPLICIT]
        pending = [*selections, *(extra for extra in implicit if extra.identity not in platform._selected)]
        prepared: list[_Prepared] = []
        while pending:
            prepared += _prepare(pending, installed, approved, platform.reveal, literal_secrets)
            pending = _missing_schemes(prepared)
        platform.warnings = tuple(warning for one in prepared for warning in one.warnings)
        platform._used_schemes = {secret.scheme for one in prepared for secret in one.secrets}
        platform._register(prepared)
        return platform

    @classmethod
    def from_artifact(cls, artifacts: CompiledArtifacts, context: PluginContext) -> Self:
        """The platform that an artifact was compiled for; reads no YAML."""
        return cls.load(
            [
                PluginSelection(PluginType(plugin.type), plugin.name, plugin.config, distribution=plugin.distribution)
                for plugin in artifacts.plugins
            ],
            context,
        )

    @property
    def storage(self) -> StorageSpec:
        """The storage plugin."""
        return cast("StorageSpec", self._first(PluginType.STORAGE).hooks)

    @property
    def catalog(self) -> CatalogSpec:
        """The catalog plugin."""
        return cast("CatalogSpec", self._first(PluginType.CATALOG).hooks)

    @property
    def transform(self) -> TransformSpec:
        """The transform plugin."""
        return cast("TransformSpec", self._first(PluginType.TRANSFORM).hooks)

    @property
    def orchestrator(self) -> OrchestratorSpec:
        """The orchestrator plugin."""
        return cast("OrchestratorSpec", self._first(PluginType.ORCHESTRATOR).hooks)

    def compute(self, name: str | None = None) -> ComputeSpec:
        """The compute plugin of that name, or the first that the manifest selects."""
        return cast("ComputeSpec", self._first(PluginType.COMPUTE, name).hooks)

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
    def each(self, kind: PluginType) -> list[tuple[str, Any]]:
        """Name and hooks of each selected plugin of a type that takes many, in the manifest's order."""
        return [(plugin.name, plugin.hooks) for plugin in self._plugins.values() if plugin.type is kind]

    def has(self, kind: PluginType) -> bool:
        """Whether a plugin of that type is selected."""
        return any(plugin.type is kind for plugin in self._plugins.values())

    def lifecycle(self, identity: str) -> LifecycleSpec:
        """The hooks that every plugin may have, of the plugin `type/name`."""
        kind, _, name = identity.partition("/")
        return cast("LifecycleSpec", self._first(PluginType(kind), name).hooks)

    @property
    def records(self) -> tuple[LoadedPlugin, ...]:
        """The plugins for the artifact, sorted: those selected, and secrets plugins that a reference uses."""
        used = self._selected | {f"{PluginType.SECRETS.value}/{scheme}" for scheme in self._used_schemes}
        return tuple(plugin for identity, plugin in sorted(self._plugins.items()) if identity in used)

    @property
    def observers(self) -> ObserverSpec:
        """Broadcasts: a call is queued for each plugin that implements the hook, and returns at once (see `flush`)."""
        deliveries = self._observing()
        names = [name for name in vars(ObserverSpec) if not name.startswith("_")]

        def sender(hook: str) -> Callable[..., None]:
            return lambda *args, **kwargs: deliveries.send(hook, *args, **kwargs)

        return cast("ObserverSpec", SimpleNamespace(**{name: sender(name) for name in names}))

    def flush(self, timeout: float) -> list[DeliveryReport]:
        """Wait until the observers have heard everything, `timeout` seconds at most, and say how that went."""
        return self._observing().flush(timeout)

    def monitor(self, before: Callable[..., None], after: Callable[..., None]) -> Callable[[], None]:
        """Have every hook call pass `before(hook_name, hook_impls, kwargs)` and `after(outcome, hook_name, hook_impls,
        kwargs)`; returns what undoes it. Costs nothing while nobody monitors."""
        return self._manager.add_hookcall_monitoring(before, after)

    def close(self) -> None:
        """Have every plugin let go of its connections; what one raises is logged and keeps none from closing."""
        plugins, self._plugins = self._plugins, {}
        for identity, plugin in reversed(plugins.items()):
            try:
                plugin.hooks.plugin_close()
            except Exception as error:  # noqa: BLE001 - the others are closed all the same
                _logger.warning("%s could not be closed: %s", identity, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _first(self, kind: PluginType, name: str | None = None) -> LoadedPlugin:
        for plugin in self._plugins.values():
            if plugin.type is kind and name in {None, plugin.name}:
                return plugin
        wanted = kind.value if name is None else f"{kind.value}/{name}"
        there = ", ".join(self._plugins) or "none"
        raise FloeError(
            PLUGIN_NOT_SELECTED,
            f"the platform has no plugin {wanted} (selected: {there})",
            fix=f"select one under `plugins.{kind.value}` in the manifest",
        )

    def reveal(self, secret: Secret) -> str:
        """The value of a reference, now, by the secrets plugin of its scheme; the redactor knows it first. Run time only."""
        if secret.scheme == MANIFEST:
            return reveal(secret, lambda key: from_manifest(self.context, key))
        plugin = self._first(PluginType.SECRETS, secret.scheme)
        return reveal(secret, lambda key: plugin.hooks.secrets_resolve(key=key))

    def _observing(self) -> Deliveries:
        if self._deliveries is None:
            hooks = {name for name in vars(ObserverSpec) if not name.startswith("_")}
            self._deliveries = Deliveries(
                {
                    identity: lambda hook, *args, _hooks=plugin.hooks, **kwargs: getattr(_hooks, hook)(*args, **kwargs)
                    for identity, plugin in self._plugins.items()
                    if hooks.intersection(plugin.implements)
                }
            )
        return self._deliveries

    def _register(self, prepared: Sequence[_Prepared]) -> None:
        plugins = [construct(one.record, one.target, one.config, self.context) for one in prepared]
        raise_all(
            problem
            for one, plugin in zip(prepared, plugins, strict=True)
            for problem in self._manager.add(one.record, plugin)
        )
        for one, plugin in zip(prepared, plugins, strict=True):
            values = one.config.model_dump(mode="json", by_alias=True)
            hooks = proxy(self._manager, one.record, plugin)
            self._plugins[one.record.identity] = LoadedPlugin(
                one.record, values, hooks, frozenset(implemented(one.target))
            )


@dataclass(frozen=True)
class _Prepared:
    """A plugin that is imported and whose configuration is valid; not constructed yet."""

    selection: PluginSelection
    record: PluginRecord
    target: Any
    config: PluginConfig
    secrets: Sequence[Secret]
    warnings: Sequence[FloeError]


def _check_number(selections: Sequence[PluginSelection]) -> None:
    seen: set[str] = set()
    for selection in selections:
        key = selection.identity if selection.type.many else selection.type.value
        if key in seen:
            raise FloeError(SELECTED_TWICE, f"plugins: {key} is selected twice", where=selection.locate(()))
        seen.add(key)


def _prepare(
    selections: Sequence[PluginSelection],
    installed: Sequence[PluginRecord],
    approved: Sequence[str] | None,
    resolver: Callable[[Secret], str],
    literal_secrets: bool,
) -> list[_Prepared]:
    """Three passes, each with all its problems at once: what may be imported, the imports, the configurations."""
    sdk = next((record.version for record in installed if record.own), "0")

    def find(selection: PluginSelection) -> PluginRecord:
        where = selection.locate(("name",)) or selection.locate(())
        record = choose(installed, selection.type.value, selection.name, selection.distribution, where=where)
        check_allowed(record, approved, where=where)
        check_versions(record, selection, sdk)
        return record

    records = _collect(find, selections)
    targets = _collect(load_target, records)
    models = _collect(config_model, records, targets)

    def validate(selection: PluginSelection, record: PluginRecord, target: Any, model: type[PluginConfig]) -> _Prepared:
        validated = validate_config(record, model, selection, resolver, literal_secrets=literal_secrets)
        return _Prepared(selection, record, target, *validated)

    return _collect(validate, selections, records, targets, models)


def _collect(step: Callable[..., _Result], *inputs: Sequence[Any]) -> list[_Result]:
    """`step` of each; raises every FloeError at once."""
    results, problems = [], []
    for values in zip(*inputs, strict=True):
        try:
            results.append(step(*values))
        except FloeError as error:
            problems.append(error)
    raise_all(problems)
    return results


def _missing_schemes(prepared: Sequence[_Prepared]) -> list[PluginSelection]:
    """The secrets plugins that references name and nobody selected."""
    there = {one.record.name for one in prepared if one.record.type == PluginType.SECRETS.value} | {MANIFEST}
    owners = {secret.scheme: one.selection for one in prepared for secret in one.secrets if secret.scheme not in there}
    return [PluginSelection(PluginType.SECRETS, scheme, locate=owner.locate) for scheme, owner in owners.items()]
