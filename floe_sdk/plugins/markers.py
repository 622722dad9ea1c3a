"""The decorators of hooks: `hookspec` for the contracts beside this file, `hookimpl` for plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pluggy

PROJECT = "floe"
_Hook = TypeVar("_Hook", bound=Callable[..., Any])

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

REQUIRED = "floe_required"


def required_hook(function: _Hook) -> _Hook:
    """Specify a hook that every plugin of the type implements; one answer (`firstresult`)."""
    setattr(function, REQUIRED, True)
    return hookspec(firstresult=True)(function)


def optional_hook(function: _Hook) -> _Hook:
    """Specify a hook that a plugin may leave out; one answer, or None where nobody implements it."""
    return hookspec(firstresult=True)(function)
