"""`Platform`: the selected plugins of one manifest in one environment, loaded, configured, and ready to be called."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors import plugins as problems
from floe_sdk.errors.secrets import secret_failed
from floe_sdk.observability.delivery import Deliveries, DeliveryReport
from floe_sdk.observability.redaction import redactor
from floe_sdk.plugins.configuring import config_model, construct, validate_config
from floe_sdk.plugins.discovery import OWN_DISTRIBUTION, PluginRecord, discover
from floe_sdk.plugins.hooks import OBSERVERS, Manager, implemented, routed
from floe_sdk.plugins.hookspecs.access import TypedAccess
from floe_sdk.plugins.loading import check_versions, choose, load_target
from floe_sdk.plugins.selection import PluginSelection
from floe_sdk.plugins.types import PluginType
from floe_sdk.trust.allowing import check_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

    from floe_sdk.errors import Location
    from floe_sdk.plugins import hookspecs
    from floe_sdk.plugins.config import PluginConfig, PluginContext
    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.secret import Secret

    Vet = Callable[[PluginRecord, Location | None], None]

IMPLICIT = ("env", "file", "manifest")
"""Secrets plugins that need no selection: they come with floe-sdk."""
_logger = logging.getLogger("floe.plugins")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class LoadedPlugin:
    """A selected plugin.

    `config` is its validated configuration as plain data, secrets as references; `hooks` has the hooks of its type as
    methods; `implements` are the names of those that it has.
    """

    record: PluginRecord
    config: dict[str, Any]
    hooks: Any
    implements: frozenset[str]

    @property
    def type(self) -> PluginType:
        """Its type."""
        return PluginType(self.record.type)


@dataclass(frozen=True)
class _Prepared:
    """A plugin that is imported and whose configuration is valid; not constructed yet."""

    selection: PluginSelection
    record: PluginRecord
    target: Any
    config: PluginConfig
    secrets: Sequence[Secret]
    warnings: Sequence[FloeError]


class Platform(TypedAccess, AbstractContextManager["Platform"]):
    """The plugins of a platform. Make one with `load` or `from_artifact`; use it as a context manager, or `close` it.

    The properties and methods that give a plugin are typed as the hooks of its type:
    `platform.storage.storage_access()`. One that is not selected is FLOE-P010. `secrets` are all references in the
    plugins' configuration.
    """

    def __init__(self, context: PluginContext) -> None:
        self.context = context
        self.warnings: tuple[FloeError, ...] = ()
        self.secrets: tuple[Secret, ...] = ()
        self._manager = Manager()
        self._plugins: dict[str, LoadedPlugin] = {}
        self._recorded: set[str] = set()

    @classmethod
    def load(
        cls,
        selections: Sequence[PluginSelection],
        context: PluginContext,
        *,
        approved: Sequence[str] | None = None,
        literal_secrets: bool = False,
        vet: Vet | None = None,
    ) -> Self:
        """Import, configure and register what is selected, and nothing else; reveals no secret.

        `approved` is the manifest's `approved_plugins`. `vet` sees each plugin before it is imported, and raises where
        it must not be. With `literal_secrets`, a literal secret is tolerated: it
        becomes a reference to its place in the manifest, and one of `warnings`. Raises FloeError, with all problems of
        a step at once.
        """
        platform = cls(context)
        installed = discover().records
        selected = _identities(selections)
        implicit = [PluginSelection(PluginType.SECRETS, name, distribution=OWN_DISTRIBUTION) for name in IMPLICIT]
        pending = [*selections, *(extra for extra in implicit if extra.identity not in selected)]
        prepared: list[_Prepared] = []
        while pending:
            prepared += _prepare(pending, installed, approved, platform.reveal, literal_secrets, vet)
            pending = _secrets_plugins_missing(prepared)
        platform.secrets = tuple(secret for one in prepared for secret in one.secrets)
        platform._recorded = selected | {f"{PluginType.SECRETS.value}/{one.scheme}" for one in platform.secrets}
        platform.warnings = tuple(warning for one in prepared for warning in one.warnings)
        platform._register(prepared)
        return platform

    @classmethod
    def from_artifact(cls, artifacts: CompiledArtifacts, context: PluginContext, *, vet: Vet | None = None) -> Self:
        """The platform that an artifact was compiled for; reads no YAML. `vet` as in `load`."""
        selections = [
            PluginSelection(PluginType(one.type), one.name, one.config, distribution=one.distribution)
            for one in artifacts.plugins
        ]
        return cls.load(selections, context, vet=vet)

    def has(self, kind: PluginType) -> bool:
        """Whether a plugin of that type is selected."""
        return bool(self._of_type(kind))

    @property
    def records(self) -> tuple[LoadedPlugin, ...]:
        """The plugins for the artifact, sorted: those selected, and secrets plugins that a reference uses."""
        return tuple(plugin for identity, plugin in sorted(self._plugins.items()) if identity in self._recorded)

    def reveal(self, secret: Secret) -> str:
        """The value of a reference, by the secrets plugin of its scheme; the redactor knows it first. Run time only."""
        try:
            value = self._hooks(PluginType.SECRETS, secret.scheme).secrets_resolve(key=secret.key)
        except FloeError:
            raise
        except Exception as error:  # its text is left out: it may hold the value
            raise secret_failed(secret, f"raised {type(error).__name__}") from error
        if not isinstance(value, str):
            raise secret_failed(secret, f"gave a {type(value).__name__} instead of text")
        redactor.add(value)
        return value

    @cached_property
    def observers(self) -> hookspecs.ObserverSpec:
        """Broadcasts: a call is queued for each plugin that implements the hook, and returns at once (see `flush`)."""
        senders = SimpleNamespace(**{hook: partial(self._deliveries.send, hook) for hook in OBSERVERS})
        return cast("hookspecs.ObserverSpec", senders)

    def flush(self, timeout: float) -> list[DeliveryReport]:
        """Wait until the observers have heard everything, `timeout` seconds at most, and say how that went."""
        return self._deliveries.flush(timeout)

    def monitor(self, before: Callable[..., None], after: Callable[..., None]) -> Callable[[], None]:
        """See every hook call; returns what undoes it. Costs nothing while nobody monitors.

        Called are `before(hook_name, hook_impls, kwargs)` and `after(outcome, hook_name, hook_impls, kwargs)`.
        """
        return self._manager.add_hookcall_monitoring(before, after)

    def close(self) -> None:
        """Have every plugin let go of its connections; what one raises is logged and keeps none from closing."""
        plugins, self._plugins = self._plugins, {}
        for identity, plugin in reversed(plugins.items()):
            try:
                plugin.hooks.plugin_close()
            except Exception as error:  # noqa: BLE001 - the others are closed all the same
                _logger.warning("%s could not be closed: %s", identity, redactor.redact(str(error)))

    def __exit__(self, *error: object) -> None:
        self.close()

    def _of_type(self, kind: PluginType) -> dict[str, Any]:
        return {plugin.record.name: plugin.hooks for plugin in self._plugins.values() if plugin.type is kind}

    def _hooks(self, kind: PluginType, name: str | None = None) -> Any:
        found = self._of_type(kind)
        if found and name in {None, *found}:
            return found[name or next(iter(found))]
        raise problems.not_selected(kind.value if name is None else f"{kind.value}/{name}", self._plugins)

    @cached_property
    def _deliveries(self) -> Deliveries:
        def listener(hooks: Any) -> Callable[..., None]:
            return lambda hook, *args, **kwargs: getattr(hooks, hook)(*args, **kwargs)

        plugins = self._plugins.items()
        return Deliveries(
            {name: listener(one.hooks) for name, one in plugins if one.implements.intersection(OBSERVERS)}
        )

    def _register(self, prepared: Sequence[_Prepared]) -> None:
        plugins = [construct(one.record, one.target, one.config, self.context) for one in prepared]
        pairs = list(zip(prepared, plugins, strict=True))
        raise_all(problem for one, plugin in pairs for problem in self._manager.add(one.record, plugin))
        self.warnings += tuple(self._manager.warnings)
        for one, plugin in pairs:
            values = one.config.model_dump(mode="json", by_alias=True)
            hooks = routed(self._manager, one.record, plugin)
            self._plugins[one.record.identity] = LoadedPlugin(
                one.record, values, hooks, frozenset(implemented(one.target))
            )


def _identities(selections: Sequence[PluginSelection]) -> set[str]:
    seen: set[str] = set()
    for selection in selections:
        key = selection.identity if selection.type.many else selection.type.value
        if key in seen:
            raise problems.selected_twice(key, selection.locate(()))
        seen.add(key)
    return {selection.identity for selection in selections}


def _prepare(
    selections: Sequence[PluginSelection],
    installed: Sequence[PluginRecord],
    approved: Sequence[str] | None,
    resolver: Callable[[Secret], str],
    literals: bool,
    vet: Vet | None,
) -> list[_Prepared]:
    """In passes, each with all its problems at once: what may be imported, the imports, the configurations."""
    sdk = next((record.version for record in installed if record.own), "0")

    def find(selection: PluginSelection) -> PluginRecord:
        where = selection.locate(("name",)) or selection.locate(())
        record = choose(installed, selection.identity, selection.distribution, where)
        check_allowed(record, approved, where)
        if vet is not None:
            vet(record, where)
        check_versions(record, selection.version, sdk, selection.locate(("version",)) or where)
        return record

    def validate(selection: PluginSelection, record: PluginRecord, target: Any, model: type[PluginConfig]) -> _Prepared:
        return _Prepared(selection, record, target, *validate_config(record, model, selection, resolver, literals))

    records = _of_each(find, selections)
    targets = _of_each(load_target, records)
    models = _of_each(config_model, records, targets)
    return _of_each(validate, selections, records, targets, models)


def _of_each(step: Callable[..., _Result], *inputs: Sequence[Any]) -> list[_Result]:
    """`step` of each; raises every FloeError at once."""
    results, errors = [], []
    for values in zip(*inputs, strict=True):
        try:
            results.append(step(*values))
        except FloeError as error:
            errors.append(error)
    raise_all(errors)
    return results


def _secrets_plugins_missing(prepared: Sequence[_Prepared]) -> list[PluginSelection]:
    """The secrets plugins that references name and nobody selected."""
    there = {one.record.name for one in prepared if one.record.type == PluginType.SECRETS.value}
    owners = {secret.scheme: one.selection for one in prepared for secret in one.secrets if secret.scheme not in there}
    return [PluginSelection(PluginType.SECRETS, scheme, locate=owner.locate) for scheme, owner in owners.items()]
