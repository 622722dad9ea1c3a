"""The decorators of hooks: `hookspec` for the contracts beside this file, `hookimpl` for plugins."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import pluggy

PROJECT = "floe"
_Hook = TypeVar("_Hook", bound=Callable[..., Any])

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a method of a plugin as one of its hooks; `@hookimpl(wrapper=True)` as one around those of others."""

REQUIRED = "floe_required"


def required_hook(function: _Hook) -> _Hook:
    """Specify a hook that every plugin of the type implements; one answer (`firstresult`)."""
    setattr(function, REQUIRED, True)
    return hookspec(firstresult=True)(function)


def optional_hook(function: _Hook) -> _Hook:
    """Specify a hook that a plugin may leave out; one answer, or None where nobody implements it."""
    return hookspec(firstresult=True)(function)


class HookDeprecated(DeprecationWarning):
    """A hook, or an argument of one, that is going out of use; pluggy gives it to the author's tests as a warning."""

    def __init__(self, what: str, removed_in: str, instead: str) -> None:
        super().__init__(f"{what} goes in floe-sdk {removed_in}: {instead}")
        self.what = what
        self.removed_in = removed_in
        self.instead = instead


def deprecated_hook(*, removed_in: str, instead: str) -> Callable[[_Hook], _Hook]:
    """Over a hook's own decorator: it goes in the version `removed_in`; `instead` tells its authors what to do."""

    def mark(function: _Hook) -> _Hook:
        what = f"the hook {function.__name__}"
        _options(function)["warn_on_impl"] = HookDeprecated(what, removed_in, instead)
        return function

    return mark


def deprecated_argument(name: str, *, removed_in: str, instead: str) -> Callable[[_Hook], _Hook]:
    """Over a hook's own decorator: this argument of it goes; only an implementation that takes it is told."""

    def mark(function: _Hook) -> _Hook:
        what = f"the argument {name!r} of {function.__name__}"
        arguments = _options(function).get("warn_on_impl_args") or {}
        _options(function)["warn_on_impl_args"] = {**arguments, name: HookDeprecated(what, removed_in, instead)}
        return function

    return mark


def deprecations(specification: Any) -> Iterator[tuple[str | None, HookDeprecated]]:
    """What of a hook goes out of use: the hook itself (None), or arguments by their names."""
    options = _options(specification)
    if options.get("warn_on_impl"):
        yield None, options["warn_on_impl"]
    yield from (options.get("warn_on_impl_args") or {}).items()


def deprecated_uses(hooks: Any, implementations: Mapping[str, tuple[Any, Any]]) -> Iterator[HookDeprecated]:
    """What of a plugin's `implementations` goes out of use, by the specifications of pluggy's `hooks`."""
    for name, (function, _) in implementations.items():
        specification = getattr(getattr(hooks, name, None), "spec", None)
        for argument, warning in deprecations(specification.function) if specification else ():
            if argument in {None, *inspect.signature(function).parameters}:
                yield warning


def _options(specification: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(specification, f"{PROJECT}_spec")
    return found
