"""Registering with pluggy, and holding a plugin's hooks against the contract: one clear error each."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pluggy

from floe_sdk.errors import FloeError
from floe_sdk.errors.plugins import PLUGIN_HOOKS
from floe_sdk.plugins.hookspecs import SPECS, LifecycleSpec, ObserverSpec
from floe_sdk.plugins.markers import PROJECT, REQUIRED
from floe_sdk.plugins.selecting import nearest
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.plugins.discovery import PluginRecord

_EVERY_TYPE = (LifecycleSpec, ObserverSpec)


class Manager(pluggy.PluginManager):
    """pluggy's manager with every hook of floe; looks for hooks in a plugin's class, so that no property is run."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        for spec in (*SPECS.values(), *_EVERY_TYPE):
            self.add_hookspecs(spec)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """As pluggy's, of the class."""
        return super().parse_hookimpl_opts(type(plugin), name)

    def add(self, record: PluginRecord, plugin: object) -> list[FloeError]:
        """Register a plugin under its identity; returns what is wrong with its hooks."""
        problems = [_error(record, reason) for reason in self._problems(record, type(plugin))]
        if not problems:
            try:
                self.register(plugin, record.identity)
                self.check_pending()
            except pluggy.PluginValidationError as error:
                return [_error(record, " ".join(str(error).split()))]
        return problems

    def _problems(self, record: PluginRecord, plugin: type) -> Iterator[str]:
        own = hooks_of(PluginType(record.type))
        found = implemented(plugin)
        for name, (function, options) in found.items():
            spec = getattr(getattr(self.hook, name, None), "spec", None)
            if spec is None:
                if not options["optionalhook"]:
                    guess = nearest(name, own) or nearest(name, vars(self.hook))
                    yield f"there is no hook {name!r}" + (f"; did you mean {guess!r}?" if guess else "")
            elif name not in own and not (options["wrapper"] or options["hookwrapper"]):
                yield f"{name!r} is a hook of another type; a {record.type} plugin may only wrap it (`wrapper=True`)"
            else:
                yield from _signature_problem(name, function, spec.function)
        for name, function in own.items():
            if getattr(function, REQUIRED, False) and name not in found:
                yield f"the required hook {name}{inspect.signature(function)} is missing"


def hooks_of(kind: PluginType) -> dict[str, Any]:
    """The hooks that a plugin of a type may implement, with their specifications."""
    specs = (SPECS[kind], *_EVERY_TYPE)
    return {name: function for spec in specs for name, function in vars(spec).items() if not name.startswith("_")}


def implemented(plugin: type) -> dict[str, tuple[Any, Any]]:
    """The hooks that a class implements: the function and pluggy's options of each."""
    functions = {name: getattr(plugin, name, None) for name in dir(plugin)}
    marked = {name: (function, getattr(function, f"{PROJECT}_impl", None)) for name, function in functions.items()}
    return {options["specname"] or name: (function, options) for name, (function, options) in marked.items() if options}


def _signature_problem(name: str, function: Any, spec: Any) -> Iterator[str]:
    known = list(inspect.signature(spec).parameters)
    signature = inspect.signature(function)
    unknown = [
        parameter.name
        for parameter in list(signature.parameters.values())[1:]
        if parameter.name not in known and parameter.default is parameter.empty
    ]
    if unknown:
        yield (
            f"the hook {name}{signature} asks for {', '.join(map(repr, unknown))}; "
            f"the contract is {name}{inspect.signature(spec)}"
        )


def _error(record: PluginRecord, reason: str) -> FloeError:
    return FloeError(
        PLUGIN_HOOKS,
        f"{record.identity} of {record.distribution} {record.version}: {reason}",
        fix=f"try another version of {record.distribution}, or tell its author",
    )
