"""The names of a new plugin: what it is called in manifest.yaml, its distribution, its module and its class."""

from __future__ import annotations

import re

from floe_sdk.errors.scaffolding import bad_name

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LENGTH = range(2, 31)
_MEANS_SOMETHING = {"true", "false", "null", "none", "noop"}
"""Words that YAML or manifest.yaml read as something else than a name."""


def checked_name(name: str) -> str:
    """The name, if a plugin can have it. Raises FloeError with one that would do."""
    guess = re.sub(r"[^a-z0-9]+", "-", _in_words(name).lower()).strip("-")
    guess = re.sub(r"^[0-9-]+", "", guess)[: _LENGTH[-1]].rstrip("-")
    if len(guess) not in _LENGTH:
        guess = ""
    if not _NAME.fullmatch(name):
        raise bad_name(name, "small letters, digits and single hyphens, a letter first", guess)
    if len(name) not in _LENGTH:
        raise bad_name(name, f"{_LENGTH[0]} to {_LENGTH[-1]} characters", guess if guess != name else "")
    if name in _MEANS_SOMETHING:
        raise bad_name(name, "manifest.yaml reads the word as something else", "")
    return name


def distribution_name(kind: str, name: str) -> str:
    """The name on a package index."""
    return f"floe-{kind}-{name}"


def module_name(kind: str, name: str) -> str:
    """The package to import."""
    return distribution_name(kind, name).replace("-", "_")


def class_name(kind: str, name: str) -> str:
    """The plugin's class; its configuration is called so with `Config` at the end."""
    return "".join(part.capitalize() for part in (*name.split("-"), kind))


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
