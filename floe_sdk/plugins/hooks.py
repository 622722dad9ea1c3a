"""Hooks, through pluggy: registering a plugin and holding it against the contract, and calls to one plugin."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pluggy

from floe_sdk.errors import plugins as problems
from floe_sdk.errors.trust import hook_deprecated
from floe_sdk.plugins.hookspecs import SPECS, LifecycleSpec, ObserverSpec
from floe_sdk.plugins.markers import PROJECT, REQUIRED, deprecated_uses
from floe_sdk.plugins.types import PluginType
from floe_sdk.schemas.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from floe_sdk.errors import FloeError
    from floe_sdk.plugins.discovery import PluginRecord

OBSERVERS = tuple(name for name in vars(ObserverSpec) if not name.startswith("_"))
"""The broadcasts that a plugin of any type may hear."""


class Manager(pluggy.PluginManager):
    """pluggy's manager with every hook of floe; looks for hooks in a plugin's class, so that no property is run."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.warnings: list[FloeError] = []
        for spec in (*SPECS.values(), LifecycleSpec, ObserverSpec):
            self.add_hookspecs(spec)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """As pluggy's, of the class."""
        return super().parse_hookimpl_opts(type(plugin), name)

    def add(self, record: PluginRecord, plugin: object) -> list[FloeError]:
        """Register a plugin under its identity; returns what is wrong with its hooks."""
        found = list(self._problems(record, type(plugin)))
        if not found:
            try:
                self.register(plugin, record.identity)
                self.check_pending()
                uses = deprecated_uses(self.hook, implemented(type(plugin)))
                self.warnings += [hook_deprecated(record, each) for each in uses]
            except pluggy.PluginValidationError as error:
                found.append(" ".join(str(error).split()))
        return [problems.wrong_hook(record, reason) for reason in found]

    def _problems(self, record: PluginRecord, plugin: type) -> Iterator[str]:
        own, found = hooks_of(record), implemented(plugin)
        for name, (function, options) in found.items():
            if not hasattr(self.hook, name):
                guess = nearest(name, own) or nearest(name, vars(self.hook))
                if not options["optionalhook"]:
                    yield f"there is no hook {name!r}" + (f"; did you mean {guess!r}?" if guess else "")
            elif name not in own and not (options["wrapper"] or options["hookwrapper"]):
                yield f"{name!r} is a hook of another type; a {record.type} plugin may only wrap it (`wrapper=True`)"
            else:
                yield from _unknown_arguments(name, function, getattr(self.hook, name).spec)
        for name, function in own.items():
            if hasattr(function, REQUIRED) and name not in found:
                yield f"the required hook {name}{inspect.signature(function)} is missing"


def _unknown_arguments(name: str, function: Any, spec: Any) -> Iterator[str]:
    arguments = list(inspect.signature(function).parameters.values())[1:]
    required = [argument.name for argument in arguments if argument.default is argument.empty]
    if unknown := ", ".join(repr(argument) for argument in required if argument not in spec.argnames):
        contract = inspect.signature(spec.function)
        yield f"the hook {name}{inspect.signature(function)} asks for {unknown}; the contract is {name}{contract}"


def hooks_of(record: PluginRecord) -> dict[str, Any]:
    """The hooks that a plugin may implement, with their specifications."""
    specs = (SPECS[PluginType(record.type)], LifecycleSpec, ObserverSpec)
    return {name: function for spec in specs for name, function in vars(spec).items() if not name.startswith("_")}


def implemented(plugin: type) -> dict[str, tuple[Any, Any]]:
    """The hooks that a class implements: the function and pluggy's options of each."""
    functions = {name: getattr(plugin, name, None) for name in dir(plugin)}
    marked = {name: (function, getattr(function, f"{PROJECT}_impl", None)) for name, function in functions.items()}
    return {options["specname"] or name: (function, options) for name, (function, options) in marked.items() if options}


def routed(manager: Manager, record: PluginRecord, plugin: object) -> Any:
    """An object with every hook that `plugin` may implement as a method: it stands for the specifications of its type.

    A call reaches this plugin and none of the others, but for wrappers, which see it.
    """
    specifications = hooks_of(record)
    return SimpleNamespace(
        **{name: _caller(manager, record, plugin, name, one) for name, one in specifications.items()}
    )


def _caller(
    manager: Manager, record: PluginRecord, plugin: object, name: str, specification: Any
) -> Callable[..., Any]:
    hook = getattr(manager.hook, name)
    others = [
        one.plugin for one in hook.get_hookimpls() if one.plugin is not plugin and not (one.wrapper or one.hookwrapper)
    ]
    call = manager.subset_hook_caller(name, others)
    must_answer = hasattr(specification, REQUIRED) and specification.__annotations__["return"] != "None"

    def caller(*args: Any, **kwargs: Any) -> Any:
        if args:  # pluggy takes keywords only, the specification allows both
            kwargs.update(zip(hook.spec.argnames, args, strict=False))
        answer = call(**kwargs)
        if answer is None and must_answer:
            raise problems.no_answer(record, name)
        return answer

    return caller
