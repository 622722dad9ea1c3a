"""Codes of the plugin host, FLOE-P."""

from floe_sdk.errors.base import register

PLUGIN_NOT_FOUND = register(
    "FLOE-P001",
    "No installed package provides this plugin",
    cause="A plugin is named in the manifest or on the command line, and no installed distribution has an entry point of that name.",
    remedy="Install the package that provides it, or correct the name; `floe plugins list` shows what is installed.",
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
    cause="`approved_plugins` in the manifest or the variable FLOE_PLUGINS_ALLOW does not name it; it was not imported.",
    remedy="Ask the platform team to approve it (`type/name` or `type/*`), or select an approved one.",
)
PLUGIN_IMPORT = register(
    "FLOE-P004",
    "An installed plugin can't be imported",
    4,
    cause="Importing it raised, ended the process, took longer than FLOE_IMPORT_TIMEOUT, or its module or class is missing.",
    remedy="Reinstall or upgrade the distribution; `floe --debug ...` shows the traceback.",
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
