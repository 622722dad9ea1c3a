"""Codes of the plugin host, FLOE-P, and the messages of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floe_sdk.errors.base import FloeError, register

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from floe_sdk.errors.base import Location
    from floe_sdk.plugins.discovery import PluginRecord

PLUGIN_NOT_FOUND = register(
    "FLOE-P001",
    "No installed package provides this plugin",
    cause="A plugin is named in the manifest or on the command line, and no installed distribution has an entry point "
    "of that name.",
    remedy="Install the package that provides it, or correct the name; `floe plugins list` shows what is installed. "
    "`floe plugins doctor NAME` says what is in the way of one that should be there.",
)
PLUGIN_CLASH = register(
    "FLOE-P002",
    "Several distributions provide a plugin of this name",
    cause="Two or more installed distributions have an entry point of the same type and name.",
    remedy="Choose one with `distribution:` beside the plugin's `type:` in the manifest, or uninstall the others.",
)
PLUGIN_NOT_ALLOWED = register(
    "FLOE-P003",
    "The plugin is not approved",
    3,
    cause="`approved_plugins` in the manifest, or FLOE_PLUGINS_ALLOW, does not name it; it was not imported.",
    remedy="Ask the platform team to approve it (`type/name` or `type/*`), or select an approved one.",
)
PLUGIN_IMPORT = register(
    "FLOE-P004",
    "An installed plugin can't be imported",
    4,
    cause="Importing it raised, ended the process or took longer than FLOE_IMPORT_TIMEOUT, or its class is missing.",
    remedy="Reinstall or upgrade the distribution; `floe plugins doctor NAME` says what mends it, `floe --debug ...` "
    "shows the traceback.",
)
PLUGIN_INVALID = register(
    "FLOE-P005",
    "A plugin is not built as the host expects",
    4,
    cause="The entry point is no class, its constructor asks for something that the host doesn't give, or it raises.",
    remedy="This is for the plugin's author to mend; try another version of the distribution.",
)
PLUGIN_VERSION = register(
    "FLOE-P006",
    "A version does not fit",
    cause="The installed plugin is outside the manifest's `version`, or it needs another version of floe-sdk.",
    remedy="Install the version that fits with the command in the message, or change `version` in the manifest.",
)
PLUGIN_CONFIG = register(
    "FLOE-P007",
    "A plugin's configuration is not valid",
    cause="A key is unknown or missing, or a value has the wrong type.",
    remedy="`floe plugins show TYPE/NAME` lists the keys, their types and defaults.",
)
PLUGIN_HOOKS = register(
    "FLOE-P008",
    "A plugin's hooks don't match the contract",
    4,
    cause="A required hook is missing, a hook's name is misspelt or of another type, or its arguments don't fit.",
    remedy="This is for the plugin's author to mend; try another version of the distribution.",
)
PLUGIN_NO_ANSWER = register(
    "FLOE-P009",
    "A plugin gave no answer",
    4,
    cause="A required hook returned None where the contract asks for a value.",
    remedy="This is for the plugin's author to mend; try another version of the distribution.",
)
PLUGIN_NOT_SELECTED = register(
    "FLOE-P010",
    "The platform has no such plugin",
    cause="Something needs a plugin of a type or name that the manifest doesn't select.",
    remedy="Add it under `plugins:` in the manifest.",
)
PLUGIN_AMBIGUOUS = register(
    "FLOE-P011",
    "A bare name fits several plugins",
    cause="Plugins of several types have this name.",
    remedy="Name it as TYPE/NAME.",
)
ALLOW_LIST_INVALID = register(
    "FLOE-P012",
    "An entry of an allow-list can't be read",
    cause="`approved_plugins` or FLOE_PLUGINS_ALLOW holds something else than `type/name`, `type/*` or `command/name`.",
    remedy="Write each entry as `type/name`, `type/*` or `command/name`.",
)
SELECTED_TWICE = register(
    "FLOE-P013",
    "Too many plugins are selected",
    cause="A type that takes one plugin has several, or one plugin is selected twice.",
    remedy="Keep one of them in the manifest.",
)


def _plugin(record: PluginRecord) -> str:
    return f"{record.identity} of {record.distribution} {record.version}"


def _author(record: PluginRecord) -> str:
    return f"try another version of {record.distribution}, or tell its author"


def not_found(
    wanted: str,
    distribution: str | None,
    there: Sequence[PluginRecord],
    guess: str | None,
    where: Location | None = None,
) -> FloeError:
    """`there` are the plugins of the wanted identity that come with another distribution than the wanted one."""
    package = distribution or "floe-" + re.sub(r"[^a-z0-9]+", "-", wanted.lower())
    problem = f"no installed package provides {wanted}" + (f" as {distribution}" if distribution else "")
    if there:
        problem += f" (it comes with {', '.join(record.distribution for record in there)})"
    fix = f"pip install {package}" + (f"  # or did you mean {guess}?" if guess else "")
    return FloeError(PLUGIN_NOT_FOUND, problem, where=where, fix=fix)


def clash(found: Sequence[PluginRecord], where: Location | None = None) -> FloeError:
    """Several distributions provide the one plugin."""
    first = found[0]
    providers = ", ".join(f"{record.distribution} {record.version}" for record in found)
    fix = (
        f"add `distribution: {first.distribution}` beside `type: {first.name}` in the manifest, or uninstall the others"
    )
    return FloeError(
        PLUGIN_CLASH, f"{first.identity} is provided by several distributions: {providers}", where=where, fix=fix
    )


def ambiguous(name: str, identities: Sequence[str]) -> FloeError:
    """A bare name fits plugins of several types."""
    problem = f"several plugins are called {name!r}: {', '.join(identities)}"
    return FloeError(PLUGIN_AMBIGUOUS, problem, fix=f"write {identities[0]}, for example")


def not_allowed(record: PluginRecord, source: str, entries: Sequence[str], where: Location | None = None) -> FloeError:
    """`source` is the allow-list that leaves the plugin out."""
    problem = f"the plugin {record.identity} of {record.distribution} is not in {source}; it was not imported"
    fix = f"add {record.identity!r} to {source}, or select one of: {', '.join(entries) or 'floe-sdk itself'}"
    return FloeError(PLUGIN_NOT_ALLOWED, problem, where=where, fix=fix)


def allow_list_invalid(source: str, entry: str) -> FloeError:
    """An entry of the allow-list is of no known form."""
    fix = "write `type/name`, `type/*` or `command/name`"
    return FloeError(ALLOW_LIST_INVALID, f"{source} holds {entry!r}", fix=fix)


def wrong_version(record: PluginRecord, wanted: str, where: Location | None = None) -> FloeError:
    """The manifest asks for another version."""
    problem = f"{record.identity} is installed in version {record.version}, the manifest asks for {wanted}"
    return FloeError(PLUGIN_VERSION, problem, where=where, fix=f"pip install '{record.distribution}{wanted}'")


def wrong_sdk(record: PluginRecord, sdk: str, where: Location | None = None) -> FloeError:
    """The plugin needs another floe-sdk than `sdk`."""
    problem = (
        f"{record.identity} ({record.distribution} {record.version}) needs floe-sdk {record.requires}, this is {sdk}"
    )
    fix = f"pip install 'floe-sdk{record.requires}', or another version of {record.distribution}"
    return FloeError(PLUGIN_VERSION, problem, where=where, fix=fix)


def no_version(version: str, specifier: str, where: Location | None = None) -> FloeError:
    """One of the two can't be read."""
    problem = f"{specifier!r} is no version specifier that {version!r} can be compared with"
    fix = "write a version (at least that one) or a specifier such as '>=1.2,<2'"
    return FloeError(PLUGIN_VERSION, problem, where=where, fix=fix)


