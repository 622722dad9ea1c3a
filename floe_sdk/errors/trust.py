"""Codes of the lock of plugins and of what goes out of use: FLOE-P040 and on, and the messages of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors.base import FloeError, register

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk.errors.base import Location
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.markers import HookDeprecated

LOCK_MISSING = register(
    "FLOE-P040",
    "There is no lock of plugins",
    cause="`--locked` compares the installed plugins with `plugins.lock.json` beside the artifact, which is not there.",
    remedy="Run `floe compile` where the plugins are those that you trust; it writes the lock beside the artifact.",
)
LOCK_BROKEN = register(
    "FLOE-P041",
    "The lock of plugins can't be read",
    cause="`plugins.lock.json` is cut or edited, or a newer floe has written it.",
    remedy="Run `floe compile` again, where the plugins are those that you trust.",
)
PLUGIN_CHANGED = register(
    "FLOE-P042",
    "An installed plugin is not the one of the lock",
    cause="With `--locked`, every plugin must have the distribution, the version, the entry point and the source files "
    "that `floe compile` recorded in `plugins.lock.json`. Nothing of the plugin was imported.",
    remedy="Install the version of the lock; or, where the change is wanted, run `floe compile` without `--locked`.",
)
PLUGIN_NOT_LOCKED = register(
    "FLOE-P043",
    "A selected plugin is not in the lock",
    cause="The manifest, or a reference to a secret, selects a plugin that `plugins.lock.json` does not have. It was "
    "not imported.",
    remedy="Run `floe compile` without `--locked` to record it.",
)
HOOK_DEPRECATED = register(
    "FLOE-P044",
    "A plugin uses a hook that is going out of use",
    cause="The plugin implements a hook, or takes an argument of one, that a later floe-sdk will not have. It works "
    "until then.",
    remedy="For the plugin's author: do what the message says, and release it before that version.",
)


def lock_missing(path: Path) -> FloeError:
    """`path` is where the lock would be."""
    return FloeError(LOCK_MISSING, "there is no lock of plugins", where=str(path), fix="run: floe compile")


def lock_broken(path: Path, reason: str) -> FloeError:
    """`reason` says what of the file can't be read."""
    return FloeError(LOCK_BROKEN, f"the lock of plugins can't be read: {reason}", where=str(path), fix=_ACCEPT)


def changed(identity: str, difference: str, remedy: str) -> FloeError:
    """`difference` is what is otherwise than in the lock, `remedy` the command that makes it the same."""
    problem = f"{identity} is not the plugin of the lock: {difference}; it was not imported"
    return FloeError(PLUGIN_CHANGED, problem, fix=f"{remedy}; or, where the change is wanted, {_ACCEPT}")


def not_locked(record: PluginRecord, path: Path, where: Location | None = None) -> FloeError:
    """The plugin is selected, and the lock at `path` doesn't know it."""
    problem = f"{record.identity} of {record.distribution} {record.version} is not in {path}; it was not imported"
    return FloeError(PLUGIN_NOT_LOCKED, problem, where=where, fix=f"where it is wanted, {_ACCEPT}")


def hook_deprecated(record: PluginRecord, warning: HookDeprecated) -> FloeError:
    """A warning: the plugin works, until floe-sdk has the version that `warning` tells."""
    plugin = f"{record.identity} of {record.distribution} {record.version}"
    problem = f"{plugin} uses {warning.what}, which goes in floe-sdk {warning.removed_in}"
    keep = f"'floe-sdk<{warning.removed_in}'"
    fix = f"its author: {warning.instead}; you: keep {keep} until there is a newer {record.distribution}"
    return FloeError(HOOK_DEPRECATED, problem, fix=fix)


_ACCEPT = "run `floe compile` without --locked, which writes the lock anew"
