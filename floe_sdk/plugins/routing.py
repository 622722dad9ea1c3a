"""Calls to one plugin, through pluggy: the other plugins are left out, wrappers see the call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.plugins import PLUGIN_NO_ANSWER
from floe_sdk.plugins.markers import REQUIRED
from floe_sdk.plugins.registering import hooks_of
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Callable

    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.registering import Manager


def proxy(manager: Manager, record: PluginRecord, plugin: object) -> Any:
    """An object with every hook that `plugin` may implement as a method; stands for the specifications of its type."""
    hooks = hooks_of(PluginType(record.type))
    return SimpleNamespace(
        **{name: _caller(manager, record, plugin, name, specification) for name, specification in hooks.items()}
    )


def _caller(
    manager: Manager, record: PluginRecord, plugin: object, name: str, specification: Any
) -> Callable[..., Any]:
    hook = getattr(manager.hook, name)
    implementations = [impl for impl in hook.get_hookimpls() if not (impl.wrapper or impl.hookwrapper)]
    others = [impl.plugin for impl in implementations if impl.plugin is not plugin]
    call = manager.subset_hook_caller(name, others)
    argument_names = hook.spec.argnames
    must_answer = getattr(specification, REQUIRED, False) and specification.__annotations__["return"] != "None"

    def routed(*args: Any, **kwargs: Any) -> Any:
        if args:
            kwargs.update(zip(argument_names, args, strict=False))
        answer = call(**kwargs)
        if answer is None and must_answer:
            raise FloeError(
                PLUGIN_NO_ANSWER,
                f"{record.identity} of {record.distribution} {record.version}: {name} returned None",
                fix=f"try another version of {record.distribution}, or tell its author",
            )
        return answer

    return routed