def import_failed(record: PluginRecord, reason: str) -> FloeError:
    """The plugin's module or class can't be had."""
    problem = f"{_plugin(record)} can't be imported ({record.target}): {reason}"
    return FloeError(PLUGIN_IMPORT, problem, fix=f"reinstall it: pip install --force-reinstall {record.distribution}")


def import_hangs(record: PluginRecord, timeout: float) -> FloeError:
    """The import took longer than FLOE_IMPORT_TIMEOUT."""
    problem = f"{_plugin(record)} can't be imported ({record.target}): it took longer than {timeout:g} s"
    return FloeError(PLUGIN_IMPORT, problem, fix=f"set FLOE_IMPORT_TIMEOUT for more time, or {_author(record)}")


def invalid(record: PluginRecord, reason: str) -> FloeError:
    """The plugin is not built as the host expects."""
    return FloeError(PLUGIN_INVALID, f"{_plugin(record)} can't be used: {reason}", fix=_author(record))


def wrong_hook(record: PluginRecord, reason: str) -> FloeError:
    """A hook of the plugin is against the contract."""
    return FloeError(PLUGIN_HOOKS, f"{_plugin(record)}: {reason}", fix=_author(record))


def no_answer(record: PluginRecord, hook: str) -> FloeError:
    """A required hook returned None."""
    return FloeError(PLUGIN_NO_ANSWER, f"{_plugin(record)}: {hook} returned None", fix=_author(record))


def not_selected(wanted: str, selected: Iterable[str]) -> FloeError:
    """`wanted` is a type or `type/name`."""
    problem = f"the platform has no plugin {wanted} (selected: {', '.join(selected) or 'none'})"
    return FloeError(
        PLUGIN_NOT_SELECTED, problem, fix=f"select one under `plugins.{wanted.partition('/')[0]}` in the manifest"
    )


def selected_twice(wanted: str, where: Location | None = None) -> FloeError:
    """`wanted` is a type that takes one plugin, or `type/name`."""
    return FloeError(SELECTED_TWICE, f"plugins: {wanted} is selected twice", where=where, fix="keep one of them")


def wrong_config(
    record: PluginRecord,
    key: str,
    kind: str,
    message: str,
    valid: Sequence[str],
    guess: str | None,
    where: Location | None,
) -> FloeError:
    """One of pydantic's errors, by its `kind` and message; `valid` are the keys at its place."""
    fix = f"`floe plugins show {record.identity}` lists the keys"
    if kind == "extra_forbidden":
        message = "unknown key" + (f"; did you mean {guess!r}?" if guess else "")
        fix = fix if valid else f"{record.identity} takes no keys here: remove it"
    elif kind == "missing":
        message = "required key is missing"
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")  # pydantic's, for a validator's
    place = f"{key}: " if key else ""
    return FloeError(PLUGIN_CONFIG, f"{record.identity}: {place}{message}", where=where, fix=fix)
