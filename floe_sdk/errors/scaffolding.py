"""Codes of `floe plugins new`, FLOE-P02x, and the messages of each."""

from __future__ import annotations

from floe_sdk.errors.base import FloeError, register

PACKAGE_NAME = register(
    "FLOE-P020",
    "A new plugin can't have this name",
    cause="A plugin's name is the word in manifest.yaml and a part of the package's name. It has 2 to 30 small "
    "letters, digits and single hyphens, and begins with a letter.",
    remedy="Choose a name such as `azure` or `azure-like`.",
)
PACKAGE_THERE = register(
    "FLOE-P021",
    "There is something where the new package would be",
    cause="`floe plugins new` makes its folder, and never writes into one that holds anything.",
    remedy="Name another folder with `--dir`, or move away what is there.",
)
PACKAGE_OPTION = register(
    "FLOE-P022",
    "An option of `floe plugins new` is not valid",
    cause="What was given can't stand in the new package's pyproject.toml.",
    remedy="Correct the option as the message says.",
)


def bad_name(name: str, reason: str, guess: str) -> FloeError:
    """`guess` is a name that would do, or empty."""
    fix = f"call it {guess!r}?" if guess else PACKAGE_NAME.remedy
    return FloeError(PACKAGE_NAME, f"{name!r} can't be the name of a plugin: {reason}", fix=fix)


def bad_option(option: str, problem: str, fix: str) -> FloeError:
    """An option's value that the package can't have."""
    return FloeError(PACKAGE_OPTION, f"{option}: {problem}", fix=fix)
