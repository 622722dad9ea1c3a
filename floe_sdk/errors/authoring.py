"""Codes of what helps those who write plugins, FLOE-P03x, and the messages of each."""

from floe_sdk.errors.base import FloeError, register

NOTHING_TO_CHECK = register(
    "FLOE-P030",
    "There is no plugin to check",
    cause="`floe plugins check` was given a folder that is not a plugin's: it has no pyproject.toml with the name of a "
    "distribution and an entry point in a group of floe.",
    remedy="Name the folder of the pyproject.toml, and add the entry point there, in a group such as `floe.storage`. "
    "An installed plugin is checked by its name.",
)


def nothing_to_check(problem: str) -> FloeError:
    """The folder holds no plugin."""
    fix = "name the folder of a plugin's pyproject.toml, or an installed plugin; `floe plugins new` makes a folder"
    return FloeError(NOTHING_TO_CHECK, problem, fix=fix)
