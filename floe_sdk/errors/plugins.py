"""Codes of the plugin host, FLOE-P."""

from floe_sdk.errors.base import register

PLUGIN_NOT_FOUND = register(
    "FLOE-P001",
    "No installed package provides this plugin",
    cause="A plugin is named in the manifest or on the command line, and no installed distribution has an entry point of that name.",
    remedy="Install the package that provides it, or correct the name; `floe plugins list` shows what is installed.",
)
